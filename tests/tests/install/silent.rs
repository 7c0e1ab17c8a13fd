//! One command from nothing to a signed-in owner, and the same command again.

use std::os::unix::fs::PermissionsExt;

use testkeep_domain::answers::{ServiceAnswers, ServiceMode};
use testkeep_tests::programs::{run_server_program, server_program};

use crate::place::{Installer, Place, STEPS, wait_for};

#[test]
fn from_nothing_to_signed_in() {
    let place = Place::new();
    let file = place.path("answers.toml");
    std::fs::write(&file, place.answers.to_toml()).unwrap();
    let output = run_server_program(&["install", "--answers", file.to_str().unwrap()], "");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("Installed in") && said.contains("Prüfstand 測試"), "{said}");
    place.assert_complete("after the silent installation");
    assert_eq!(place.accounts(), 1);
}

/// No other account can read the files that are meant for the server's account only.
#[test]
fn secrets_are_closed_to_others() {
    let place = Place::new();
    place.installed();
    let layout = place.layout();
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(layout.config_file()), 0o600);
    assert_eq!(mode(layout.secret_key()), 0o600);
    assert_eq!(mode(layout.control_token()), 0o600);
    assert_eq!(mode(layout.data()), 0o700);
    assert_eq!(mode(layout.server_program()), 0o755);
    let config = std::fs::read_to_string(layout.config_file()).unwrap();
    assert!(!config.contains(crate::place::PASSWORD), "{config}");
}

#[test]
fn dry_run_changes_nothing() {
    let place = Place::new();
    let before = place.snapshot();
    let ended = Installer::with(&place.answers.to_toml(), &["--dry-run"]).end();
    assert_eq!((ended.code, ended.outcome()), (Some(0), "planned"), "{ended:#?}");
    let plan = ended.events[0]["steps"].as_array().unwrap();
    assert!(plan.iter().map(|step| step["name"].as_str().unwrap()).eq(STEPS), "{plan:?}");
    place.assert_untouched(&before, "after the dry run");
    place.installed();
    let before = (place.marker(), place.secrets(), place.server_pid());
    let ended = Installer::with(&place.answers.to_toml(), &["--dry-run"]).end();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!((place.marker(), place.secrets(), place.server_pid()), before);
}

#[test]
fn installing_again_changes_nothing() {
    let place = Place::new();
    place.installed();
    place.assert_complete("after the first run");
    let before = (place.marker(), place.secrets(), place.server_pid());
    let ended = place.installed();
    assert_eq!(ended.states("copy_programs"), ["running", "skipped"]);
    assert_eq!(ended.states("start_server"), ["running", "skipped"]);
    assert_eq!((place.marker(), place.secrets(), place.server_pid()), before);
    place.assert_complete("after the second run");
    assert_eq!(place.accounts(), 1);
}

/// The installed program repairs its own installation.
#[test]
fn a_repair_restores_what_is_missing() {
    let mut place = Place::new();
    place.answers.upload_location = Some(place.path("uploads of all"));
    place.installed();
    let secrets = place.secrets();
    std::fs::remove_file(place.layout().control_token()).unwrap();
    std::fs::remove_dir_all(place.layout().backups()).unwrap();
    let mut command = std::process::Command::new(place.layout().server_program());
    command.args(["install", "--answers", "-", "--progress", "json"]);
    let ended = Installer::start(command, &place.answers.to_toml()).end();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    place.assert_complete("after the repair");
    assert!(place.layout().backups().is_dir() && place.path("uploads of all").is_dir());
    assert_eq!(place.secrets().0, secrets.0);
    assert_ne!(place.secrets().1, secrets.1);
}

/// Changed answers are applied to an existing installation; settings added by hand stay.
#[test]
fn new_answers_change_the_configuration() {
    let mut place = Place::new();
    place.installed();
    let layout = place.layout();
    let config = std::fs::read_to_string(layout.config_file()).unwrap();
    let config = format!("trusted_proxies = [\"10.0.0.0/8\"]\n{config}");
    std::fs::write(layout.config_file(), config).unwrap();
    let old = place.server_pid();
    place.answers.http_port = crate::place::free_port().into();
    place.answers.server_url = format!("http://127.0.0.1:{}/", place.answers.http_port);
    place.installed();
    place.assert_complete("after the change of the port");
    assert_ne!(place.server_pid(), old);
    let config = std::fs::read_to_string(layout.config_file()).unwrap();
    assert!(
        config.contains("10.0.0.0/8") && config.contains(&place.answers.http_port.to_string()),
        "{config}"
    );
}

#[test]
fn without_license_account_and_start() {
    let mut place = Place::new();
    place.answers.license_file = None;
    place.answers.default_account = None;
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::None, allow_root: true });
    std::fs::create_dir_all(place.destination()).unwrap();
    let ended = place.installed();
    assert!(place.servers().is_empty());
    assert!(ended.events.last().unwrap()["next_url"].is_null());
    let config = place.layout().config_file();
    let config = config.to_str().unwrap();
    let run = |words: &[&str]| {
        let output =
            std::process::Command::new(server_program()).args(words).args(["--config", config]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&["start"]).contains("Running at"));
    assert_eq!(place.server_status()["state"], "activation_required");
    let link = run(&["setup-link"]);
    assert!(link.contains("/activate#token="), "{link}");
    let page = wait_for(async { reqwest::get(link.trim()).await.unwrap().status().as_u16() });
    assert_eq!(page, 200);
    assert_eq!(run(&["stop"]).trim(), "Stopped.");
    assert_eq!(run(&["stop"]).trim(), "It was not running.");
    assert!(place.servers().is_empty());
}
