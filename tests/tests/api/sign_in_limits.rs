//! Delays for password guessing; they must not keep other people out.

use std::time::Instant;

use chrono::Duration;
use futures_util::future::join_all;
use reqwest::Client;
use serde_json::json;
use testkeep_domain::Secret;
use testkeep_domain::config::DatabaseConfig;
use testkeep_server::testing::Authorized;
use testkeep_tests::api::{Answer, Caller, EMAIL, PASSWORD, TestServer, credentials};
use testkeep_tests::on_both_databases;

/// A server behind a trusted proxy, so that a test can send requests from many addresses.
async fn behind_a_proxy() -> TestServer {
    let server = TestServer::start_with(DatabaseConfig::BuiltIn, vec!["127.0.0.0/8"]).await;
    server.set_up().await;
    server
}

async fn sign_in_from(
    server: &TestServer,
    caller: &Caller,
    address: &str,
    email: &str,
    password: &str,
) -> Answer {
    let request = caller.request("POST", "/api/v2/sessions").header("x-forwarded-for", address);
    let answer = caller.send(request.json(&credentials(email, password))).await;
    assert!([201, 401, 429].contains(&answer.status), "{}: {}", server.url, answer.body);
    answer
}

/// Sends wrong passwords, all at once; returns how many were checked.
async fn guess(server: &TestServer, count: usize, address: impl Fn(usize) -> String, email: &str) -> usize {
    let guesses = (0..count).map(|number| {
        let (server, address) = (server, address(number));
        async move { sign_in_from(server, &server.anonymous(), &address, email, "guess").await.status }
    });
    join_all(guesses).await.into_iter().filter(|status| *status == 401).count()
}

on_both_databases!(strangers_do_not_keep_the_right_person_out, |server| {
    server.set_up().await;
    server.owner().await;
    for _ in 0..12 {
        assert_eq!(server.sign_in(EMAIL, "guess").await.status, 401);
    }
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 201);
    assert_eq!(server.sign_in("somebody.else@example.com", "guess").await.status, 401, "others go on");
    server.stop().await;
});

