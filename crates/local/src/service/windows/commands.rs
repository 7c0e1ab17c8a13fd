//! Command lines of Windows' own programs: rights to folders (`icacls`), the firewall (`netsh`).
//!
//! Pure. Every program is named with its whole path, so that a program of the same name in another folder is never
//! run with an administrator's rights.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::plan::{Grant, Right};

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandLine {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
}

/// The folder of Windows' own programs. `root`: the value of `SystemRoot`.
pub(super) fn system_folder(root: Option<OsString>) -> PathBuf {
    let root = root.map(PathBuf::from).filter(|root| root.is_absolute());
    root.unwrap_or_else(|| "C:\\Windows".into()).join("System32")
}

/// Gives the account its right to a folder and to everything in it; an earlier one is replaced.
pub(super) fn allow(system: &Path, grant: &Grant, account: &str) -> CommandLine {
    let letters = match grant.right {
        Right::Change => "M",
        Right::Run => "RX",
    };
    let rule = format!("{account}:(OI)(CI){letters}");
    CommandLine {
        program: system.join("icacls.exe"),
        arguments: [grant.folder.clone().into_os_string(), "/grant:r".into(), rule.into()].into(),
    }
}

/// Takes every right of the account to a folder away.
pub(super) fn take_back(system: &Path, grant: &Grant, account: &str) -> CommandLine {
    CommandLine {
        program: system.join("icacls.exe"),
        arguments: [grant.folder.clone().into_os_string(), "/remove".into(), account.into()].into(),
    }
}

/// Lets other machines reach the program. The rule names no port, so that it stays right when the port is changed; the
/// control port listens on loopback alone.
pub(super) fn open_firewall(system: &Path, name: &str, program: &Path) -> CommandLine {
    let mut program_word = OsString::from("program=");
    program_word.push(program);
    let mut arguments = netsh("add", name);
    arguments.extend(["dir=in", "action=allow", "protocol=TCP", "enable=yes"].map(OsString::from));
    arguments.push(program_word);
    CommandLine { program: system.join("netsh.exe"), arguments }
}

/// Ends with exit code 1 when there is no such rule.
pub(super) fn close_firewall(system: &Path, name: &str) -> CommandLine {
    CommandLine { program: system.join("netsh.exe"), arguments: netsh("delete", name) }
}

fn netsh(verb: &str, name: &str) -> Vec<OsString> {
    let rule = format!("name=Testkeep server ({name})");
    ["advfirewall", "firewall", verb, "rule", &rule].map(OsString::from).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &CommandLine) -> Vec<String> {
        line.arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn programs_are_those_of_windows() {
        let folder = system_folder(Some("/windows".into()));
        assert_eq!(folder, Path::new("/windows").join("System32"));
        for odd in [None, Some("windows".into())] {
            assert!(system_folder(odd).to_string_lossy().starts_with("C:\\Windows"));
        }
        let grant = Grant { folder: "/k/conf".into(), right: Right::Change };
        assert_eq!(allow(&folder, &grant, "x").program, folder.join("icacls.exe"));
        assert_eq!(close_firewall(&folder, "x").program, folder.join("netsh.exe"));
    }

    #[test]
    fn rights_are_given_and_taken_back() {
        let account = "NT SERVICE\\testkeep";
        let grant = Grant { folder: "/my kit/conf".into(), right: Right::Change };
        let given = allow(Path::new("/s"), &grant, account);
        assert_eq!(words(&given), ["/my kit/conf", "/grant:r", "NT SERVICE\\testkeep:(OI)(CI)M"]);
        let program = Grant { folder: "/k/bin".into(), right: Right::Run };
        assert_eq!(words(&allow(Path::new("/s"), &program, "x"))[2], "x:(OI)(CI)RX");
        let taken = take_back(Path::new("/s"), &grant, account);
        assert_eq!(words(&taken), ["/my kit/conf", "/remove", account]);
    }

    #[test]
    fn the_firewall_opens_for_the_program_alone() {
        let opened = open_firewall(Path::new("/s"), "testkeep-qa", Path::new("/k/bin/testkeep-server.exe"));
        let opened = words(&opened);
        assert_eq!(opened[..4], ["advfirewall", "firewall", "add", "rule"]);
        assert!(opened.contains(&"name=Testkeep server (testkeep-qa)".into()), "{opened:?}");
        assert!(opened.contains(&"program=/k/bin/testkeep-server.exe".into()), "{opened:?}");
        let closed = words(&close_firewall(Path::new("/s"), "testkeep-qa"));
        assert_eq!(closed[2..], ["delete", "rule", "name=Testkeep server (testkeep-qa)"]);
    }
}
