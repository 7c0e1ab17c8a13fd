//! Checks whether the files in `conf` still have the restricted rights they were written with: an admin's editor or a
//! restored backup may have changed them.

use std::path::Path;

use testkeep_domain::Layout;

/// Findings, as messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretsReport {
    /// Files that other accounts may change: their content cannot be trusted.
    pub refused: Vec<String>,
    /// Files that other accounts may read.
    pub warnings: Vec<String>,
}

/// Checks configuration, keys and tokens; nothing on Windows, where the folder's access list decides.
pub fn judge_secrets(layout: &Layout) -> SecretsReport {
    let mut report = SecretsReport::default();
    let files = [
        layout.config_file(),
        layout.secret_key(),
        layout.control_token(),
        layout.metrics_token(),
        layout.authorities(),
    ];
    for file in files {
        judge(&file, &mut report, file != layout.authorities());
    }
    report
}

/// The mode of a file that people other than its owner may read; `None`: they may not, or an access list decides.
#[cfg(unix)]
fn open_mode(file: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let mode = file.metadata().ok()?.mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_mode(_: &Path) -> Option<u32> {
    None
}

/// What to do about a file with a secret that others on this machine may read; `None`: nothing.
pub fn warn_if_open(file: &Path) -> Option<String> {
    let (mode, shown) = (open_mode(file)?, file.display());
    Some(format!(
        "Others on this machine may read {shown} (mode {mode:04o}), which contains a secret. Restrict it: chmod 600 '{shown}'"
    ))
}

fn judge(file: &Path, report: &mut SecretsReport, is_secret: bool) {
    let Some(mode) = open_mode(file) else { return };
    let shown = file.display();
    if mode & 0o002 != 0 {
        report.refused.push(format!(
            "Everybody on this machine may change {shown} (mode {mode:04o}). Look whether it is as it should be, then \
             close it: chmod 600 '{shown}'"
        ));
    } else if is_secret {
        report.warnings.extend(warn_if_open(file));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn open_secrets_are_named() {
        let place = tempfile::tempdir().unwrap();
        let layout = Layout::new(place.path());
        std::fs::create_dir_all(layout.conf()).unwrap();
        let set = |file: &Path, mode| {
            std::fs::write(file, "x").unwrap();
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&layout.config_file(), 0o600);
        set(&layout.authorities(), 0o644);
        assert_eq!(judge_secrets(&layout), SecretsReport::default());
        set(&layout.secret_key(), 0o644);
        set(&layout.metrics_token(), 0o640);
        let report = judge_secrets(&layout);
        assert!(report.warnings.len() == 2 && report.warnings[0].contains("secret.key"), "{report:?}");
        set(&layout.config_file(), 0o646);
        let report = judge_secrets(&layout);
        assert!(report.refused.len() == 1 && report.refused[0].contains("chmod 600"), "{report:?}");
    }
}
