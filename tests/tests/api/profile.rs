//! A person's own user: names, language, time zone, password, sign-in sessions.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_tests::api::{Caller, EMAIL, PASSWORD, TestServer, credentials};
use testkeep_tests::on_both_databases;

use crate::audit::newest_events;

const ME: &str = "/api/v2/me";
const CHANGE: &str = "/api/v2/me/password";
const SESSIONS: &str = "/api/v2/me/sessions";
const NEW: &str = "staple battery horse";

fn change(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "new_password": new })
}

async fn sessions(caller: &Caller) -> Vec<Value> {
    let answer = caller.get(SESSIONS).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap().clone();
    assert_eq!(answer.body["total"], items.len());
    items
}

on_both_databases!(names_language_and_time_zone_are_ones_own, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let patch = json!({ "first_name": "  Augusta ", "language": "en", "time_zone": "Europe/London" });
    let me = owner.patch(ME, &patch).await;
    assert_eq!(me.status, 200, "{}", me.body);
    let user = &me.body["user"];
    assert_eq!(
        (user["first_name"].as_str(), user["last_name"].as_str()),
        (Some("Augusta"), Some("Lovelace"))
    );
    assert_eq!(user["time_zone"], "Europe/London");
    assert_eq!(owner.get(ME).await.body, me.body);
    let event = &newest_events(&owner, 1).await[0];
    assert_eq!(
        (event["action"].as_str(), event["target_name"].as_str()),
        (Some("update_profile"), Some(EMAIL))
    );
    let details = json!({ "first_name": "Augusta", "language": "en", "time_zone": "Europe/London" });
    assert_eq!(event["details"], details);
    // Sending the present values changes nothing.
    assert_eq!(owner.patch(ME, &patch).await.body, me.body);
    assert_eq!(owner.patch(ME, &json!({})).await.body, me.body);
    assert_eq!(newest_events(&owner, 1).await[0]["id"], event["id"]);
    let cleared = owner.patch(ME, &json!({ "language": "", "time_zone": "" })).await;
    assert_eq!(cleared.body["user"]["language"], Value::Null);
    assert_eq!(cleared.body["user"]["time_zone"], Value::Null);
    assert_eq!(cleared.body["user"]["first_name"], "Augusta");
    server.stop().await;
});

on_both_databases!(a_profile_names_every_wrong_field, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let before = owner.get(ME).await.body;
    let patch =
        json!({ "first_name": " ", "last_name": "a\u{0}b", "language": "xx", "time_zone": "Mars/Phobos" });
    let refused = owner.patch(ME, &patch).await;
    assert_eq!((refused.status, refused.code()), (422, "invalid"));
    let fields: Vec<_> = refused.body["error"]["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["first_name", "language", "last_name", "time_zone"]);
    assert_eq!(owner.patch(ME, &json!({ "first_name": "x".repeat(101) })).await.code(), "invalid");
    assert_eq!(owner.patch(ME, &json!({ "first_name": 5 })).await.code(), "invalid");
    assert_eq!(owner.get(ME).await.body, before);
    server.stop().await;
});

on_both_databases!(a_profile_is_nobody_elses, |server| {
    server.set_up().await;
    let anyone = server.anonymous();
    for (method, path) in [
        ("PATCH", ME),
        ("POST", CHANGE),
        ("GET", SESSIONS),
        ("DELETE", SESSIONS),
        ("DELETE", "/api/v2/me/sessions/1"),
    ] {
        let answer = anyone.send(anyone.request(method, path).json(&change(PASSWORD, NEW))).await;
        assert_eq!(answer.code(), "unauthorized", "{method} {path}");
    }
    let grace = server.person("grace@example.com").await;
    grace.patch(ME, &json!({ "first_name": "Amazing" })).await;
    assert_eq!(server.owner().await.get(ME).await.body["user"]["first_name"], "Ada");
    server.stop().await;
});

