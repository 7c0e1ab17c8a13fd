//! Rules for a destination that can be checked without the disk: absolute, plain, short enough, not a system folder.
//!
//! The rules of both systems are plain functions over text, so that each is tested on every system.

use std::path::Path;

use testkeep_domain::Finding;

const FIELD: &str = "destination";
/// Characters reserved for the longest path below the destination: `data/uploads/ab/cd/<64 hexadecimal digits>` and a
/// suffix.
const DEEPEST: usize = 100;
const WINDOWS_PATH_MAX: usize = 240;
const LINUX_PATH_MAX: usize = 4095;
const NAME_MAX: usize = 255;

/// The first rule that `path` breaks, or `None`.
pub(super) fn broken_rule(path: &Path) -> Option<Finding> {
    let Some(text) = path.to_str() else {
        return Some(error(
            "not_unicode",
            "The folder's name is not valid Unicode. Choose a folder with a readable name.",
        ));
    };
    if text.trim().is_empty() {
        return Some(error(
            "empty",
            "Enter the folder to install into, for example /opt/testkeep or C:\\Testkeep.",
        ));
    }
    if text.chars().any(char::is_control) {
        return Some(error(
            "control_character",
            "The path contains a control character. Type it again without.",
        ));
    }
    if !path.is_absolute() {
        let message =
            format!("“{text}” is not an absolute path. Begin it at the root, for example {EXAMPLE}.");
        return Some(error("not_absolute", message));
    }
    if path.components().any(|part| part == std::path::Component::ParentDir) {
        return Some(error(
            "parent_component",
            "Write the path without “..”, so that everybody reads the same folder.",
        ));
    }
    if cfg!(windows) { windows_rule(text) } else { linux_rule(text) }
}

#[cfg(windows)]
const EXAMPLE: &str = "C:\\Testkeep";
#[cfg(not(windows))]
const EXAMPLE: &str = "/opt/testkeep";

/// Whether a folder belongs to the system. `text`: the path with every symbolic link resolved.
pub(super) fn is_system_folder(text: &str) -> bool {
    if cfg!(windows) {
        let root = std::env::var("SystemRoot").unwrap_or_else(|_| "C:\\Windows".into());
        is_windows_system_folder(text, &root)
    } else {
        is_linux_system_folder(text)
    }
}

/// Folders where other programs keep keys and settings, and act on every file they find.
const OF_OTHER_PROGRAMS: [&str; 14] = [
    ".ssh",
    ".gnupg",
    ".pki",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".password-store",
    "cron.d",
    "crontabs",
    "autostart",
    "systemd",
    "startup",
    ".git",
];

/// The part of `path` that is one of these folders.
pub(super) fn folder_of_another_program(path: &Path) -> Option<String> {
    let names = path.components().filter_map(|part| part.as_os_str().to_str());
    let mut theirs =
        names.filter(|name| OF_OTHER_PROGRAMS.iter().any(|known| known.eq_ignore_ascii_case(name)));
    theirs.next().map(ToOwned::to_owned)
}

fn linux_rule(text: &str) -> Option<Finding> {
    if let Some(name) = text.split('/').find(|name| name.len() > NAME_MAX) {
        return Some(name_too_long(name));
    }
    (text.len() + DEEPEST > LINUX_PATH_MAX).then(|| too_long(text.len(), LINUX_PATH_MAX - DEEPEST, "bytes"))
}

fn windows_rule(text: &str) -> Option<Finding> {
    if text.starts_with("\\\\.\\") || text.starts_with("\\\\?\\") {
        return Some(error(
            "device_path",
            "This names a device, not a folder. Choose a folder on a disk, for example C:\\Testkeep.",
        ));
    }
    if text.starts_with("\\\\") || text.starts_with("//") {
        let message =
            "This is a network folder. A database on one can be damaged; choose a folder on a local disk.";
        return Some(error("network_folder", message));
    }
    let below_drive = text.get(2..).unwrap_or_default();
    let parts = || below_drive.split(['\\', '/']).filter(|part| !part.is_empty());
    if let Some(bad) = below_drive.chars().find(|c| "<>:\"|?*".contains(*c)) {
        let message = format!("Windows does not allow “{bad}” in a folder's name. Remove it.");
        return Some(error("forbidden_character", message));
    }
    if let Some(part) = parts().find(|part| is_reserved_on_windows(part)) {
        let message = format!("Windows reserves the name “{part}”. Choose another one.");
        return Some(error("reserved_name", message));
    }
    if let Some(part) = parts().find(|part| part.ends_with(['.', ' '])) {
        let message = format!("Windows drops the dot or space at the end of “{part}”. Remove it.");
        return Some(error("trailing_dot", message));
    }
    let units = |text: &str| text.encode_utf16().count();
    if let Some(name) = parts().find(|part| units(part) > NAME_MAX) {
        return Some(name_too_long(name));
    }
    let length = units(text);
    (length + DEEPEST > WINDOWS_PATH_MAX).then(|| too_long(length, WINDOWS_PATH_MAX - DEEPEST, "characters"))
}

