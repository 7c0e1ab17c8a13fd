use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::PathBuf;

use super::*;

fn folder(path: &Path, mode: u32) -> PathBuf {
    fs::create_dir_all(path).expect("a folder");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("my folder");
    path.to_owned()
}

fn code(path: &Path) -> &'static str {
    judge_way(path).map_or_else(|distrust| distrust.code, |()| "")
}

#[test]
fn folders_that_others_may_write_to() {
    let place = tempfile::tempdir().unwrap();
    let open = folder(&place.path().join("open"), 0o777);
    assert_eq!((code(&open), code(&open.join("testkeep"))), ("writable_by_others", "writable_by_others"));
    let sticky = folder(&place.path().join("sticky"), 0o1777);
    assert_eq!(code(&sticky.join("testkeep")), "", "as /tmp");
    assert_eq!(code(&sticky), "writable_by_others", "others put things into it");
    let closed = folder(&place.path().join("closed"), 0o755);
    assert_eq!(code(&closed.join("not/there/yet")), "");
}

/// Only root can give files to another account.
#[test]
fn what_belongs_to_somebody_else() {
    if !super::super::is_root() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let theirs = folder(&place.path().join("theirs"), 0o755);
    chown(&theirs, Some(12345), Some(12345)).unwrap();
    assert_eq!(code(&theirs), "foreign_owner");
    assert_eq!(code(&folder(&theirs.join("mine"), 0o755)), "foreign_owner", "they can move it away");
    let group = folder(&place.path().join("group"), 0o775);
    assert_eq!(code(&group), "");
    chown(&group, None, Some(12345)).unwrap();
    assert_eq!(code(&group.join("testkeep")), "writable_by_others");

    let real = folder(&place.path().join("real"), 0o755);
    let link = place.path().join("link");
    symlink(&real, &link).unwrap();
    assert_eq!(code(&link.join("testkeep")), "");
    lchown(&link, Some(12345), Some(12345)).unwrap();
    assert_eq!(code(&link.join("testkeep")), "foreign_owner", "a link they can point elsewhere");
    let to_theirs = place.path().join("to theirs");
    symlink("../".to_owned() + place.path().file_name().unwrap().to_str().unwrap() + "/theirs", &to_theirs)
        .unwrap();
    assert_eq!(code(&to_theirs.join("testkeep")), "foreign_owner");
    let round = place.path().join("round");
    symlink(&round, &round).unwrap();
    assert_eq!(code(&round), "too_many_links");
}

#[test]
fn what_was_planted_in_an_installation() {
    let place = tempfile::tempdir().unwrap();
    let layout = Layout::new(place.path());
    for folder_of_ours in [layout.conf(), layout.data(), layout.bin()] {
        folder(&folder_of_ours, 0o755);
    }
    fs::write(layout.config_file(), "").unwrap();
    assert_eq!(judge_installation(&layout), Ok(()));
    fs::set_permissions(layout.config_file(), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(judge_installation(&layout).unwrap_err().code, "writable_by_others");
    fs::set_permissions(layout.config_file(), fs::Permissions::from_mode(0o600)).unwrap();
    if !super::super::is_root() {
        return;
    }
    for planted in [layout.conf(), layout.data(), layout.bin(), layout.config_file()] {
        chown(&planted, Some(12345), None).unwrap();
        assert_eq!(judge_installation(&layout).unwrap_err().code, "foreign_owner", "{}", planted.display());
        chown(&planted, Some(0), None).unwrap();
    }
    assert_eq!(judge_installation(&layout), Ok(()));
}
