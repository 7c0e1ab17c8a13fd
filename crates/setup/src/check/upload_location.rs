//! Checks whether a folder can store uploads: other accounts cannot change its path, it is empty or already used by
//! this installation, and it lies in no folder with other content.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use testkeep_domain::desktop::DiskSpace;
use testkeep_domain::{Finding, Layout, Report};
use testkeep_local::control::read_config;
use testkeep_local::{files, place};
use utoipa::ToSchema;

use super::destination::{nearest_existing, of_its_own, resolve};
use super::{path_rules, space};

const FIELD: &str = "upload_location";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadLocationCheck {
    /// The path as given.
    pub path: String,
    /// The disk that the folder is or will be on; `None` if the system does not report it.
    pub disk: Option<DiskSpace>,
}

/// `destination`: the installation that the uploads belong to.
pub fn upload_location(path: &Path, destination: &Path) -> Report<UploadLocationCheck> {
    let layout = Layout::new(destination.components().collect::<std::path::PathBuf>());
    let disk = nearest_existing(path).ok().and_then(|existing| space::disk_space(&existing));
    let details = UploadLocationCheck { path: path.display().to_string(), disk };
    let findings = match look(path, &layout) {
        Ok(findings) => findings,
        Err(refusal) => vec![Finding { field: FIELD.into(), ..refusal }],
    };
    Report::new(findings, details)
}

fn refuse(code: &str, message: String) -> Finding {
    Finding::error(FIELD, code, message)
}

fn look(path: &Path, layout: &Layout) -> Result<Vec<Finding>, Finding> {
    if let Some(broken) = path_rules::broken_rule(path) {
        return Err(broken);
    }
    let ancestor = nearest_existing(path)?;
    let real = resolve(&ancestor, path)?;
    if real.to_str().is_none_or(path_rules::is_system_folder) {
        let message = format!(
            "{} belongs to the system. Choose a separate folder, for example one below it named testkeep-uploads.",
            real.display()
        );
        return Err(refuse("system_folder", message));
    }
    place::judge_way(path).map_err(|distrust| refuse(distrust.code, distrust.message))?;
    apart_from_the_rest(&real, layout)?;
    let own = resolved_destination(layout);
    of_its_own(&real, Some(&own))?;
    empty_or_ours(path, layout)?;
    let keeps_rights = files::probe(&ancestor, place::require_private).map_err(|error| {
        refuse(
            "not_writable",
            format!(
                "{} cannot be written to: {error}. Choose another folder or get the right to write there.",
                ancestor.display()
            ),
        )
    })?;
    Ok(match keeps_rights {
        Ok(()) => vec![Finding::ok(FIELD, "usable", "Uploads can be kept there.")],
        Err(error) => vec![Finding::warning(
            FIELD,
            "ignores_rights",
            format!("Others on this machine can read uploaded files: {error}."),
        )],
    })
}

/// Refuses a folder inside one with other content, and a folder that contains the installation.
fn apart_from_the_rest(real: &Path, layout: &Layout) -> Result<(), Finding> {
    let own = Layout::new(resolved_destination(layout));
    if own.destination().starts_with(real) {
        let message = format!(
            "{} is the folder of the installation or above it. Choose one below data, or elsewhere.",
            real.display()
        );
        return Err(refuse("around_the_installation", message));
    }
    let for_uploads = real != own.data() && real.starts_with(own.data());
    if real.starts_with(own.destination()) && !for_uploads {
        let message = format!(
            "{} lies among the other files of the installation. Choose one elsewhere, or leave this out: uploads are \
             then kept in {}.",
            real.display(),
            own.uploads().display()
        );
        return Err(refuse("inside_the_installation", message));
    }
    if real == own.database_file() || real.starts_with(own.database_file()) {
        return Err(refuse(
            "inside_the_installation",
            "The database lies there. Choose another folder.".into(),
        ));
    }
    Ok(())
}

fn resolved_destination(layout: &Layout) -> PathBuf {
    nearest_existing(layout.destination())
        .and_then(|ancestor| resolve(&ancestor, layout.destination()))
        .unwrap_or_else(|_| layout.destination().to_owned())
}

fn empty_or_ours(path: &Path, layout: &Layout) -> Result<(), Finding> {
    let is_known = read_config(layout).is_ok_and(|config| {
        config.upload_location.as_deref() == Some(path)
            || (config.upload_location.is_none() && path == layout.uploads())
    });
    let Ok(metadata) = path.metadata() else { return Ok(()) };
    if !metadata.is_dir() {
        let message =
            format!("{} is a file, not a folder. Move it away, or choose another folder.", path.display());
        return Err(refuse("file_in_the_way", message));
    }
    let mut entries = path.read_dir().map_err(|error| {
        let message = format!("{} cannot be listed: {error}. Choose another folder.", path.display());
        refuse("not_readable", message)
    })?;
    let holds_others = entries.any(|entry| entry.is_ok_and(|entry| !files::is_probe(&entry.path())));
    if is_known || !holds_others {
        return Ok(());
    }
    let message = format!(
        "{} contains files that are not this installation's. Choose an empty folder or a new one below it.",
        path.display()
    );
    Err(refuse("foreign_folder", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(path: &Path, destination: &Path) -> String {
        let report = upload_location(path, destination);
        report.findings.iter().map(|finding| finding.code.clone()).collect()
    }

    #[test]
    fn folders_that_are_something_else() {
        let place = tempfile::tempdir().unwrap();
        let destination = place.path().join("testkeep");
        for below in
            ["", "bin", "conf/uploads", "licenses", "logs", "backups", "data", "other", "bin/../conf"]
        {
            assert!(!upload_location(&destination.join(below), &destination).ok, "{below}");
        }
        assert_eq!(code(place.path(), &destination), "around_the_installation");
        assert_eq!(code(&destination.join("data/more"), &destination), "usable");
        assert_eq!(code(&place.path().join("uploads"), &destination), "usable");
        std::fs::write(place.path().join("file"), "x").unwrap();
        assert_eq!(code(&place.path().join("file"), &destination), "file_in_the_way");
        let theirs = place.path().join("theirs");
        std::fs::create_dir(&theirs).unwrap();
        assert_eq!(code(&theirs, &destination), "usable");
        std::fs::write(theirs.join("letter"), "x").unwrap();
        assert_eq!(code(&theirs, &destination), "foreign_folder");
        assert_eq!(code(&place.path().join(".ssh"), &destination), "folder_of_another_program");
        assert_eq!(code(&place.path().join(".ssh/uploads"), &destination), "folder_of_another_program");
        let other = Layout::new(place.path().join("other-installation"));
        std::fs::create_dir_all(other.conf()).unwrap();
        let marker = testkeep_local::marker::Marker::new(testkeep_local::marker::State::Installed, "0.1.0");
        testkeep_local::marker::write(&other, &marker).unwrap();
        for below in ["", "new", "data/uploads2"] {
            assert_eq!(
                code(&other.destination().join(below), &destination),
                "inside_another_installation",
                "{below}"
            );
        }
        if cfg!(unix) {
            for system in ["/etc", "/", "/etc/testkeep", "/usr/bin", "/proc/x", "/var"] {
                assert_eq!(code(Path::new(system), &destination), "system_folder", "{system}");
            }
        }
    }
}
