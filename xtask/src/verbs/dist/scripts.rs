//! The scripts that dpkg and rpm run. Their functions are one file, `installer/linux/server/functions.sh`; each script
//! of a format only chooses one of them by the arguments of its format.

const FUNCTIONS: &str = include_str!("../../../../installer/linux/server/functions.sh");

/// Scripts of dpkg: name in the package, and the choice.
pub(super) const DEB: [(&str, &str); 3] = [
    ("postinst", "case \"$1\" in configure) set_up ;; esac\n"),
    // An upgrade leaves the old program running until the new one is there.
    ("prerm", "case \"$1\" in remove) take_down ;; esac\n"),
    ("postrm", "case \"$1\" in purge) erase ;; esac\n"),
];

/// Scripts of rpm: name of the section, and the choice. The argument is the number of installed versions afterwards;
/// rpm has no purge.
pub(super) const RPM: [(&str, &str); 2] =
    [("post", "set_up\n"), ("preun", "if [ \"$1\" -eq 0 ]; then take_down; fi\n")];

pub(super) fn script(choice: &str) -> String {
    format!("#!/bin/sh\nset -e\n{FUNCTIONS}\n{choice}exit 0\n")
}