on_both_databases!(parallel_guesses_do_not_slip_past, |server| {
    server.set_up().await;
    let began = Instant::now();
    let looked_at = guess(&server, 60, |_| String::new(), EMAIL).await;
    // Ten at once, plus those that get their turn within the longest wait.
    assert!((10..=16).contains(&looked_at), "{looked_at}");
    assert!(began.elapsed().as_secs() < 60);
    let refused = server.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((refused.status, refused.code()), (429, "too_many"), "the clock stands still");
    let seconds: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    server.forward(Duration::seconds(40));
    assert_eq!(
        server.sign_in(EMAIL, PASSWORD).await.status,
        201,
        "soon, although nothing is known of the place"
    );
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_and_a_known_place_do_not_wait() {
    let server = behind_a_proxy().await;
    let device = server.with_cookies();
    assert_eq!(sign_in_from(&server, &device, "10.0.0.1", EMAIL, PASSWORD).await.status, 201);
    // A whole botnet, including the person's own office, for longer than any request waits.
    guess(&server, 150, |number| format!("10.0.{}.1", number % 50), EMAIL).await;
    for _ in 0..12 {
        guess(&server, 1, |_| "10.0.0.1".into(), EMAIL).await;
    }
    let stranger = sign_in_from(&server, &server.anonymous(), "10.9.9.9", EMAIL, PASSWORD).await;
    let elsewhere = sign_in_from(&server, &device, "10.8.8.8", EMAIL, PASSWORD).await;
    assert_eq!(elsewhere.status, 201, "the device is known wherever it is: {}", elsewhere.body);
    assert!(stranger.status == 429 || stranger.status == 201);
    let place = sign_in_from(&server, &server.anonymous(), "10.8.8.8", EMAIL, PASSWORD).await;
    assert_eq!(place.status, 201, "so is the place: {}", place.body);
    server.stop().await;
}

on_both_databases!(a_known_device_guesses_no_faster, |server| {
    server.set_up().await;
    let device = server.with_cookies();
    assert_eq!(device.post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await.status, 201);
    let guesses = (0..60).map(|_| {
        let device = &device;
        async move { device.post("/api/v2/sessions", &credentials(EMAIL, "guess")).await.status }
    });
    let statuses = join_all(guesses).await;
    let answered = statuses.iter().filter(|status| **status == 401).count();
    assert!((10..=16).contains(&answered), "known or not, the answers are the same: {answered}");
    server.stop().await;
});

/// Number of wrong passwords that were checked until now.
async fn wrong_ones(server: &TestServer) -> u64 {
    let metrics = Client::new().get(format!("{}/metrics", server.url)).send().await.unwrap().text().await;
    let metrics = metrics.unwrap();
    let line = metrics.lines().find(|line| line.starts_with("testkeep_sign_ins_total{result=\"failure\"}"));
    line.map_or(0, |line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
}

// A program chooses its own name: using a new name for each guess must not count as another known program.
on_both_databases!(a_programs_name_buys_no_guesses, |server| {
    server.set_up().await;
    server.owner().await;
    let caller = server.anonymous();
    let guesses = (0..60).map(|number| {
        let request = caller
            .request("POST", "/oauth/token")
            .basic_auth("kit", Some("kit"))
            .header("user-agent", format!("program {number}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type=password&username={EMAIL}&password=guess"));
        caller.send(request)
    });
    let answers = join_all(guesses).await;
    assert!(answers.iter().all(|answer| answer.status >= 400));
    // Ten that are first because their address is known, ten at once, and those that get their turn within the longest
    // wait.
    let looked_at = wrong_ones(&server).await;
    assert!((10..=30).contains(&looked_at), "{looked_at} passwords were looked at");
    server.stop().await;
});

on_both_databases!(one_person_in_an_office_does_not_stop_the_others, |server| {
    server.set_up().await;
    guess(&server, 100, |_| String::new(), EMAIL).await;
    let others = (0..90).map(|number| {
        let server = &server;
        async move { server.sign_in(&format!("person{number}@example.com"), "guess").await.status }
    });
    let statuses = join_all(others).await;
    assert!(statuses.iter().all(|status| *status == 401), "looked at, not refused: {statuses:?}");
    let began = Instant::now();
    assert_eq!(
        server.sign_in("new.colleague@example.com", "guess").await.status,
        401,
        "looked at, not refused"
    );
    assert!(began.elapsed().as_secs() < 20);
    server.stop().await;
});

on_both_databases!(an_address_is_limited_whatever_accounts_it_tries, |server| {
    server.set_up().await;
    let guesses = (0..160).map(|number| {
        let server = &server;
        async move {
            let email = format!("person{number}@example.com");
            let forged = format!("10.1.1.{number}");
            sign_in_from(server, &server.anonymous(), &forged, &email, "guess").await.status
        }
    });
    let statuses = join_all(guesses).await;
    let answered = statuses.iter().filter(|status| **status == 401).count();
    assert!((100..=125).contains(&answered), "an untrusted header must not change the address: {answered}");
    server.stop().await;
});

on_both_databases!(any_new_password_lifts_it, |server| {
    server.set_up().await;
    guess(&server, 40, |_| String::new(), EMAIL).await;
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 429);
    let new = Secret::new("set at the console");
    testkeep_server::testing::reset_password(&server.app, Authorized::at_the_console(), EMAIL, &new)
        .await
        .unwrap();
    assert_eq!(server.sign_in(EMAIL, "set at the console").await.status, 201);
    let mut tx = server.app.db.begin().await.unwrap();
    testkeep_store::sql("DELETE FROM known_place").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    guess(&server, 40, |_| String::new(), EMAIL).await;
    assert_eq!(server.sign_in(EMAIL, "set at the console").await.status, 429);
    let mut tx = server.app.db.begin().await.unwrap();
    testkeep_store::sql("UPDATE user_account SET password = 'plain again', password_encrypted = FALSE")
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(server.sign_in(EMAIL, "plain again").await.status, 201, "by SQL, as documented");
    server.stop().await;
});

on_both_databases!(the_audit_log_and_the_metrics_tell_once, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    guess(&server, 30, |_| String::new(), EMAIL).await;
    guess(&server, 5, |_| String::new(), EMAIL).await;
    let path = "/api/v2/accounts/1/audit-events?action=slow_sign_ins";
    let events = owner.get(path).await.body;
    assert_eq!(events["total"], 1, "{events}");
    let event = &events["items"][0];
    assert_eq!((&event["actor"], &event["target_name"]), (&json!("server"), &json!(EMAIL)));
    assert_eq!(event["details"], json!({ "counted_for": "account_from_address", "from": "127.0.0.1" }));
    let metrics = Client::new().get(format!("{}/metrics", server.url)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("testkeep_slowed_sign_ins_total{how="), "{metrics}");
    server.forward(Duration::days(2));
    guess(&server, 30, |_| String::new(), EMAIL).await;
    server.forward(Duration::minutes(2));
    let owner = server.owner().await;
    assert_eq!(owner.get(path).await.body["total"], 2, "the next time, it is told again");
    server.stop().await;
});

on_both_databases!(known_places_and_devices_end, |server| {
    server.set_up().await;
    let device = server.with_cookies();
    assert_eq!(device.post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await.status, 201);
    let refused = async || {
        guess(&server, 40, |_| String::new(), EMAIL).await;
        server.sign_in(EMAIL, PASSWORD).await.status == 429
    };
    server.forward(Duration::days(91));
    assert!(refused().await, "the place is no longer known");
    let right = device.post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await;
    assert_eq!(right.status, 201, "the device is");
    server.forward(Duration::days(366));
    assert!(refused().await);
    let late = device.post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await;
    assert_eq!(late.status, 429, "a year after the last sign-in it is not");
    server.stop().await;
});

on_both_databases!(a_forged_or_foreign_device_cookie_is_worth_nothing, |server| {
    server.set_up().await;
    let answer = server.sign_in(EMAIL, PASSWORD).await;
    let cookies = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.filter(|cookie| cookie.contains("device")).collect::<String>();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite"), "{cookie}");
    let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    server.forward(Duration::days(91));
    guess(&server, 40, |_| String::new(), EMAIL).await;
    let parts: Vec<&str> = value.split('-').collect();
    let other_person = format!("{}-{}-{}-{}", 99, parts[1], parts[2], parts[3]);
    let longer = format!("{}-{}0-{}-{}", parts[0], parts[1], parts[2], parts[3]);
    let nonsense = "1-9-".repeat(500);
    for forged in [&other_person, &longer, &nonsense, ".....", "-", &format!("x{value}")] {
        let caller = server.anonymous();
        let request = caller.request("POST", "/api/v2/sessions").header("cookie", format!("{name}={forged}"));
        let answer = caller.send(request.json(&credentials(EMAIL, PASSWORD))).await;
        assert_eq!(answer.status, 429, "{forged}");
    }
    let caller = server.anonymous();
    let request = caller.request("POST", "/api/v2/sessions").header("cookie", format!("{name}={value}"));
    assert_eq!(caller.send(request.json(&credentials(EMAIL, PASSWORD))).await.status, 201);
    server.stop().await;
});

on_both_databases!(asking_for_resets_does_not_keep_others_from_asking, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let settings = json!({ "host": "127.0.0.1", "port": 9, "protocol": "smtp", "username": "", "sender": "a@example.com" });
    assert_eq!(owner.put("/api/v2/accounts/1/mail-settings", &settings).await.status, 200);
    for _ in 0..12 {
        let answer =
            server.anonymous().post("/api/v2/password-resets", &json!({ "email": "x@example.com" })).await;
        assert_eq!(answer.status, 202, "the same answer, however often: {}", answer.body);
    }
    server.stop().await;
});

