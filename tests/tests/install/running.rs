//! How a start protects secrets and logs, and the audit event of a stop.
#![expect(clippy::unwrap_used, reason = "what the test needs is there, or the test fails")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use testkeep_domain::answers::{ServiceAnswers, ServiceMode};
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::programs::{RunningServer, ServerFolder, run_server_program, server_program};

use crate::place::{Place, wait_for};

fn mode(file: &Path) -> u32 {
    file.metadata().unwrap().permissions().mode() & 0o777
}

fn run_by(command: &str, config: &Path) -> Output {
    run_server_program(&[command, "--config", config.to_str().unwrap()], "")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A started server that answers on its control port.
fn started(folder: &ServerFolder) -> RunningServer {
    let running = folder.start();
    for _ in 0..1000 {
        if wait_for(running.control.status()).is_ok() {
            return running;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("process {} does not answer", running.pid());
}

/// Stops the server and waits for its last line in the log.
fn stop(running: &RunningServer, folder: &ServerFolder) {
    wait_for(running.control.stop()).unwrap();
    wait_until_stopped(running, folder);
}

fn wait_until_stopped(running: &RunningServer, folder: &ServerFolder) {
    let log = folder.layout().log_file();
    for _ in 0..1000 {
        if fs::read_to_string(&log).unwrap().trim_end().ends_with("stopped") {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("process {} did not stop", running.pid());
}

#[test]
fn each_start_writes_a_new_secret_for_its_own_account() {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let file = folder.layout().control_token();
    fs::write(&file, "c0".repeat(32)).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let first = started(&folder);
    let kept = fs::read_to_string(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    assert_ne!(kept, "c0".repeat(32));
    // The ports are in use: a second server must not replace the secret of the running one.
    let second = run_by("run", &folder.layout().config_file());
    assert_eq!(second.status.code(), Some(1), "{}", said(&second));
    assert_eq!(fs::read_to_string(&file).unwrap(), kept);
    assert!(wait_for(first.control.status()).is_ok());
    first.kill();
    let _third = started(&folder);
    assert_ne!(fs::read_to_string(&file).unwrap(), kept);
}

#[test]
fn logs_are_for_the_owner_and_the_console_stays_small() {
    let mut place = Place::new();
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::None, allow_root: true });
    place.installed();
    let layout = place.layout();
    let config =
        fs::read_to_string(layout.config_file()).unwrap().replace("level = \"info\"", "level = \"trace\"");
    assert!(config.contains("trace"), "{config}");
    fs::write(layout.config_file(), config).unwrap();
    let console = layout.logs().join("console.log");
    for (file, text) in [(layout.log_file(), "old\n"), (layout.logs().join("testkeep.log.1"), "older\n")] {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    }
    fs::write(&console, "x".repeat(100_000)).unwrap();
    let started = Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" start --config \"$1\""])
        .arg(server_program())
        .arg(layout.config_file())
        .output()
        .unwrap();
    assert!(started.status.success(), "{}", said(&started));
    for _ in 0..20 {
        place.server_status();
    }
    for file in [layout.log_file(), layout.logs().join("testkeep.log.1"), console.clone()] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert!(layout.log_file().metadata().unwrap().len() > 4000, "all of it is in the log");
    assert_eq!(fs::read_to_string(&console).unwrap(), "", "nobody rotates the console");
}

#[test]
fn unknown_log_levels_are_named() {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let file = folder.layout().config_file();
    let config = fs::read_to_string(&file).unwrap();
    let checked = run_server_program(&["check", "configuration", file.to_str().unwrap()], "");
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stdout));
    for level in ["verbose", "", "info,loud", "testkeep_server"] {
        let wrong = config.replace("level = \"info\"", &format!("level = \"{level}\""));
        assert_ne!(wrong, config);
        fs::write(&file, wrong).unwrap();
        let started = run_by("run", &file);
        assert_eq!(started.status.code(), Some(2));
        let words = said(&started);
        let unknown = level.split(',').next_back().unwrap();
        assert!(
            words.contains(&format!("“{unknown}” is not a log level. Write error, warn, info")),
            "{words}"
        );
        let checked = run_server_program(&["check", "configuration", file.to_str().unwrap()], "");
        assert_eq!(checked.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&checked.stdout).contains("is not a log level"));
    }
}

/// The audit log as the command exports it.
fn events(folder: &ServerFolder) -> Vec<Value> {
    let file = folder.layout().config_file();
    let output = run_server_program(&["audit", "export", "--config", file.to_str().unwrap()], "");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn stops_and_exports_are_in_the_audit_log() {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    stop(&started(&folder), &folder);
    fs::remove_file(folder.layout().log_file()).unwrap();
    let running = started(&folder);
    let signaled = Command::new("kill").args(["-TERM", &running.pid().to_string()]).status().unwrap();
    assert!(signaled.success());
    wait_until_stopped(&running, &folder);
    let of_stops: Vec<_> = events(&folder)
        .iter()
        .filter(|event| event["action"] == "stop_server")
        .map(|event| (event["actor"].clone(), event["details"]["how"].clone()))
        .collect();
    assert_eq!(
        of_stops,
        [("control port".into(), "control port".into()), ("console".into(), "signal".into())]
    );
    let events = events(&folder);
    let export = events.last().unwrap();
    assert_eq!((&export["action"], &export["actor"]), (&"export_audit_log".into(), &"console".into()));
    assert_eq!(export["details"]["events"], events.len() - 1);
    assert_eq!(export["details"]["last_hash"], events[events.len() - 2]["hash"]);
    let verified = run_by_audit(&folder);
    assert!(verified.contains("intact"), "{verified}");
}

fn run_by_audit(folder: &ServerFolder) -> String {
    let file = folder.layout().config_file();
    let output = run_server_program(&["audit", "verify", "--config", file.to_str().unwrap()], "");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn another_key_is_said_at_the_start() {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let (key, log) = (folder.layout().secret_key(), folder.layout().log_file());
    let log_of_a_start = || {
        let _gone = fs::remove_file(&log);
        stop(&started(&folder), &folder);
        fs::read_to_string(&log).unwrap()
    };
    let first = fs::read_to_string(&key).unwrap();
    for _ in 0..2 {
        assert!(!log_of_a_start().contains("is not the key"));
    }
    fs::write(&key, "ab".repeat(32)).unwrap();
    let words = log_of_a_start();
    assert!(words.contains("secret.key is not the key that this database was used with"), "{words}");
    assert!(words.contains("Restore the file from the backup"), "{words}");
    assert!(!log_of_a_start().contains("is not the key"), "nothing is left that the old one opened");
    fs::write(&key, first).unwrap();
    assert!(log_of_a_start().contains("is not the key"), "and back");
    fs::remove_file(&key).unwrap();
    let missing = run_by("run", &folder.layout().config_file());
    assert_eq!(missing.status.code(), Some(1));
    assert!(said(&missing).contains("Restore the file from a backup"), "{}", said(&missing));
}
