//! The values of an entry. Pure: made from the installation's folder, the version and the folder of Windows' programs.

use std::path::Path;

use testkeep_domain::Layout;

const ENTRIES: &str = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) numbers: Vec<(&'static str, u32)>,
}

/// Whose entry it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Machine,
    /// The person who installs, without an administrator's rights.
    Person,
}

/// The path of an installation's entry. A key must not contain a backslash.
pub(super) fn key(layout: &Layout) -> String {
    let destination = layout.destination().to_string_lossy().replace('\\', "/");
    format!("{ENTRIES}\\Testkeep server {}", destination.trim_end_matches('/'))
}

impl Entry {
    pub(super) fn of(layout: &Layout, version: &str, owner: Owner, system: &Path) -> Self {
        let destination = layout.destination().display();
        let program = layout.server_program().display().to_string();
        let words = format!("uninstall --destination \"{destination}\"");
        let quiet = format!("\"{program}\" {words}");
        let shown = match owner {
            Owner::Machine => elevated(system, &program, &words),
            Owner::Person => quiet.clone(),
        };
        Self {
            key: key(layout),
            texts: vec![
                ("DisplayName", format!("Testkeep server ({destination})")),
                ("DisplayVersion", version.to_owned()),
                ("DisplayIcon", program),
                ("Publisher", "The Testkeep authors".into()),
                ("InstallLocation", destination.to_string()),
                ("UninstallString", shown),
                ("QuietUninstallString", quiet),
            ],
            numbers: vec![("NoModify", 1), ("NoRepair", 1)],
        }
    }
}

/// Windows starts the command with the rights of the person, and only a program can ask for more.
fn elevated(system: &Path, program: &str, words: &str) -> String {
    let shell = system.join("WindowsPowerShell").join("v1.0").join("powershell.exe");
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''").replace('"', "\\\""));
    format!(
        "\"{}\" -NoProfile -Command \"Start-Process -Verb RunAs -FilePath {} -ArgumentList {}\"",
        shell.display(),
        quoted(program),
        quoted(words)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(owner: Owner) -> Entry {
        Entry::of(&Layout::new("/my kit's"), "1.2.3", owner, Path::new("/s"))
    }

    fn text(entry: &Entry, name: &str) -> String {
        entry.texts.iter().find(|(found, _)| *found == name).unwrap().1.clone()
    }

    #[test]
    fn an_installation_has_an_entry_of_its_own() {
        let key = key(&Layout::new("C:\\Testkeep\\qa\\"));
        assert!(key.ends_with("\\Uninstall\\Testkeep server C:/Testkeep/qa"), "{key}");
    }

    #[test]
    fn scripts_can_remove_it_quietly() {
        let entry = entry(Owner::Machine);
        let program = Layout::new("/my kit's").server_program();
        let expected = format!("\"{}\" uninstall --destination \"/my kit's\"", program.display());
        assert_eq!(text(&entry, "QuietUninstallString"), expected);
        assert_eq!(text(&entry, "DisplayVersion"), "1.2.3");
    }

    #[test]
    fn a_person_is_asked_for_the_rights_of_an_administrator() {
        let shown = text(&entry(Owner::Machine), "UninstallString");
        assert!(shown.starts_with("\"/s") && shown.contains("-Verb RunAs"), "{shown}");
        assert!(shown.contains("'uninstall --destination \\\"/my kit''s\\\"'"), "{shown}");
        let own = entry(Owner::Person);
        assert_eq!(text(&own, "UninstallString"), text(&own, "QuietUninstallString"));
    }
}
