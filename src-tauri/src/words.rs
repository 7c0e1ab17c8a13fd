//! Output of the program without a window: `--help` and `--version`, which must work without a display.

use std::ffi::OsString;

const HELP: &str = "\
Opens the Testkeep window: the setup wizard at first, the manager of an installed server afterwards.

Usage: testkeep-desktop [OPTIONS]

Options:
  -h, --help     Print help
  -V, --version  Print version

Needs a display. Without one, `testkeep-server install --answers FILE` installs and `testkeep-server --help` names
everything else that the window does.";

/// `None`: the window is to be opened. Unknown arguments are left to the window system.
pub(crate) fn for_arguments(arguments: impl IntoIterator<Item = OsString>) -> Option<String> {
    arguments.into_iter().find_map(|argument| match argument.to_str() {
        Some("-h" | "--help") => Some(HELP.to_owned()),
        Some("-V" | "--version") => Some(format!("testkeep-desktop {}", env!("CARGO_PKG_VERSION"))),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_without_a_window() {
        let said = |words: &[&str]| for_arguments(words.iter().map(OsString::from));
        assert!(said(&["--help"]).unwrap().contains("Usage"));
        assert!(said(&["--other", "-V"]).unwrap().ends_with(env!("CARGO_PKG_VERSION")));
        assert_eq!(said(&[]), None);
    }
}
