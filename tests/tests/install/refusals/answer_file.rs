//! Invalid answer files: unknown keys, licenses for other machines, default accounts that could not sign in.

use testkeep_domain::Clock;
use testkeep_domain::Secret;
use testkeep_domain::answers::{ServiceAnswers, ServiceMode};
use testkeep_domain::license::VendorKey;
use testkeep_tests::api::{license_by, machine};
use testkeep_tests::programs::{demo_key, machine_id, run_server_program};

use super::refused;
use crate::place::{Installer, Place};

/// Asserts a refusal on standard error, before any event.
fn not_an_answer_file(place: &Place, text: &str) -> String {
    let before = place.snapshot();
    let ended = Installer::with(text, &[]).end();
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    place.assert_untouched(&before, "unreadable answers");
    ended.stderr
}

#[test]
fn unknown_keys_are_all_named() {
    let place = Place::new();
    let mut text = place.answers.to_toml().replace("[database]", "[database]\nhost = 'x'");
    text = format!("licence_file = 'x'\nport = 1\n{text}\n[servise]\nmode = 'none'\n");
    let message = not_an_answer_file(&place, &text);
    for key in ["licence_file", "port", "database.host", "servise"] {
        assert!(message.contains(&format!("`{key}`")), "{key}: {message}");
    }
}

#[test]
fn not_toml_or_incomplete() {
    let place = Place::new();
    for (text, reason) in [
        ("", "destination"),
        ("destination", "line 1"),
        ("{\"destination\":\"/opt/testkeep\"}", "line 1"),
        ("destination = 7", "destination"),
    ] {
        let message = not_an_answer_file(&place, text);
        assert!(message.contains(reason), "{text}: {message}");
    }
    let wrong = place.answers.to_toml().replace("built-in", "mysql");
    assert!(not_an_answer_file(&place, &wrong).contains("“mysql” is not a database kind"));
    let output = run_server_program(&["install", "--answers", "/nowhere/answers.toml"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/answers.toml"));
}

#[test]
fn service_registration() {
    let mut place = Place::new();
    place.answers.service = Some(ServiceAnswers { mode: ServiceMode::Service, allow_root: true });
    let ended = refused(&place, "service.mode not_available");
    assert!(ended.message().contains("mode = \"background\""), "{}", ended.message());
}

#[test]
fn default_account_that_nobody_could_use() {
    let mut place = Place::new();
    let account = place.answers.default_account.as_mut().unwrap();
    account.email = "not an address".into();
    account.password = Secret::new("short");
    account.first_name = " ".into();
    account.last_name = "x".repeat(10_000);
    let before = place.snapshot();
    let ended = place.install();
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    let fields = ["email", "password", "first_name", "last_name"];
    assert_eq!(ended.errors(), fields.map(|field| format!("default_account.{field} not_usable")));
    assert!(!format!("{ended:?}").contains("short\""), "the password was printed: {ended:#?}");
    place.assert_untouched(&before, "default account");
}

#[test]
fn licenses_that_are_not_for_us() {
    let place = Place::new();
    let now = Clock::system().now();
    let other_machine = license_by(&demo_key(), now, |terms| terms.machine_id = machine("somebody else"));
    let other_vendor =
        license_by(&VendorKey::from_seed(&[9; 32]), now, |terms| terms.machine_id = machine_id());
    let expired = license_by(&demo_key(), now, |terms| {
        terms.machine_id = machine_id();
        terms.issued_at = now - chrono::Duration::days(30);
        terms.not_before = terms.issued_at;
        terms.expires_at = now - chrono::Duration::days(1);
    });
    for (content, code) in [
        (other_machine, "not_for_now"),
        (expired, "not_for_now"),
        (other_vendor, "not_valid"),
        (String::new(), "not_valid"),
        ("null".into(), "not_valid"),
        ("\u{0}".repeat(100_000), "not_valid"),
    ] {
        std::fs::write(place.license_file(), content).unwrap();
        refused(&place, &format!("license_file {code}"));
    }
    std::fs::remove_file(place.license_file()).unwrap();
    refused(&place, "license_file unreadable");
}

/// All errors are reported at once.
#[test]
fn several_errors_together() {
    let mut place = Place::new();
    place.answers.http_port = 0;
    place.answers.server_url = "javascript:alert(1)".into();
    place.answers.upload_location = Some("uploads".into());
    let ended = place.install();
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    let expected = ["http_port not_a_port", "server_url not_usable", "upload_location not_absolute"];
    assert_eq!(ended.errors(), expected);
}
