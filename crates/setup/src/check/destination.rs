//! Checks whether the product can be installed into a folder: its content, its rights, its disk.
//!
//! A folder is ours when `conf/installation.json` says so. Any other folder that is not empty belongs to another
//! program and must never be written to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use testkeep_domain::{Finding, Layout, Report};
use testkeep_local::place::mounts::{self, Mount};
use testkeep_local::{files, marker, place};
use utoipa::ToSchema;

use super::{path_rules, space};

const FIELD: &str = "destination";
/// A warning; together with the built-in database also an error.
pub(crate) const NETWORK_FOLDER: &str = "network_folder";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DestinationCheck {
    /// Free bytes for this user; `None` if the system does not report them.
    pub free_bytes: Option<u64>,
    pub total_bytes: Option<u64>,
    /// The absolute path that will be used.
    pub path: String,
    pub existing: Existing,
}

/// Content of the destination now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    Absent,
    Empty,
    /// An installation of Testkeep, complete or not.
    Testkeep,
    /// Files of another program.
    Foreign,
    NotAFolder,
}

/// Checks `path` without changing it, apart from a probe file that is removed at once.
pub fn destination(path: &Path) -> Report<DestinationCheck> {
    // With a slash at the end, the system would follow a link instead of examining the link itself.
    let path = &path.components().collect::<PathBuf>();
    let mut findings = Vec::new();
    let mut details = DestinationCheck {
        free_bytes: None,
        total_bytes: None,
        path: path.display().to_string(),
        existing: Existing::Absent,
    };
    match look(path, &mut details) {
        Ok(more) => findings.extend(more),
        Err(refusal) => findings.push(refusal),
    }
    Report::new(findings, details)
}

fn look(path: &Path, details: &mut DestinationCheck) -> Result<Vec<Finding>, Finding> {
    if let Some(finding) = path_rules::broken_rule(path) {
        return Err(finding);
    }
    refuse_symbolic_link(path)?;
    let ancestor = nearest_existing(path)?;
    let resolved = resolve(&ancestor, path)?;
    if resolved.to_str().is_none_or(path_rules::is_system_folder) {
        let message = format!(
            "{} belongs to the system. Choose a separate folder, for example one below it named testkeep.",
            resolved.display()
        );
        return Err(Finding::error(FIELD, "system_folder", message));
    }
    of_its_own(&resolved, None)?;
    trusted(path)?;
    details.existing = classify(path)?;
    let mut findings = vec![state_finding(details.existing, path)?];
    if resolved != *path {
        let message = format!("A link on the way leads to {}.", resolved.display());
        findings.push(Finding::new(FIELD, testkeep_domain::Level::Info, "resolved", message));
    }
    require_writable(&ancestor)?;
    findings.extend(file_system(mounts::of(&ancestor).as_ref())?);
    let space = space::measure(&ancestor);
    (details.free_bytes, details.total_bytes) = (space.free, space.total);
    findings.push(space::judge(space.free));
    Ok(findings)
}

/// Refuses folders where other programs keep their keys, and folders inside another installation. `own`: the
/// installation that `resolved` may lie in.
pub(super) fn of_its_own(resolved: &Path, own: Option<&Path>) -> Result<(), Finding> {
    if let Some(name) = path_rules::folder_of_another_program(resolved) {
        let message = format!(
            "{} lies in {name}, where another program keeps its keys or what it starts. Choose a folder of its own, such \
             as one named testkeep elsewhere.",
            resolved.display()
        );
        return Err(Finding::error(FIELD, "folder_of_another_program", message));
    }
    let is_other = |folder: &&Path| own != Some(*folder) && marker::read(&Layout::new(folder)).is_some();
    // For a destination (no `own`), the folder itself is skipped: it may be an installation that this run continues.
    let around = resolved.ancestors().skip(usize::from(own.is_none()));
    match around.into_iter().find(is_other) {
        None => Ok(()),
        Some(other) => {
            let message = format!(
                "{} lies in {}, the folder of another installation, which may remove it. Choose a folder elsewhere.",
                resolved.display(),
                other.display()
            );
            Err(Finding::error(FIELD, "inside_another_installation", message))
        }
    }
}

/// Refuses a path that other accounts can change: they could replace files here and so control the server.
fn trusted(path: &Path) -> Result<(), Finding> {
    let judged = place::judge_way(path).and_then(|()| place::judge_installation(&Layout::new(path)));
    judged.map_err(|distrust| Finding::error(FIELD, distrust.code, distrust.message))
}

fn file_system(mount: Option<&Mount>) -> Result<Option<Finding>, Finding> {
    let Some(mount) = mount else { return Ok(None) };
    if mount.no_programs {
        let message = format!(
            "No program may run from this disk: {} is mounted with noexec. Choose a folder on another disk, or have it \
             mounted without that option.",
            mount.point.display()
        );
        return Err(Finding::error(FIELD, "noexec", message));
    }
    Ok(mount.is_remote().then(|| {
        let message = format!(
            "This is a network folder ({} at {}). Use PostgreSQL as the database, or choose a local disk: the built-in \
             database can be damaged on a network folder.",
            mount.kind,
            mount.point.display()
        );
        Finding::warning(FIELD, NETWORK_FOLDER, message)
    }))
}

