//! A server that lies, floods, stops answering or redirects gets no API key, and no command is run.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use testkeep_domain::lease::{LeaseClaims, LeaseKind};
use testkeep_domain::license::{Product, VendorKey};

use crate::attacker::{Attacker, Request, http, refusal, seat};
use crate::forger::{claims, sign, sign_by, tamper};
use crate::testkeep::{Account, Ended};

const KEY: &str = "tkk_00000000000000000000000000000000000000000000000000000000000000ff";

fn account(attacker: &Attacker) -> Account {
    Account::new(&attacker.url, KEY)
}

/// Runs `run` with a command that leaves a trace; asserts that it did not run.
fn refused(attacker: &Attacker) -> Ended {
    let account = account(attacker);
    let trace = account.home.path().join("trace");
    let ended = account.testkeep(&["run", "--", "touch", trace.to_str().unwrap()]);
    assert!(!trace.exists(), "the command ran: {ended:?}");
    ended
}

fn session(request: &Request) -> String {
    request.body["session_id"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_key_does_not_follow_a_redirect() {
    let elsewhere = Attacker::listen(|_| http("200 OK", "", "{}"));
    let to = format!("location: {}/api/v2/leases\r\n", elsewhere.url);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let to = to.clone();
        let attacker = Attacker::listen(move |_| http(status, &to, ""));
        refused(&attacker).expect(69, &format!("sends on to {}", elsewhere.url));
        assert_eq!(attacker.requests()[0].authorization.as_deref(), Some(&*format!("Bearer {KEY}")));
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn a_seat_with_a_tampered_lease_is_refused_and_given_back() {
    let attacker = Attacker::listen(|request| match request.line.as_str() {
        "POST /api/v2/leases" => seat(&tamper(&sign(&claims(LeaseKind::Online, &session(request))))),
        _ => http("204 No Content", "", ""),
    });
    refused(&attacker).expect(78, "not trusted");
    let lines: Vec<_> = attacker.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["POST /api/v2/leases", "DELETE /api/v2/leases/7"]);
}

#[test]
fn another_vendors_lease_is_refused_by_name() {
    let stranger = VendorKey::from_seed(&[1; 32]);
    let id = stranger.public_key().id();
    let attacker = Attacker::listen(move |request| {
        seat(&sign_by(&stranger, &claims(LeaseKind::Online, &session(request))))
    });
    refused(&attacker).expect(78, &id);
}

#[test]
fn a_genuine_lease_of_somebody_else_is_refused() {
    type Change = fn(&mut LeaseClaims);
    let changes: [(Change, &str); 5] = [
        (|claims| claims.session_id = "another".into(), "session"),
        (|claims| claims.machine_id = "f".repeat(32), "another machine"),
        (|claims| claims.product = Product::Kse, "product"),
        (|claims| claims.kind = LeaseKind::Borrowed, "kind"),
        (|claims| claims.expires_at = claims.issued_at, "expired"),
    ];
    for (change, said) in changes {
        let attacker = Attacker::listen(move |request| {
            let mut claims = claims(LeaseKind::Online, &session(request));
            change(&mut claims);
            seat(&sign(&claims))
        });
        refused(&attacker).expect(78, said);
    }
}

#[test]
fn floods_end_at_64_kib() {
    let body = Attacker::listen(|_| http("200 OK", "", &"x".repeat(20_000_000)));
    refused(&body).expect(69, "larger than 64 KiB");
    let head =
        Attacker::listen(|_| [b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".repeat(2_000_000)].concat());
    refused(&head).expect(69, "does not speak HTTP");
}

#[test]
fn what_is_no_testkeep_server_is_named_so() {
    let said = |answer: Vec<u8>| refused(&Attacker::listen(move |_| answer.clone()));
    said(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()).expect(69, "does not speak HTTP");
    said(http("200 OK", "", "<html>Welcome")).expect(69, "cannot be read");
    said(http("403 Forbidden", "", "<html>Proxy")).expect(69, "HTTP 403");
    said(http("502 Bad Gateway", "", "")).expect(69, "HTTP 502");
    let nobody = Account::new("http://127.0.0.1:1", KEY);
    nobody.testkeep(&["run", "--", "true"]).expect(69, "cannot be reached");
}

#[test]
fn a_silent_server_is_given_up() {
    let started = Instant::now();
    refused(&Attacker::listen(|_| Vec::new())).expect(69, "did not answer within 15 seconds");
    assert!(started.elapsed() < Duration::from_secs(100), "{:?}", started.elapsed());
}

#[test]
fn refusals_have_codes_of_their_own_and_no_power_over_the_terminal() {
    let said = |status: &'static str, code: &'static str| {
        refused(&Attacker::listen(move |_| refusal(status, code, "\u{1b}[2JNo, because.\u{7}")))
    };
    said("403 Forbidden", "not_licensed").expect(77, "[2JNo, because.");
    said("401 Unauthorized", "unauthorized").expect(77, "refused the API key");
    said("422 Unprocessable", "invalid").expect(64, "No, because.");
    said("404 Not Found", "not_found").expect(77, "No, because.");
    said("409 Conflict", "no_seat").expect(75, "No, because.");
    let ended = said("403 Forbidden", "not_licensed");
    assert!(!ended.stderr.chars().any(|c| c.is_control() && c != '\n'), "{ended:?}");
}

/// A seat for nine seconds; its renewal is answered with the result of `renewal`.
fn short_seat(renewal: impl Fn(LeaseClaims) -> String + Send + Sync + 'static) -> Attacker {
    let first = Mutex::new(None);
    Attacker::listen(move |request| {
        if request.line.starts_with("DELETE") {
            return http("204 No Content", "", "");
        }
        let mut first = first.lock().unwrap();
        let claims = first.get_or_insert_with(|| {
            let mut claims = claims(LeaseKind::Online, &session(request));
            claims.renew_at = claims.issued_at;
            claims.expires_at = claims.issued_at + TimeDelta::seconds(9);
            claims
        });
        if request.line.ends_with("/renew") { seat(&renewal(claims.clone())) } else { seat(&sign(claims)) }
    })
}

#[test]
fn a_forged_renewal_keeps_nothing_alive() {
    let attacker = short_seat(|mut claims| {
        claims.expires_at += TimeDelta::days(9);
        sign_by(&VendorKey::from_seed(&[1; 32]), &claims)
    });
    let ended = account(&attacker).testkeep(&["run", "--", "sleep", "50"]);
    ended.expect(76, "The command is stopped");
    assert!(ended.stderr.contains("not trusted"), "{ended:?}");
    assert!(ended.stderr.contains("The command continues: the seat is valid until"), "{ended:?}");
}

#[test]
fn a_replayed_renewal_keeps_nothing_alive() {
    let attacker = short_seat(|claims| sign(&claims));
    account(&attacker).testkeep(&["run", "--", "sleep", "50"]).expect(76, "expired");
    let renewals = attacker.requests().iter().filter(|request| request.line.ends_with("/renew")).count();
    assert!(renewals > 1, "{renewals}");
}

#[test]
fn a_server_must_have_a_certificate_that_is_trusted() {
    let attacker = Attacker::listen(|_| Vec::new());
    let account = Account::new(&attacker.url.replace("http:", "https:"), KEY);
    let mut command = account.command(&["run", "--", "true"]);
    // The listener does not speak TLS.
    let ended = Ended::of(command.output().unwrap());
    assert_eq!(ended.code, 69, "{ended:?}");
    assert_eq!(attacker.requests().len(), 0, "the key went out in the clear");
}