/// Answer and time of a wrong password do not depend on whether the user exists or the address is known.
#[tokio::test(flavor = "multi_thread")]
async fn limits_do_not_tell_known_from_unknown() {
    let server = behind_a_proxy().await;
    for address in ["10.0.0.1", "10.0.0.2"] {
        sign_in_from(&server, &server.anonymous(), address, EMAIL, PASSWORD).await;
    }
    let mut seen = Vec::new();
    for (address, email) in [
        ("10.0.0.1", EMAIL),
        ("10.7.7.7", EMAIL),
        ("10.0.0.2", "nobody@example.com"),
        ("10.7.7.8", "no@example.com"),
    ] {
        let mut statuses = Vec::new();
        for _ in 0..14 {
            let began = Instant::now();
            let status = sign_in_from(&server, &server.anonymous(), address, email, "guess").await.status;
            // Compares whole steps of waiting; smaller differences come from the machine.
            statuses.push((status, began.elapsed().as_millis() / 900));
        }
        seen.push(statuses);
    }
    for other in &seen[1..] {
        let same = seen[0].iter().zip(other).filter(|(a, b)| a.0 == b.0 && a.1.abs_diff(b.1) <= 1).count();
        assert_eq!(same, 14, "{seen:?}");
    }
    server.stop().await;
}