on_both_databases!(a_new_password_ends_every_other_session, |server| {
    server.set_up().await;
    let (here, there, browser) = (server.owner().await, server.owner().await, server.browser().await);
    let grace = server.person("grace@example.com").await;
    let changed = here.post(CHANGE, &change(PASSWORD, NEW)).await;
    assert_eq!(changed.status, 204, "{}", changed.body);
    assert_eq!(here.get(ME).await.status, 200, "the session that asked goes on");
    for other in [&there, &browser] {
        assert_eq!(other.get(ME).await.code(), "unauthorized");
    }
    assert_eq!(grace.get(ME).await.status, 200, "other people's go on");
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.code(), "wrong_credentials");
    assert_eq!(server.sign_in(EMAIL, NEW).await.status, 201);
    let event = &newest_events(&here, 2).await[1];
    assert_eq!(
        (event["action"].as_str(), event["address"].as_str()),
        (Some("change_password"), Some("127.0.0.1"))
    );
    assert_eq!(event["details"], json!({ "sessions_ended": 2 }));
    assert!(!event.to_string().contains("staple"));
    server.stop().await;
});

on_both_databases!(a_new_password_must_do_and_be_new, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for (current, new, field) in [
        ("not it", NEW, "current_password"),
        ("", NEW, "current_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "         ", "new_password"),
        (PASSWORD, &"x".repeat(257), "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
    ] {
        let refused = owner.post(CHANGE, &change(current, new)).await;
        assert_eq!((refused.status, refused.code()), (422, "invalid"), "{new}");
        let fields: Vec<_> = refused.body["error"]["fields"].as_object().unwrap().keys().collect();
        assert_eq!(fields, [field], "{new}");
    }
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 201);
    server.stop().await;
});

// The limit applies to the holder of the session only.
on_both_databases!(guessing_the_current_password_is_limited, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let guesses = (0..40).map(|number| {
        let owner = &owner;
        async move { owner.post(CHANGE, &change(&format!("guess {number}"), NEW)).await.status }
    });
    let statuses = futures_util::future::join_all(guesses).await;
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 10, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 30, "{statuses:?}");
    let right = owner.post(CHANGE, &change(PASSWORD, NEW)).await;
    assert_eq!((right.status, right.code()), (429, "too_many"));
    assert!(right.headers.contains_key("retry-after"));
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 201, "the person is not kept out");
    server.forward(Duration::minutes(16));
    assert_eq!(owner.post(CHANGE, &change("guess", NEW)).await.status, 422);
    assert_eq!(owner.post(CHANGE, &change(PASSWORD, NEW)).await.status, 204);
    for number in 0..10 {
        let refused = owner.post(CHANGE, &change(&format!("guess {number}"), PASSWORD)).await;
        assert_eq!(refused.status, 422, "the right one wiped the count");
    }
    server.stop().await;
});

// A session that was opened with the old password must end when the password changes, even if both happen at almost the
// same time.
on_both_databases!(no_session_of_the_old_password_survives_the_change, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for round in 0..4 {
        let (old, new) = (password(round), password(round + 1));
        if round == 0 {
            assert_eq!(owner.post(CHANGE, &change(PASSWORD, &old)).await.status, 204);
        }
        let late = futures_util::future::join_all((0..8).map(|_| server.sign_in(EMAIL, &old)));
        let body = change(&old, &new);
        let (changed, late) = tokio::join!(owner.post(CHANGE, &body), late);
        assert_eq!(changed.status, 204, "{}", changed.body);
        for answer in late {
            assert!(matches!(answer.status, 201 | 401), "{}", answer.body);
            let mut caller = server.anonymous();
            caller.bearer = Some(answer.body["token"].as_str().unwrap_or("none").into());
            assert_eq!(caller.get(ME).await.status, 401, "round {round}");
        }
        assert_eq!(sessions(&owner).await.len(), 1);
        server.forward(Duration::minutes(16));
    }
    server.stop().await;
});

fn password(round: u32) -> String {
    format!("password number {round}")
}

