//! `kill -9` of the installer at every step; the next run completes what the killed one began.

use std::time::Duration;

use crate::place::{Place, STEPS};

fn kill_and_repeat(at: &str, kill: impl FnOnce(&mut crate::place::Installer)) {
    let place = Place::new();
    let mut installer = place.begin();
    kill(&mut installer);
    installer.kill();
    place.installed();
    place.assert_complete(at);
    assert_eq!(place.accounts(), 1, "{at}");
    assert!(!place.layout().bin().join("testkeep-server.previous").exists(), "{at}");
}

#[test]
fn when_a_step_begins() {
    for step in STEPS {
        kill_and_repeat(&format!("killed when {step} began"), |installer| {
            installer.until_running(step);
        });
    }
}

#[test]
fn when_a_step_ends() {
    for step in STEPS {
        kill_and_repeat(&format!("killed when {step} ended"), |installer| {
            installer.until_finished(step);
        });
    }
}

/// Kills in the middle of long steps.
#[test]
fn in_the_middle() {
    for (step, milliseconds) in [
        ("create_folders", 3),
        ("copy_programs", 30),
        ("install_license", 25),
        ("create_account", 30),
        ("create_account", 90),
        ("start_server", 20),
    ] {
        kill_and_repeat(&format!("killed {milliseconds} ms into {step}"), |installer| {
            installer.until_running(step);
            std::thread::sleep(Duration::from_millis(milliseconds));
        });
    }
}

/// A killed run may be followed by another killed run.
#[test]
fn again_and_again() {
    let place = Place::new();
    for step in STEPS {
        let mut installer = place.begin();
        installer.until_finished(step);
        installer.kill();
    }
    place.installed();
    place.assert_complete("killed once in every step");
    assert_eq!(place.accounts(), 1);
}

/// A killed change of a running installation is completed, too.
#[test]
fn while_a_running_installation_is_changed() {
    for step in ["write_configuration", "start_server"] {
        let mut place = Place::new();
        place.installed();
        place.answers.http_port = crate::place::free_port().into();
        place.answers.server_url = format!("http://127.0.0.1:{}", place.answers.http_port);
        let mut installer = place.begin();
        installer.until_finished(step);
        installer.kill();
        place.installed();
        place.assert_complete(&format!("killed after {step}"));
        assert_eq!(place.accounts(), 1);
    }
}

/// Pre-flight writes a probe file and may be killed before it removes it.
#[test]
fn during_the_checks() {
    let place = Place::new();
    std::fs::create_dir_all(place.destination()).unwrap();
    std::fs::write(place.destination().join(".testkeep-probe-1"), "").unwrap();
    place.installed();
    place.assert_complete("after a killed check");
}
