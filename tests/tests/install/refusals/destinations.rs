//! Folders that the product must not use.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use testkeep_domain::answers::{ServiceAnswers, ServiceMode};
use testkeep_tests::programs::server_program;

use super::refused;
use crate::place::{Installer, Place};

#[test]
fn paths_that_cannot_be() {
    let mut place = Place::new();
    let long_name = "ä".repeat(128);
    let too_long = format!("/opt{}", "/testkeep-in-a-deep-folder".repeat(155));
    for (path, code) in [
        ("", "empty"),
        ("testkeep", "not_absolute"),
        ("./testkeep", "not_absolute"),
        ("~/testkeep", "not_absolute"),
        ("/opt/x/../testkeep", "parent_component"),
        ("/opt/test\nkeep", "control_character"),
        ("/opt/test\u{1b}[31mkeep", "control_character"),
        (&format!("/opt/{long_name}"), "name_too_long"),
        (&too_long, "too_long"),
    ] {
        place.answers.destination = path.into();
        refused(&place, &format!("destination {code}"));
    }
}

#[test]
fn folders_of_the_system() {
    let mut place = Place::new();
    for path in
        ["/", "/opt", "/opt/", "/etc/testkeep", "/usr/share/testkeep", "/proc/testkeep", "/dev/testkeep"]
    {
        place.answers.destination = path.into();
        refused(&place, "destination system_folder");
    }
    // The same folder through a link.
    symlink("/etc", place.path("elsewhere")).unwrap();
    place.answers.destination = place.path("elsewhere/testkeep");
    refused(&place, "destination system_folder");
}

#[test]
fn folders_of_other_programs() {
    let mut place = Place::new();
    for name in [".ssh", ".gnupg", ".config/autostart"] {
        place.answers.destination = place.path(name).join("testkeep");
        refused(&place, "destination folder_of_another_program");
    }
    // Also through a link.
    std::fs::create_dir(place.path(".ssh")).unwrap();
    symlink(place.path(".ssh"), place.path("keys")).unwrap();
    place.answers.destination = place.path("keys/testkeep");
    refused(&place, "destination folder_of_another_program");
    for (path, code) in [
        ("/root/.ssh", "folder_of_another_program"),
        ("/home/x/.ssh", "folder_of_another_program"),
        ("/var/spool/cron/testkeep", "system_folder"),
    ] {
        place.answers.destination = path.into();
        let ended = refused(&place, &format!("destination {code}"));
        assert!(ended.message().contains("Choose a "), "{path}: {}", ended.message());
    }
    let mut place = Place::new();
    place.answers.upload_location = Some(place.path(".ssh/uploads"));
    refused(&place, "upload_location folder_of_another_program");
}

#[test]
fn inside_another_installation() {
    let mut place = Place::new();
    let other = place.path("other");
    std::fs::create_dir_all(other.join("conf")).unwrap();
    let mark = r#"{ "product": "testkeep", "state": "installed", "version": "0.1.0" }"#;
    std::fs::write(other.join("conf/installation.json"), mark).unwrap();
    for below in ["second", "data/second"] {
        place.answers.destination = other.join(below);
        refused(&place, "destination inside_another_installation");
    }
    place.answers.destination = place.path("elsewhere");
    place.answers.upload_location = Some(other.join("data/uploads-of-elsewhere"));
    refused(&place, "upload_location inside_another_installation");
}

#[test]
fn foreign_folder() {
    let mut place = Place::new();
    place.answers.destination = place.path("theirs");
    std::fs::create_dir(place.path("theirs")).unwrap();
    std::fs::write(place.path("theirs/letter.txt"), "Dear Ada").unwrap();
    let ended = refused(&place, "destination foreign_folder");
    assert!(ended.message().contains("Choose an empty folder"), "{}", ended.message());
}

/// A marker of another account, or one behind a link, does not make a folder ours.
#[test]
fn folders_that_pretend() {
    let mut place = Place::new();
    let ours = place.path("ours");
    place.answers.destination = ours.clone();
    std::fs::create_dir_all(ours.join("conf")).unwrap();
    for content in ["", "null", "[]", "{\"product\":\"other\",\"state\":\"installed\",\"version\":\"1\"}"] {
        std::fs::write(ours.join("conf/installation.json"), content).unwrap();
        refused(&place, "destination foreign_folder");
    }
    let mark = "{\"product\":\"testkeep\",\"state\":\"installed\",\"version\":\"0.0.1\"}";
    std::fs::write(ours.join("conf/installation.json"), mark).unwrap();
    std::fs::rename(ours.join("conf"), place.path("other conf")).unwrap();
    symlink(place.path("other conf"), ours.join("conf")).unwrap();
    refused(&place, "destination foreign_folder");
}

#[test]
fn file_in_the_way() {
    let mut place = Place::new();
    std::fs::write(place.path("file"), "content").unwrap();
    for path in ["file", "file/testkeep", "file/deep/testkeep"] {
        place.answers.destination = place.path(path);
        refused(&place, "destination file_in_the_way");
    }
}

#[test]
fn links() {
    let mut place = Place::new();
    std::fs::create_dir(place.path("real")).unwrap();
    symlink(place.path("real"), place.path("link")).unwrap();
    symlink(place.path("nowhere"), place.path("dangling")).unwrap();
    for (path, code) in [
        ("link", "symlink"),
        ("link/", "symlink"),
        ("dangling", "dangling_symlink"),
        ("dangling/testkeep", "dangling_symlink"),
    ] {
        place.answers.destination = place.path(path);
        refused(&place, &format!("destination {code}"));
    }
}

/// Links above the destination are how admins arrange disks: they are mentioned, not refused.
#[test]
fn a_link_on_the_way_is_followed() {
    let mut place = Place::new();
    std::fs::create_dir(place.path("big disk")).unwrap();
    symlink(place.path("big disk"), place.path("link")).unwrap();
    place.answers.destination = place.path("link/testkeep");
    place.installed();
    place.assert_complete("behind a link");
    place.installed();
    place.assert_complete("behind a link, again");
    assert!(place.path("big disk/testkeep/bin").is_dir());
}

/// Runs without the right to override access rights, which root has and a service account has not.
#[test]
fn folder_that_may_not_be_written() {
    let mut place = Place::new();
    let closed = place.path("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).unwrap();
    place.answers.destination = closed.join("testkeep");
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-dac_override,-dac_read_search"]).arg(server_program());
    command.args(["install", "--answers", "-", "--progress", "json"]);
    let before = place.snapshot();
    let ended = Installer::start(command, &place.answers.to_toml()).end();
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert_eq!(ended.errors(), ["destination not_writable"]);
    place.assert_untouched(&before, "read-only parent");
}

#[test]
fn newer_version() {
    let mut place = Place::new();
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::None, allow_root: true });
    place.installed();
    let version = env!("CARGO_PKG_VERSION");
    let newer = place.marker().replace(&format!("\"{version}\""), "\"999.0.0\"");
    assert!(newer.contains("999.0.0"), "{newer}");
    std::fs::write(place.layout().installation_file(), newer).unwrap();
    let ended = refused(&place, "destination newer_installed");
    assert!(ended.message().contains("Testkeep 999.0.0 was installed here"), "{}", ended.message());
}
