//! A cancel restores the state before the installation.

use crate::place::Place;

/// All steps but the last: after the marker says “installed”, nothing can be cancelled.
const CANCELLED_IN: [&str; 6] = [
    "create_folders",
    "copy_programs",
    "write_configuration",
    "install_license",
    "create_account",
    "start_server",
];

#[test]
fn a_new_folder_is_gone() {
    for step in CANCELLED_IN {
        let place = Place::new();
        let before = place.snapshot();
        let mut installer = place.begin();
        installer.until_running(step);
        installer.cancel();
        let ended = installer.end();
        assert_eq!((ended.code, ended.outcome()), (Some(4), "cancelled"), "{step}: {ended:#?}");
        assert!(ended.message().contains("Everything this run had done was undone"), "{}", ended.message());
        // If the cancel comes before the first step has changed anything, there is nothing to undo.
        let undone = ended.states("create_folders").contains(&"undone");
        assert!(undone || step == "create_folders", "{ended:#?}");
        place.assert_untouched(&before, step);
    }
}

#[test]
fn an_empty_folder_is_empty_again() {
    for step in ["copy_programs", "create_account", "start_server"] {
        let place = Place::new();
        std::fs::create_dir_all(place.destination()).unwrap();
        let before = place.snapshot();
        let mut installer = place.begin();
        installer.until_running(step);
        installer.cancel();
        let ended = installer.end();
        assert_eq!(ended.code, Some(4), "{step}: {ended:#?}");
        place.assert_untouched(&before, step);
    }
}

/// Ctrl-C has the same effect as `cancel`.
#[test]
fn by_interrupt() {
    let place = Place::new();
    let before = place.snapshot();
    let mut installer = place.begin();
    installer.until_running("copy_programs");
    installer.interrupt();
    let ended = installer.end();
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    place.assert_untouched(&before, "interrupted");
}

/// The old configuration is restored, and the server that was stopped for the change runs again.
#[test]
fn a_running_installation_runs_on() {
    let mut place = Place::new();
    place.installed();
    let (key, port) = (place.secrets().0, place.answers.http_port);
    place.answers.http_port = crate::place::free_port().into();
    let mut installer = place.begin();
    installer.until_running("start_server");
    installer.cancel();
    let ended = installer.end();
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    place.answers.http_port = port;
    place.assert_complete("after the cancelled change");
    assert_eq!(place.secrets().0, key);
}
