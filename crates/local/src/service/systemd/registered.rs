//! Finds the unit file of an installation, by the destination that is written in it.
//!
//! A system unit counts only if root owns it: its account is trusted with the installation's folders.

use std::path::{Path, PathBuf};

use testkeep_domain::Layout;

use super::unit::{MADE_LINGERING, OWN_SECTION};
use crate::files;
use crate::service::{Registered, ServiceLevel};

/// Where an admin's units are.
pub(super) const SYSTEM_FOLDER: &str = "/etc/systemd/system";
/// Where packages put theirs.
const PACKAGED: [&str; 3] =
    ["/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
const LONGEST: u64 = 64 * 1024;

/// A unit file and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnitFile {
    pub(super) path: PathBuf,
    pub(super) destination: PathBuf,
    pub(super) account: Option<String>,
    pub(super) made_lingering: bool,
}

/// The installation's system unit, or this person's own unit.
pub(super) fn find(layout: &Layout) -> Option<Registered> {
    let system = find_system(layout).map(|unit| (ServiceLevel::System, unit));
    let (level, unit) = system.or_else(|| Some((ServiceLevel::User, find_user(layout)?)))?;
    let name = unit.path.file_stem()?.to_str()?.to_owned();
    Some(Registered { level, name, account: unit.account })
}

pub(super) fn find_system(layout: &Layout) -> Option<UnitFile> {
    let folders = [SYSTEM_FOLDER].into_iter().chain(PACKAGED);
    folders.into_iter().find_map(|folder| find_in(Path::new(folder), layout, is_roots))
}

pub(super) fn find_user(layout: &Layout) -> Option<UnitFile> {
    find_in(&user_folder()?, layout, |_| true)
}

/// Where this person's units are.
pub(super) fn user_folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let configuration = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")))?;
    Some(configuration.join("systemd/user"))
}

fn find_in(folder: &Path, layout: &Layout, is_trusted: impl Fn(&Path) -> bool) -> Option<UnitFile> {
    let mut units: Vec<PathBuf> =
        folder.read_dir().ok()?.flatten().map(|entry| entry.path()).filter(|path| is_unit(path)).collect();
    units.sort();
    let mut read = units.iter().filter(|path| is_trusted(path)).filter_map(|path| read(path));
    read.find(|unit| is_same(&unit.destination, layout.destination()))
}

fn is_unit(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("testkeep") && name.ends_with(".service")
}

fn is_roots(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.symlink_metadata().is_ok_and(|file| file.is_file() && file.uid() == 0)
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// `None` when the file is not one of ours.
pub(super) fn read(path: &Path) -> Option<UnitFile> {
    let text = files::read_text(path, LONGEST).ok()?;
    let own = text.split_once(OWN_SECTION)?.1;
    let destination = value(own, "Destination")?.into();
    let account = value(&text, "User").map(ToOwned::to_owned);
    let made_lingering = own.lines().any(|line| line == MADE_LINGERING);
    Some(UnitFile { path: path.to_owned(), destination, account, made_lingering })
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_found_by_its_destination() {
        let folder = tempfile::tempdir().unwrap();
        let other = "[Service]\nUser=x\n[X-Testkeep]\nDestination=/opt/other\n";
        std::fs::write(folder.path().join("testkeep.service"), other).unwrap();
        let ours = "[Service]\nUser=testkeep-qa\n[X-Testkeep]\nDestination=/srv/qa\n";
        let path = folder.path().join("testkeep-qa.service");
        std::fs::write(&path, ours).unwrap();
        std::fs::write(folder.path().join("testkeep-zz.service"), "[Service]\nUser=x\n").unwrap();
        let found = find_in(folder.path(), &Layout::new("/srv/qa"), |_| true);
        let account = Some("testkeep-qa".to_owned());
        assert_eq!(
            found,
            Some(UnitFile { path, destination: "/srv/qa".into(), account, made_lingering: false })
        );
        assert_eq!(find_in(folder.path(), &Layout::new("/srv/zz"), |_| true), None);
        assert_eq!(find_in(folder.path(), &Layout::new("/srv/qa"), |_| false), None);
    }
}
