//! Server URLs that would give broken or dangerous links.
#![expect(clippy::unwrap_used, reason = "what the test needs is there, or the test fails")]

use serde_json::Value;
use testkeep_domain::ServerUrl;
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::programs::{ServerFolder, run_server_program};

use super::refused;
use crate::place::Place;

#[test]
fn unusable() {
    let mut place = Place::new();
    for (url, reason) in [
        ("", "Enter the address"),
        ("testkeep", "is not a web address"),
        ("javascript:alert(1)", "must start with http:// or https://"),
        ("ftp://tests.example.com", "must start with http:// or https://"),
        ("file:///etc/passwd", "must start with http:// or https://"),
        ("http://ada:secret@tests.example.com", "Remove the user name and password"),
        ("http://ada@tests.example.com", "Remove the user name and password"),
        ("http://tests.example.com/testkeep", "Remove “/testkeep”"),
        ("http://tests.example.com/?a=b", "Remove everything from “?a=b” on"),
        ("http://tests.example.com/#top", "Remove everything from “#top” on"),
        ("http://0.0.0.0:8080", "every address"),
        ("http://", "is not a web address"),
        ("http://tests.example.com:99999", "is not a web address"),
    ] {
        place.answers.server_url = url.into();
        let ended = refused(&place, "server_url not_usable");
        assert!(ended.message().contains(reason), "{url}: {}", ended.message());
    }
}

#[test]
fn a_trailing_slash_is_fine() {
    let mut place = Place::new();
    place.answers.server_url = format!("http://127.0.0.1:{}/", place.answers.http_port);
    let ended = place.installed();
    let url = ended.events.last().unwrap()["server_url"].as_str().unwrap().to_owned();
    assert_eq!(format!("{url}/"), place.answers.server_url);
    place.assert_complete("with a trailing slash");
}

/// Warnings of `check configuration` about a server URL and trusted proxies.
fn warnings(url: &str, proxies: &[&str]) -> Vec<String> {
    let mut folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    folder.change(|config| {
        config.server_url = ServerUrl::parse(url).unwrap();
        config.trusted_proxies = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
    });
    let file = folder.layout().config_file();
    let output = run_server_program(&["check", "configuration", file.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(0), "a warning refuses nothing");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let warnings = findings.filter(|finding| finding["level"] == "warning");
    warnings.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_proxy_that_is_not_listed_or_not_there_is_told_by_the_check() {
    let https = "https://tests.example.com";
    let unlisted = warnings(https, &[]);
    assert!(unlisted.len() == 1 && unlisted[0].contains("trusted_proxies = ["), "{unlisted:?}");
    let past = warnings("http://tests.example.com", &["10.0.0.5/32"]);
    assert!(past.len() == 1 && past[0].contains("Set server_url"), "{past:?}");
    assert_eq!(warnings(https, &["10.0.0.5/32"]), Vec::<String>::new());
    assert_eq!(warnings("http://tests.example.com", &[]), Vec::<String>::new());
    let everybody = warnings(https, &["0.0.0.0/0"]);
    assert!(everybody.len() == 1 && everybody[0].contains("0.0.0.0/0"), "{everybody:?}");
}
