//! Numbers that are not ports, ports in use, and ports that this user may not open.

use std::net::TcpListener;
use std::process::Command;

use testkeep_tests::programs::server_program;

use super::refused;
use crate::place::{Installer, Place};

#[test]
fn no_ports() {
    let mut place = Place::new();
    let good = place.answers.http_port;
    for port in [0, -1, 65536, i64::MAX] {
        place.answers.http_port = port;
        let ended = refused(&place, "http_port not_a_port");
        assert!(ended.message().contains("is free"), "{}", ended.message());
    }
    place.answers.http_port = good;
    place.answers.control_port = good;
    let ended = refused(&place, "control_port ports_equal");
    assert!(ended.message().contains("is free"), "{}", ended.message());
}

/// The message names the program that holds the port, and a free port.
#[test]
fn taken() {
    let mut place = Place::new();
    for address in ["127.0.0.1:0", "0.0.0.0:0"] {
        let held = TcpListener::bind(address).unwrap();
        let port = held.local_addr().unwrap().port();
        let good = (place.answers.http_port, place.answers.control_port);
        for (field, http_port, control_port) in
            [("http_port", port.into(), good.1), ("control_port", good.0, i64::from(port))]
        {
            (place.answers.http_port, place.answers.control_port) = (http_port, control_port);
            let ended = refused(&place, &format!("{field} port_taken"));
            let message = ended.message();
            let me = format!("(process {})", std::process::id());
            assert!(message.contains("is taken by install-") && message.contains(&me), "{message}");
            let proposal = message.split("Port ").last().and_then(|rest| rest.split(' ').next());
            let proposal: u16 = proposal.expect("a proposal").parse().expect("a number");
            assert_ne!(proposal, port);
            assert!(TcpListener::bind(("127.0.0.1", proposal)).is_ok(), "{message}");
        }
        (place.answers.http_port, place.answers.control_port) = good;
    }
}

/// Held by a server that is installed in another folder.
#[test]
fn taken_by_another_installation() {
    let first = Place::new();
    first.installed();
    let mut second = Place::new();
    second.answers.control_port = first.answers.control_port;
    let ended = refused(&second, "control_port port_taken");
    assert!(ended.message().contains("testkeep-server"), "{}", ended.message());
    first.assert_complete("the other installation is not disturbed");
}

#[test]
fn privileged() {
    let mut place = Place::new();
    let start = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    if start.trim() != "1024" {
        eprintln!("SKIPPED: this system lets everybody listen on ports from {} on", start.trim());
        return;
    }
    place.answers.http_port = 80;
    let mut command = Command::new("setpriv");
    command.arg("--bounding-set=-net_bind_service").arg(server_program());
    command.args(["install", "--answers", "-", "--progress", "json"]);
    let before = place.snapshot();
    let ended = Installer::start(command, &place.answers.to_toml()).end();
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert_eq!(ended.errors(), ["http_port not_permitted"]);
    assert!(ended.message().contains("Port 8"), "{}", ended.message());
    place.assert_untouched(&before, "port 80");
}
