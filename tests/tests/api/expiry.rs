//! Expiry: each thing works until a moment before its end and not from its end on.
//!
//! Keys, links of mails, tokens of programs and leases are tested with their other rules; the rest is here.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller, EMAIL, PASSWORD, TestServer, credentials};
use testkeep_tests::on_both_databases;

const MOMENT: Duration = Duration::milliseconds(1);
const ME: &str = "/api/v2/me";
const NEW: &str = "grace@example.com";

on_both_databases!(an_unused_session_ends_after_seven_days, |server| {
    server.set_up().await;
    let (used, unused) = (server.owner().await, server.owner().await);
    server.forward(Duration::days(7) - MOMENT);
    assert_eq!(used.get(ME).await.status, 200);
    server.forward(MOMENT);
    assert_eq!(unused.get(ME).await.status, 401);
    let listed = used.get("/api/v2/me/sessions").await;
    assert_eq!(
        (listed.status, listed.body["items"].as_array().map(Vec::len)),
        (200, Some(1)),
        "{}",
        listed.body
    );
    server.stop().await;
});

on_both_databases!(a_session_in_daily_use_ends_after_thirty_days, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for _ in 0..29 {
        server.forward(Duration::days(1));
        assert_eq!(owner.get(ME).await.status, 200);
    }
    server.forward(Duration::days(1) - MOMENT);
    assert_eq!(owner.get(ME).await.status, 200);
    server.forward(MOMENT);
    assert_eq!(owner.get(ME).await.status, 401);
    server.stop().await;
});

on_both_databases!(a_setup_link_ends_after_seven_days, |server| {
    server.activate().await;
    let create = async |token: &str| {
        let body = json!({ "setup_token": token, "email": EMAIL, "password": PASSWORD,
                           "first_name": "Ada", "last_name": "Lovelace" });
        server.anonymous().post("/api/v2/default-account", &body).await
    };
    let token = server.setup_token().await;
    server.forward(Duration::days(7));
    assert_eq!(create(&token).await.code(), "forbidden");
    let token = server.setup_token().await;
    server.forward(Duration::days(7) - MOMENT);
    assert_eq!(create(&token).await.status, 201);
    server.stop().await;
});

/// The invitation of this address as the inviter sees it, and its token.
async fn invite(owner: &Caller, organization: i64, address: &str) -> (Value, String) {
    let path = format!("/api/v2/organizations/{organization}/invitations");
    let answer = owner.post(&path, &json!({ "addresses": address })).await;
    let invitation = answer.body["results"][0]["invitation"].clone();
    let token = invitation["link"].as_str().expect("a link").split_once("#token=").unwrap().1.to_owned();
    (invitation["id"].clone(), token)
}

async fn by_link(caller: &Caller, what: &str, token: &str) -> Answer {
    let body = match what {
        "password" => {
            json!({ "token": token, "password": PASSWORD, "first_name": "Grace", "last_name": "Hopper" })
        }
        _ => json!({ "token": token }),
    };
    caller.post(&format!("/api/v2/invitation-link/{what}"), &body).await
}

async fn signed_in(server: &TestServer, email: &str) -> Caller {
    let caller = server.with_cookies();
    assert_eq!(caller.post("/api/v2/sessions", &credentials(email, PASSWORD)).await.status, 201);
    caller
}

/// Names of the organizations and number of the invitations that a person sees.
async fn shown(caller: &Caller) -> (usize, usize) {
    let me = caller.get(ME).await.body;
    let count = |name: &str| me[name].as_array().map_or_else(|| panic!("{name}: {me}"), Vec::len);
    (count("organizations"), count("invitations"))
}

on_both_databases!(an_ended_invitation_lets_nobody_in, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    server.account_of(NEW).await;
    let (id, token) = invite(&owner, organization, NEW).await;
    server.forward(Duration::days(7) - MOMENT);
    let grace = signed_in(&server, NEW).await;
    assert_eq!(shown(&grace).await, (0, 1));
    assert_eq!(by_link(&grace, "look", &token).await.status, 200);
    server.forward(MOMENT);
    assert_eq!(shown(&grace).await, (0, 0));
    for what in ["look", "accept"] {
        let refused = by_link(&grace, what, &token).await;
        assert_eq!((refused.status, refused.code()), (410, "link_invalid"), "{what}: {}", refused.body);
        assert!(refused.message().contains("It has expired."), "{what}: {}", refused.message());
    }
    let refused = grace.post(&format!("/api/v2/me/invitations/{id}/accept"), &json!({})).await;
    assert_eq!(refused.code(), "link_invalid", "{}", refused.body);
    assert_eq!(shown(&grace).await, (0, 0));
    server.stop().await;
});

// A password that was chosen before the end is kept. The membership waits for the first sign-in, but only until the
// invitation ends.
on_both_databases!(who_signs_in_after_the_invitation_ended_does_not_join, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let (_, late) = invite(&owner, organization, NEW).await;
    let (_, early) = invite(&owner, organization, "alan@example.com").await;
    server.forward(Duration::days(7) - MOMENT);
    for token in [&early, &late] {
        let chosen = by_link(&server.anonymous(), "password", token).await;
        assert_eq!(chosen.status, 204, "{}", chosen.body);
    }
    assert_eq!(shown(&signed_in(&server, "alan@example.com").await).await, (1, 0));
    server.forward(MOMENT);
    assert_eq!(shown(&signed_in(&server, NEW).await).await, (0, 0));
    server.stop().await;
});

on_both_databases!(a_device_is_known_for_a_year, |server| {
    server.set_up().await;
    let device = server.with_cookies();
    let sign_in = async || device.post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await.status;
    let slowed = async || {
        let guesses = (0..40).map(|_| server.sign_in(EMAIL, "a wrong guess"));
        futures_util::future::join_all(guesses).await;
        server.sign_in(EMAIL, PASSWORD).await.status == 429
    };
    assert_eq!(sign_in().await, 201);
    server.forward(Duration::days(365) - Duration::seconds(1));
    assert!(slowed().await);
    assert_eq!(sign_in().await, 201, "a second before the year is over");
    server.forward(Duration::days(365) + Duration::seconds(1));
    assert!(slowed().await);
    assert_eq!(sign_in().await, 429, "a second after");
    server.stop().await;
});