fn is_reserved_on_windows(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => {
            let numbered = stem.strip_prefix("COM").or(stem.strip_prefix("LPT")).unwrap_or_default();
            matches!(numbered, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        }
    }
}

fn is_linux_system_folder(text: &str) -> bool {
    const THEMSELVES: [&str; 11] =
        ["", "/usr", "/usr/local", "/var", "/var/lib", "/opt", "/home", "/root", "/tmp", "/srv", "/mnt"];
    const WITH_CONTENTS: [&str; 13] = [
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib32",
        "/lib64",
        "/proc",
        "/run",
        "/sbin",
        "/sys",
        "/var/spool",
        "/var/mail",
    ];
    let text = text.trim_end_matches('/');
    let is_below = |folder: &str| text == folder || text.starts_with(&format!("{folder}/"));
    THEMSELVES.contains(&text)
        || WITH_CONTENTS.into_iter().any(is_below)
        || (is_below("/usr") && !is_below("/usr/local"))
}

fn is_windows_system_folder(text: &str, system_root: &str) -> bool {
    let plain = |text: &str| {
        let text = text.strip_prefix("\\\\?\\").unwrap_or(text);
        text.replace('/', "\\").trim_end_matches('\\').to_lowercase()
    };
    let (text, system_root) = (plain(text), plain(system_root));
    let below_drive = text.get(2..).unwrap_or_default();
    matches!(below_drive, "" | "\\program files" | "\\program files (x86)" | "\\programdata" | "\\users")
        || text == system_root
        || text.starts_with(&format!("{system_root}\\"))
}

fn too_long(length: usize, allowed: usize, unit: &str) -> Finding {
    let message = format!(
        "The path is {length} {unit} long; at most {allowed} leave room for the files inside. Choose a shorter one."
    );
    error("too_long", message)
}

fn name_too_long(name: &str) -> Finding {
    let start: String = name.chars().take(30).collect();
    let message = format!(
        "The name “{start}…” is longer than {NAME_MAX}, the most a disk can store. Choose a shorter one."
    );
    error("name_too_long", message)
}

fn error(code: &str, message: impl Into<String>) -> Finding {
    Finding::error(FIELD, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_keeps_its_own_folders() {
        for system in
            ["/", "/usr", "/usr/", "/usr/lib/x", "/etc", "/etc/testkeep", "/proc/1", "/opt", "/home"]
        {
            assert!(is_linux_system_folder(system), "{system}");
        }
        for fine in ["/opt/testkeep", "/usr/local/testkeep", "/home/ada/testkeep", "/srv/x", "/etcetera"] {
            assert!(!is_linux_system_folder(fine), "{fine}");
        }
    }

    #[test]
    fn folders_of_keys_and_of_what_is_started_are_for_their_programs() {
        for theirs in [
            "/root/.ssh",
            "/home/x/.ssh",
            "/home/x/.ssh/deep/er",
            "/home/x/.SSH",
            "/home/x/.config/autostart",
        ] {
            assert!(folder_of_another_program(Path::new(theirs)).is_some(), "{theirs}");
        }
        for fine in ["/opt/testkeep", "/home/x/.local/share/testkeep", "/srv/ssh", "/home/x/my.ssh"] {
            assert_eq!(folder_of_another_program(Path::new(fine)), None, "{fine}");
        }
    }

    #[test]
    fn windows_keeps_its_own_folders() {
        for system in
            ["C:\\", "c:", "C:\\WINDOWS\\x", "\\\\?\\C:\\Windows", "D:\\Program Files\\", "C:/Windows/a"]
        {
            assert!(is_windows_system_folder(system, "C:\\Windows"), "{system}");
        }
        for fine in ["C:\\Program Files\\Testkeep", "D:\\Testkeep", "C:\\Windows2"] {
            assert!(!is_windows_system_folder(fine, "C:\\Windows"), "{fine}");
        }
    }

    #[test]
    fn windows_names() {
        let code = |text: &str| windows_rule(text).map(|finding| finding.code);
        assert_eq!(code("C:\\Testkeep Prüfung\\日本"), None);
        assert_eq!(code("C:\\nul.txt\\x").unwrap(), "reserved_name");
        assert_eq!(code("C:\\com1").unwrap(), "reserved_name");
        assert_eq!(code("C:\\common"), None);
        assert_eq!(code("C:\\a<b").unwrap(), "forbidden_character");
        assert_eq!(code("C:\\a.\\b").unwrap(), "trailing_dot");
        assert_eq!(code("\\\\server\\share").unwrap(), "network_folder");
        assert_eq!(code("\\\\.\\PhysicalDrive0").unwrap(), "device_path");
        assert_eq!(code(&format!("C:\\{}", "a".repeat(150))).unwrap(), "too_long");
    }

    #[test]
    fn linux_lengths_are_bytes() {
        assert!(linux_rule(&format!("/{}", "ü".repeat(127))).is_none());
        assert_eq!(linux_rule(&format!("/{}", "ü".repeat(128))).unwrap().code, "name_too_long");
        assert_eq!(linux_rule(&"/abcdefghi".repeat(400)).unwrap().code, "too_long");
        assert!(linux_rule(&"/abcdefghi".repeat(399)).is_none());
    }
}
