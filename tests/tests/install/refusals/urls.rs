//! Server URLs that would make dead or dangerous links.

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
