//! `uninstall`: keeps data unless told otherwise, and changes nothing that is not ours.

use std::os::unix::fs::symlink;

use testkeep_tests::programs::run_server_program;

use crate::place::Place;

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn keeps_data_and_a_new_installation_finds_it() {
    let mut place = Place::new();
    place.installed();
    let key = place.secrets().0;
    let output = place.uninstall(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("Kept:"), "{}", said(&output));
    assert!(place.servers().is_empty());
    let layout = place.layout();
    assert!(!layout.bin().exists() && !layout.logs().exists() && !layout.control_token().exists());
    assert!(layout.database_file().exists() && layout.config_file().exists());
    assert!(place.marker().contains("\"uninstalled\""), "{}", place.marker());
    // A second run is no error.
    assert_eq!(place.uninstall(&[]).status.code(), Some(0));
    place.answers.license_file = None;
    place.answers.default_account = None;
    place.installed();
    place.assert_complete("installed over kept data");
    assert_eq!((place.secrets().0, place.accounts()), (key, 1));
}

#[test]
fn deletes_all_of_ours() {
    let mut place = Place::new();
    place.answers.upload_location = Some(place.path("uploads"));
    let before = place.snapshot();
    place.installed();
    std::fs::write(place.path("uploads/result.xml"), "<testsuite/>").unwrap();
    let output = place.uninstall(&["--delete-data"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!place.destination().exists() && place.servers().is_empty());
    // Other programs may use the folder as well; it is named instead of removed.
    assert!(
        said(&output).contains("Kept:") && place.path("uploads/result.xml").exists(),
        "{}",
        said(&output)
    );
    assert!(place.license_file().exists());
    assert!(before.keys().all(|path| path.exists()));
    let output = place.uninstall(&["--delete-data"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("nothing to remove"), "{}", said(&output));
}

#[test]
fn a_strangers_file_stays() {
    let place = Place::new();
    place.installed();
    std::fs::create_dir(place.destination().join("theirs")).unwrap();
    std::fs::write(place.destination().join("theirs/notes.txt"), "mine").unwrap();
    let output = place.uninstall(&["--delete-data"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let left: Vec<_> =
        place.destination().read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["theirs"]);
    assert_eq!(std::fs::read_to_string(place.destination().join("theirs/notes.txt")).unwrap(), "mine");
}

#[test]
fn foreign_folders_are_refused() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("theirs/data")).unwrap();
    std::fs::write(place.path("theirs/data/letter.txt"), "Dear Ada").unwrap();
    let before = place.snapshot();
    for folder in [place.path("theirs"), place.path("absent"), place.license_file()] {
        let folder = folder.to_str().unwrap();
        let output = run_server_program(&["uninstall", "--destination", folder, "--delete-data"], "");
        assert_eq!(output.status.code(), Some(2), "{folder}: {}", said(&output));
    }
    assert_eq!(place.snapshot(), before);
}

/// Data that a link puts on another disk: the link is removed, the other disk's files stay.
#[test]
fn links_are_not_followed() {
    let place = Place::new();
    place.installed();
    let config = place.layout().config_file();
    let output = run_server_program(&["stop", "--config", config.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let elsewhere = place.path("other disk");
    std::fs::rename(place.layout().data(), &elsewhere).unwrap();
    symlink(&elsewhere, place.layout().data()).unwrap();
    let files = || elsewhere.read_dir().unwrap().count();
    let before = files();
    let output = place.uninstall(&["--delete-data"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!place.destination().exists());
    assert!(before > 0 && files() == before);
}

#[test]
fn a_killed_installation_can_be_removed() {
    for step in ["create_folders", "copy_programs", "create_account", "start_server"] {
        let place = Place::new();
        let mut installer = place.begin();
        installer.until_finished(step);
        installer.kill();
        let output = place.uninstall(&["--delete-data"]);
        assert_eq!(output.status.code(), Some(0), "{step}: {}", said(&output));
        assert!(!place.destination().exists() && place.servers().is_empty(), "{step}");
    }
}