on_both_databases!(of_two_changes_at_once_one_counts, |server| {
    server.set_up().await;
    let callers = [server.owner().await, server.owner().await];
    let changes = callers.iter().enumerate().map(|(number, caller)| async move {
        caller.post(CHANGE, &change(PASSWORD, &password(u32::try_from(number).unwrap()))).await.status
    });
    let statuses = futures_util::future::join_all(changes).await;
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
    for (number, status) in statuses.iter().enumerate() {
        let signed_in = server.sign_in(EMAIL, &password(u32::try_from(number).unwrap())).await.status;
        assert_eq!(signed_in == 201, *status == 204, "{statuses:?}");
    }
    server.stop().await;
});

async fn sign_in_as(server: &TestServer, program: &str) -> Caller {
    let anyone = server.anonymous();
    let request = anyone.request("POST", "/api/v2/sessions").header("user-agent", program);
    let answer = anyone.send(request.json(&credentials(EMAIL, PASSWORD))).await;
    let mut caller = server.anonymous();
    caller.bearer = answer.body["token"].as_str().map(Into::into);
    caller
}

on_both_databases!(sessions_are_listed_and_ended, |server| {
    server.set_up().await;
    let first = sign_in_as(&server, "first/1").await;
    server.forward(Duration::minutes(10));
    let second = sign_in_as(&server, &"long ".repeat(100)).await;
    let third = sign_in_as(&server, "third/3").await;
    let grace = server.person("grace@example.com").await;
    let listed = sessions(&third).await;
    assert_eq!(listed.len(), 3, "only one's own");
    assert_eq!(listed[2]["user_agent"], "first/1", "last used first");
    assert_eq!(listed[1]["user_agent"].as_str().unwrap().len(), 200, "kept short");
    let current: Vec<_> = listed.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [true, false, false]);
    assert_eq!(listed[0]["address"], "127.0.0.1");
    assert!(!listed[0].to_string().contains("token"), "{}", listed[0]);
    let of_first = format!("{SESSIONS}/{}", listed[2]["id"]);
    assert_eq!(grace.delete(&of_first).await.code(), "not_found");
    assert_eq!(third.delete(&of_first).await.status, 204);
    assert_eq!(third.delete(&of_first).await.code(), "not_found");
    assert_eq!(third.delete(&format!("{SESSIONS}/none")).await.code(), "not_found");
    assert_eq!(first.get(ME).await.code(), "unauthorized");
    let event = &newest_events(&third, 1).await[0];
    assert_eq!((event["action"].as_str(), &event["target_id"]), (Some("end_session"), &listed[2]["id"]));
    assert_eq!(event["details"], json!({ "address": "127.0.0.1", "user_agent": "first/1" }));
    assert_eq!(third.delete(SESSIONS).await.status, 204);
    assert_eq!((second.get(ME).await.status, third.get(ME).await.status), (401, 200));
    assert_eq!(grace.get(ME).await.status, 200);
    let event = &newest_events(&third, 1).await[0];
    assert_eq!(
        (event["action"].as_str(), &event["details"]),
        (Some("end_other_sessions"), &json!({ "sessions_ended": 1 }))
    );
    assert_eq!(third.delete(SESSIONS).await.status, 204, "there is nothing left to end");
    assert_eq!(newest_events(&third, 1).await[0]["id"], event["id"]);
    let own = format!("{SESSIONS}/{}", listed[0]["id"]);
    assert_eq!((third.delete(&own).await.status, third.get(ME).await.status), (204, 401));
    server.stop().await;
});

on_both_databases!(ended_sessions_are_not_listed, |server| {
    server.set_up().await;
    let _forgotten = server.owner().await;
    server.forward(Duration::days(6));
    let busy = server.owner().await;
    assert_eq!(sessions(&busy).await.len(), 2);
    server.forward(Duration::days(2));
    assert_eq!(sessions(&busy).await.len(), 1, "the other was not used for a week");
    server.stop().await;
});
