//! Folders that other accounts could change, file systems that cannot keep a secret or run a program, and root.
#![expect(clippy::unwrap_used, reason = "what the test needs is there, or the test fails")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use testkeep_domain::answers::{ServiceAnswers, ServiceMode};
use testkeep_tests::programs::{ServerFolder, run_server_program, server_program};

use super::refused;
use crate::place::{Installer, Place};

/// Number of an account that does not exist.
const SOMEBODY: u32 = 54321;

fn folder(path: PathBuf, mode: u32) -> PathBuf {
    fs::create_dir_all(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn give_away(path: &Path) {
    lchown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
}

#[test]
fn below_what_belongs_to_somebody_else() {
    let mut place = Place::new();
    let theirs = folder(place.path("theirs"), 0o755);
    give_away(&theirs);
    folder(theirs.join("deep/er"), 0o755);
    for below in ["", "testkeep", "deep/er/testkeep", "deep/er"] {
        place.answers.destination = theirs.join(below);
        let ended = refused(&place, "destination foreign_owner");
        assert!(ended.message().contains("another user (number 54321)"), "{}", ended.message());
    }
    let link = place.path("link");
    symlink(folder(place.path("real"), 0o755), &link).unwrap();
    give_away(&link);
    place.answers.destination = link.join("testkeep");
    refused(&place, "destination foreign_owner");
}

#[test]
fn below_what_others_may_write_to() {
    let mut place = Place::new();
    let open = folder(place.path("open"), 0o777);
    let group = folder(place.path("group"), 0o775);
    chown(&group, None, Some(SOMEBODY)).unwrap();
    for (above, code) in [(open, "writable_by_others"), (group, "writable_by_others")] {
        for below in ["", "testkeep", "not/there/yet"] {
            place.answers.destination = above.join(below);
            refused(&place, &format!("destination {code}"));
        }
    }
    place.answers.destination = folder(place.path("sticky"), 0o1777);
    refused(&place, "destination writable_by_others");
    place.answers.destination = place.path("sticky/testkeep");
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::None, allow_root: false });
    place.installed();
}

/// Folders of an earlier installation, one of which was replaced.
#[test]
fn planted_in_an_installation() {
    let mut place = Place::new();
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::None, allow_root: true });
    place.installed();
    let layout = place.layout();
    let planted = [
        layout.conf(),
        layout.installation_file(),
        layout.config_file(),
        layout.secret_key(),
        layout.bin(),
        layout.server_program(),
        layout.data(),
        layout.database_file(),
        layout.licenses(),
        layout.logs(),
        layout.backups(),
    ];
    for planted in planted.iter().filter(|path| path.exists()) {
        give_away(planted);
        refused(&place, "destination foreign_owner");
        let config = layout.config_file();
        let config = config.to_str().unwrap();
        for words in [&["start", "--config", config][..], &["run", "--config", config]] {
            let output = run_server_program(words, "");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                !output.status.success() && said.contains("number 54321"),
                "{}: {said}",
                planted.display()
            );
        }
        let output = place.uninstall(&["--delete-data"]);
        assert_eq!(output.status.code(), Some(2), "{}", planted.display());
        assert!(planted.exists());
        lchown(planted, Some(0), Some(0)).unwrap();
    }
    place.installed();
}

#[test]
fn uploads_where_something_else_is() {
    let mut place = Place::new();
    let theirs = folder(place.path("theirs"), 0o755);
    give_away(&theirs);
    let full = folder(place.path("full"), 0o755);
    fs::write(full.join("letter.txt"), "Dear Ada").unwrap();
    let destination = place.destination().to_owned();
    for (uploads, code) in [
        (PathBuf::from("/etc"), "system_folder"),
        ("/etc/testkeep".into(), "system_folder"),
        ("/".into(), "system_folder"),
        (theirs.join("uploads"), "foreign_owner"),
        (full, "foreign_folder"),
        (destination.join("conf"), "inside_the_installation"),
        (destination.join("bin/uploads"), "inside_the_installation"),
        (destination.join("licenses"), "inside_the_installation"),
        (destination.clone(), "around_the_installation"),
        (place.path(""), "around_the_installation"),
        ("/opt/../etc".into(), "parent_component"),
    ] {
        place.answers.upload_location = Some(uploads);
        refused(&place, &format!("upload_location {code}"));
    }
    symlink("/etc", place.path("link")).unwrap();
    place.answers.upload_location = Some(place.path("link"));
    refused(&place, "upload_location system_folder");
}

#[test]
fn root_without_leave() {
    let mut place = Place::new();
    for service in [None, Some(ServiceAnswers::default())] {
        place.answers.service = service;
        let ended = refused(&place, "service.allow_root runs_as_root");
        assert!(ended.message().contains("allow_root = true"), "{}", ended.message());
    }
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::None, allow_root: false });
    place.installed();
    let config = place.layout().config_file();
    for command in ["start", "run"] {
        let output = run_server_program(&[command, "--config", config.to_str().unwrap()], "");
        assert_eq!(output.status.code(), Some(2), "{command}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("does not run as root") && said.contains("--allow-root"), "{said}");
    }
    let started = run_server_program(&["start", "--allow-root", "--config", config.to_str().unwrap()], "");
    assert_eq!(started.status.code(), Some(0), "{}", String::from_utf8_lossy(&started.stderr));
    assert!(String::from_utf8_lossy(&started.stderr).contains("runs as root"));
    let log = fs::read_to_string(place.layout().log_file()).unwrap();
    assert!(log.contains("WARN The server runs as root"), "{log}");
}