/// Refuses a link: it could be pointed elsewhere after the check, and removal would follow it.
fn refuse_symbolic_link(path: &Path) -> Result<(), Finding> {
    if !path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink()) {
        return Ok(());
    }
    Err(match path.canonicalize() {
        Ok(target) => {
            let message = format!("This is a link to {}. Enter that folder itself.", target.display());
            Finding::error(FIELD, "symlink", message)
        }
        Err(_) => dangling(path),
    })
}

fn dangling(path: &Path) -> Finding {
    let message = format!(
        "{} is a link to a path that does not exist. Remove it, or choose another folder.",
        path.display()
    );
    Finding::error(FIELD, "dangling_symlink", message)
}

/// The folder itself or the first folder above it that exists.
pub(crate) fn nearest_existing(path: &Path) -> Result<PathBuf, Finding> {
    for ancestor in path.ancestors() {
        match ancestor.metadata() {
            Ok(metadata) if metadata.is_dir() => return Ok(ancestor.to_owned()),
            Ok(_) => return Err(file_in_the_way(ancestor)),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let message = format!(
                    "{} cannot be read: access denied. Choose another folder, or run the installer as administrator.",
                    ancestor.display()
                );
                return Err(Finding::error(FIELD, "not_readable", message));
            }
            Err(_) if ancestor.is_symlink() => return Err(dangling(ancestor)),
            Err(_) => {}
        }
    }
    Err(Finding::error(
        FIELD,
        "no_such_disk",
        "There is no such disk. Choose a folder on a disk of this machine.",
    ))
}

fn file_in_the_way(path: &Path) -> Finding {
    let message =
        format!("{} is a file, not a folder. Move it away, or choose another folder.", path.display());
    Finding::error(FIELD, "file_in_the_way", message)
}

/// The real location of `path`, with links of its ancestors followed.
pub(super) fn resolve(ancestor: &Path, path: &Path) -> Result<PathBuf, Finding> {
    let real = ancestor.canonicalize().map_err(|error| {
        let message = format!("{} cannot be opened: {error}. Choose another folder.", ancestor.display());
        Finding::error(FIELD, "not_readable", message)
    })?;
    // `C:\x` and not `\\?\C:\x`, so that it can be compared with the typed path.
    let real =
        real.to_str().and_then(|text| text.strip_prefix("\\\\?\\")).map_or(real.clone(), PathBuf::from);
    Ok(path
        .strip_prefix(ancestor)
        .map_or_else(|_| real.clone(), |rest| real.join(rest))
        .components()
        .collect())
}

fn classify(path: &Path) -> Result<Existing, Finding> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(Existing::Absent) };
    if !metadata.is_dir() {
        return Ok(Existing::NotAFolder);
    }
    if marker::read(&Layout::new(path)).is_some() {
        return Ok(Existing::Testkeep);
    }
    let entries = path.read_dir().map_err(|error| {
        let message = format!(
            "{} cannot be listed: {error}. Choose another folder, or run the installer as administrator.",
            path.display()
        );
        Finding::error(FIELD, "not_readable", message)
    })?;
    for entry in entries {
        let ours = entry
            .is_ok_and(|entry| files::is_probe(&entry.path()) || is_trace_of_a_killed_start(&entry.path()));
        if !ours {
            return Ok(Existing::Foreign);
        }
    }
    Ok(Existing::Empty)
}

/// A run that was killed before it wrote its marker leaves at most `conf` with an unfinished marker in it.
fn is_trace_of_a_killed_start(entry: &Path) -> bool {
    let named_conf = entry.file_name().is_some_and(|name| name == "conf");
    let real_folder = entry.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    named_conf
        && real_folder
        && entry.read_dir().is_ok_and(|mut entries| {
            entries.all(|file| file.is_ok_and(|file| marker::is_trace(&file.path())))
        })
}

fn state_finding(existing: Existing, path: &Path) -> Result<Finding, Finding> {
    match existing {
        Existing::Absent => Ok(Finding::ok(FIELD, "will_be_created", "The folder will be created.")),
        Existing::Empty => Ok(Finding::ok(FIELD, "empty", "The folder is empty.")),
        Existing::Testkeep => {
            let message =
                "Testkeep is installed here. Installing again completes or repairs it and keeps its data.";
            Ok(Finding::new(FIELD, testkeep_domain::Level::Info, "existing_installation", message))
        }
        Existing::Foreign => {
            let message = format!(
                "{} contains files that are not Testkeep's. Choose an empty folder or a new one below it.",
                path.display()
            );
            Err(Finding::error(FIELD, "foreign_folder", message))
        }
        Existing::NotAFolder => Err(file_in_the_way(path)),
    }
}

fn require_writable(folder: &Path) -> Result<(), Finding> {
    let keeps_rights = place::keeps_rights(folder).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::PermissionDenied => "access denied".to_owned(),
            ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
            _ => error.to_string(),
        };
        let message = format!(
            "Nothing can be written to {}: {why}. Choose another folder, or run the installer as administrator.",
            folder.display()
        );
        Finding::error(FIELD, "not_writable", message)
    })?;
    keeps_rights.map_err(|error| {
        let message = format!(
            "Secrets cannot be kept in {}: {error}. Choose a folder on a disk with access rights, for example ext4 or xfs.",
            folder.display()
        );
        Finding::error(FIELD, "ignores_rights", message)
    })
}

#[cfg(test)]
#[path = "destination_tests.rs"]
mod tests;