/// Unmounted when dropped.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg(&self.0).output();
    }
}

fn mount(command: &mut Command, at: &Path) -> Mounted {
    let output = command.arg(at).output().expect("the program that mounts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Mounted(at.to_owned())
}

#[test]
fn where_no_program_may_run() {
    let mut place = Place::new();
    let at = folder(place.path("disk"), 0o755);
    let options = ["-t", "tmpfs", "-o", "noexec,size=900m,mode=755", "tmpfs"];
    let _mounted = mount(Command::new("mount").args(options), &at);
    for below in ["", "testkeep"] {
        place.answers.destination = at.join(below);
        refused(&place, "destination noexec");
    }
}

#[test]
fn where_files_cannot_be_kept_to_their_owner() {
    let mut place = Place::new();
    let (real, at) = (folder(place.path("real"), 0o755), folder(place.path("disk"), 0o755));
    let mut bindfs = Command::new("bindfs");
    bindfs.args(["--chmod-ignore", "--perms=a+rX,go-w"]).arg(&real);
    let _mounted = mount(&mut bindfs, &at);
    for below in ["", "testkeep"] {
        place.answers.destination = at.join(below);
        let ended = refused(&place, "destination ignores_rights");
        assert!(ended.message().contains("has mode 0644"), "{}", ended.message());
    }
    place.answers.destination = place.path("elsewhere");
    place.answers.upload_location = Some(at);
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::None, allow_root: false });
    let warned = place.installed();
    assert!(format!("{:?}", warned.events).contains("ignores_rights"), "{warned:#?}");
}

/// The system lists it as a network file system; in fact it is a folder of this machine.
#[test]
fn the_built_in_database_on_a_network_folder() {
    let mut place = Place::new();
    let (real, at) = (folder(place.path("real"), 0o755), folder(place.path("far"), 0o755));
    let mut bindfs = Command::new("bindfs");
    bindfs.args(["-o", "subtype=sshfs,fsname=ada@far:/home/ada"]).arg(&real);
    let mounted = mount(&mut bindfs, &at);
    place.answers.destination = at.join("testkeep");
    let ended = refused(&place, "database.kind network_folder");
    assert!(ended.message().contains("PostgreSQL"), "{}", ended.message());

    // An existing database there is used, with a warning, so that it can be moved away.
    place.answers.destination = real.join("testkeep");
    place.installed();
    let stop = ["stop", "--config"].map(str::to_owned);
    let config = real.join("testkeep/conf/testkeep.toml");
    run_server_program(&[&stop[0], &stop[1], config.to_str().unwrap()], "");
    let far = at.join("testkeep/conf/testkeep.toml");
    let started = run_server_program(&["start", "--config", far.to_str().unwrap()], "");
    assert_eq!(started.status.code(), Some(0), "{}", String::from_utf8_lossy(&started.stderr));
    let log = fs::read_to_string(place.layout().log_file()).unwrap();
    assert!(log.contains("is a network folder (fuse.sshfs)"), "{log}");
    run_server_program(&[&stop[0], &stop[1], far.to_str().unwrap()], "");
    fs::remove_dir_all(at.join("testkeep/data")).unwrap();
    let begun = run_server_program(&["run", "--config", far.to_str().unwrap()], "");
    assert_eq!(begun.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&begun.stderr).contains("is a network folder"));
    drop(mounted);
}

#[test]
fn secrets_that_others_may_change_or_read() {
    let folder = ServerFolder::new(testkeep_domain::config::DatabaseConfig::BuiltIn);
    let layout = folder.layout();
    fs::set_permissions(layout.secret_key(), Permissions::from_mode(0o644)).unwrap();
    let running = folder.start();
    // Another thread writes the log.
    let said = || fs::read_to_string(layout.log_file()).unwrap_or_default();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !said().contains("secret.key") && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(said().contains("may read"), "{}", said());
    drop(running);
    fs::set_permissions(layout.secret_key(), Permissions::from_mode(0o606)).unwrap();
    let mut command = Command::new(server_program());
    let output = command.args(["run", "--config"]).arg(layout.config_file()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("chmod"), "{output:?}");
}

/// A service account needs no special permission in the answers.
#[test]
fn an_account_of_its_own() {
    let mut place = Place::new();
    let own = folder(place.path("own"), 0o755);
    give_away(&own);
    place.answers.destination = own.join("testkeep");
    place.answers.service = None;
    place.answers.license_file = None;
    let program = place.path("testkeep-server");
    fs::copy(server_program(), &program).unwrap();
    let as_somebody = |command: &mut Command| {
        command.args([format!("--reuid={SOMEBODY}"), format!("--regid={SOMEBODY}"), "--clear-groups".into()]);
    };
    let mut command = Command::new("setpriv");
    as_somebody(&mut command);
    command.arg(&program).args(["install", "--answers", "-", "--progress", "json"]);
    let ended = Installer::start(command, &place.answers.to_toml()).end();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let mut command = Command::new("setpriv");
    as_somebody(&mut command);
    command.arg(&program).args(["stop", "--config"]).arg(place.layout().config_file());
    assert!(command.output().unwrap().status.success());
    // As if root made the folder: the account can empty it but not remove it.
    lchown(&own, Some(0), Some(0)).unwrap();
    let mut command = Command::new("setpriv");
    as_somebody(&mut command);
    command.arg(&program).args(["uninstall", "--delete-data", "--destination"]).arg(own.join("testkeep"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read_dir(own.join("testkeep")).unwrap().count(), 0, "everything in it is gone");
}
