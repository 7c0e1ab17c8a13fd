//! From an invited address to a signed-in member, and everything that a link must not allow.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_tests::api::{Caller, EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;

const NEW: &str = "grace@example.com";

async fn organization(owner: &Caller, name: &str) -> i64 {
    let created = owner.post("/api/v2/organizations", &json!({ "name": name })).await;
    assert_eq!(created.status, 201, "{}", created.body);
    created.body["id"].as_i64().unwrap()
}

async fn invite(caller: &Caller, organization: i64, addresses: &str) -> Vec<Value> {
    let path = format!("/api/v2/organizations/{organization}/invitations");
    let answer = caller.post(&path, &json!({ "addresses": addresses })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["results"].as_array().unwrap().clone()
}

/// The token of the link for one address.
async fn token(caller: &Caller, organization: i64, address: &str) -> String {
    token_of(&invite(caller, organization, address).await[0]["invitation"])
}

fn token_of(invitation: &Value) -> String {
    invitation["link"].as_str().expect("a link").split_once("#token=").unwrap().1.to_owned()
}

async fn pending(caller: &Caller, organization: i64) -> Value {
    let answer = caller.get(&format!("/api/v2/organizations/{organization}/invitations")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

async fn look(caller: &Caller, token: &str) -> testkeep_tests::api::Answer {
    caller.post("/api/v2/invitation-link/look", &json!({ "token": token })).await
}

async fn set_password(server: &TestServer, token: &str, password: &str) -> testkeep_tests::api::Answer {
    let body = json!({ "token": token, "password": password, "first_name": "Grace", "last_name": "Hopper" });
    server.anonymous().post("/api/v2/invitation-link/password", &body).await
}

async fn accept(caller: &Caller, token: &str) -> testkeep_tests::api::Answer {
    caller.post("/api/v2/invitation-link/accept", &json!({ "token": token })).await
}

on_both_databases!(a_new_person_sets_a_password_and_joins_with_the_first_sign_in, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let token = token(&owner, id, NEW).await;
    let waiting = pending(&owner, id).await;
    assert_eq!(waiting["items"][0]["state"], "must_set_password");
    assert!(
        waiting["items"][0]["link"].as_str().unwrap().starts_with(&server.url),
        "from the configured URL"
    );

    let view = look(&server.anonymous(), &token).await;
    assert_eq!(view.body["state"], "must_set_password", "{}", view.body);
    assert_eq!(
        (view.body["email"].as_str(), view.body["organization_name"].as_str()),
        (Some(NEW), Some("Compilers"))
    );
    let short = set_password(&server, &token, "short").await;
    assert_eq!((short.status, short.body["error"]["fields"]["password"].is_string()), (422, true));
    assert_eq!(set_password(&server, &token, PASSWORD).await.status, 204);

    // The user exists, the membership does not: the person has not signed in.
    let waiting = pending(&owner, id).await["items"][0].clone();
    assert_eq!((waiting["state"].as_str(), &waiting["link"]), (Some("waits_for_sign_in"), &Value::Null));
    let users = owner.get(&format!("/api/v2/organizations/{id}/users")).await;
    assert_eq!(users.body["total"], 1);
    for again in [look(&server.anonymous(), &token).await, set_password(&server, &token, PASSWORD).await] {
        assert_eq!((again.status, again.code()), (410, "link_used"));
        assert!(
            again.message().starts_with("This link has been used to reset password."),
            "{}",
            again.message()
        );
    }

    assert_eq!(server.sign_in(NEW, PASSWORD).await.status, 201);
    assert_eq!(pending(&owner, id).await["total"], 0);
    let users = owner.get(&format!("/api/v2/organizations/{id}/users?search=hopper")).await;
    assert_eq!(users.body["items"][0]["email"], NEW);
    assert_eq!(users.body["items"][0]["role"], "member");
    server.stop().await;
});

on_both_databases!(somebody_with_an_account_accepts_while_signed_in, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let grace = server.person(NEW).await;
    let token = token(&owner, id, NEW).await;
    assert_eq!(pending(&owner, id).await["items"][0]["state"], "not_accepted");
    assert_eq!(look(&server.anonymous(), &token).await.body["state"], "sign_in");
    assert_eq!(look(&grace, &token).await.body["state"], "accept");
    // Signing in elsewhere does not accept the invitation.
    assert_eq!(server.sign_in(NEW, PASSWORD).await.status, 201);
    assert_eq!(pending(&owner, id).await["total"], 1);
    assert_eq!(
        set_password(&server, &token, "another password").await.status,
        409,
        "no way to take an account over"
    );

    let other = look(&owner, &token).await;
    assert_eq!((other.status, other.code()), (403, "cannot_accept"));
    assert!(other.message().starts_with("Cannot accept the invitation."), "{}", other.message());
    assert_eq!(accept(&owner, &token).await.code(), "cannot_accept");

    let accepted = accept(&grace, &token).await;
    assert_eq!((accepted.status, accepted.body["organization_id"].as_i64()), (200, Some(id)));
    assert_eq!(accept(&grace, &token).await.code(), "link_used");
    assert_eq!(grace.get("/api/v2/me").await.body["organizations"][0]["name"], "Compilers");
    server.stop().await;
});

on_both_databases!(many_addresses_get_an_answer_each, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let text = format!("{NEW}, GRACE@example.com\nnobody;\tsomebody@example.com {EMAIL}\r\n,,;");
    let results = invite(&owner, id, &text).await;
    let outcomes: Vec<_> = results.iter().map(|result| result["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["invited", "duplicate", "invalid", "invited", "already_member"]);
    assert_eq!(results[2]["address"], "nobody");
    assert_eq!(pending(&owner, id).await["total"], 2);
    for nothing in ["", " ,; \n"] {
        let path = format!("/api/v2/organizations/{id}/invitations");
        assert_eq!(owner.post(&path, &json!({ "addresses": nothing })).await.status, 422);
    }
    let path = format!("/api/v2/organizations/{id}/invitations");
    let many = "a@example.com ".repeat(5_001);
    assert_eq!(owner.post(&path, &json!({ "addresses": many })).await.status, 422);
    server.stop().await;
});

on_both_databases!(links_die, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let dead = |answer: testkeep_tests::api::Answer, why: &str| {
        assert_eq!((answer.status, answer.code()), (410, "link_invalid"), "{why}: {}", answer.body);
    };
    // A replaced link.
    let first = token(&owner, id, NEW).await;
    let again = invite(&owner, id, NEW).await;
    assert_eq!(again[0]["outcome"], "invited_again");
    let second = token_of(&again[0]["invitation"]);
    dead(look(&server.anonymous(), &first).await, "replaced");
    assert_eq!(look(&server.anonymous(), &second).await.status, 200);
    assert_eq!(pending(&owner, id).await["total"], 1);
    // A revoked link.
    let invitation = again[0]["invitation"]["id"].as_i64().unwrap();
    assert_eq!(owner.delete(&format!("/api/v2/invitations/{invitation}")).await.status, 204);
    dead(look(&server.anonymous(), &second).await, "revoked");
    dead(set_password(&server, &second, PASSWORD).await, "revoked");
    assert_eq!(owner.delete(&format!("/api/v2/invitations/{invitation}")).await.status, 404);
    // An expired link, sent again unchanged.
    let third = token(&owner, id, NEW).await;
    server.forward(Duration::days(6));
    assert_eq!(look(&server.anonymous(), &third).await.status, 200);
    server.forward(Duration::days(2));
    let owner = server.owner().await;
    dead(look(&server.anonymous(), &third).await, "expired");
    let waiting = pending(&owner, id).await;
    assert_eq!(
        (waiting["items"][0]["state"].as_str(), &waiting["items"][0]["link"]),
        (Some("expired"), &Value::Null)
    );
    let resent =
        owner.post(&format!("/api/v2/invitations/{}/resend", waiting["items"][0]["id"]), &json!({})).await;
    assert_eq!(token_of(&resent.body), third);
    assert_eq!(look(&server.anonymous(), &third).await.status, 200);
    // A link that was never made.
    dead(look(&server.anonymous(), &"0".repeat(64)).await, "unknown");
    dead(look(&server.anonymous(), "\u{0}").await, "nonsense");
    server.stop().await;
});

on_both_databases!(links_die_with_the_inviters_right, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let admin = server.person("admin@example.com").await;
    server.join(admin.id, id, "admin").await;
    let by_admin = token(&admin, id, NEW).await;
    assert_eq!(look(&server.anonymous(), &by_admin).await.status, 200);
    let path = format!("/api/v2/organizations/{id}/users/{}", admin.id);
    assert_eq!(owner.patch(&path, &json!({ "role": "member" })).await.status, 200);
    for answer in
        [look(&server.anonymous(), &by_admin).await, set_password(&server, &by_admin, PASSWORD).await]
    {
        assert_eq!((answer.status, answer.code()), (410, "link_invalid"));
    }
    let waiting = pending(&owner, id).await;
    assert_eq!(waiting["items"][0]["state"], "inviter_may_not");
    // A person who sends the invitation again becomes its inviter, with a new link.
    let path = format!("/api/v2/invitations/{}/resend", waiting["items"][0]["id"]);
    let resent = owner.post(&path, &json!({})).await;
    assert_eq!(resent.body["invited_by"], EMAIL);
    assert_eq!(look(&server.anonymous(), &by_admin).await.code(), "link_invalid");
    let token = token_of(&resent.body);
    assert_eq!(set_password(&server, &token, PASSWORD).await.status, 204);
    assert_eq!(server.sign_in(NEW, PASSWORD).await.status, 201);
    assert_eq!(pending(&owner, id).await["total"], 0);
    server.stop().await;
});

on_both_databases!(two_hundred_accepts_at_once_give_one_membership, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let grace = server.person(NEW).await;
    let token = token(&owner, id, NEW).await;
    let answers = futures_util::future::join_all((0..200).map(|_| accept(&grace, &token))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    let used = answers.iter().filter(|answer| answer.code() == "link_used").count();
    assert_eq!((accepted, used), (1, 199));
    let users = owner.get(&format!("/api/v2/organizations/{id}/users")).await;
    assert_eq!(users.body["total"], 2);
    let log = owner.get(&format!("/api/v2/organizations/{id}/audit-events?action=accept_invitation")).await;
    assert_eq!(log.body["total"], 1);
    server.stop().await;
});

on_both_databases!(parallel_passwords_through_one_link_make_one_account, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let token = token(&owner, id, NEW).await;
    let attempts = (0..12).map(|number| {
        let (server, token) = (&server, &token);
        async move { (number, set_password(server, token, &format!("password number {number}")).await) }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let winners: Vec<_> = answers.iter().filter(|(_, answer)| answer.status == 204).collect();
    assert_eq!(winners.len(), 1);
    let password = format!("password number {}", winners[0].0);
    assert_eq!(server.sign_in(NEW, &password).await.status, 201);
    server.stop().await;
});

on_both_databases!(invitations_in_the_account_are_answered_without_a_link, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let first = organization(&owner, "Compilers").await;
    let second = organization(&owner, "Debuggers").await;
    let grace = server.person(NEW).await;
    let stranger = server.person("stranger@example.com").await;
    invite(&owner, first, NEW).await;
    invite(&owner, second, NEW).await;
    let open = grace.get("/api/v2/me").await.body["invitations"].as_array().unwrap().clone();
    assert_eq!(open.len(), 2);
    let own = |invitation: &Value, what: &str| format!("/api/v2/me/invitations/{}/{what}", invitation["id"]);
    for what in ["accept", "decline"] {
        assert_eq!(stranger.post(&own(&open[0], what), &json!({})).await.status, 404);
    }
    assert_eq!(grace.post(&own(&open[0], "decline"), &json!({})).await.status, 204);
    assert_eq!(grace.post(&own(&open[1], "accept"), &json!({})).await.status, 200);
    let me = grace.get("/api/v2/me").await.body;
    assert_eq!(me["organizations"].as_array().unwrap().len(), 1);
    assert_eq!(me["invitations"], json!([]));
    server.stop().await;
});

on_both_databases!(somebody_removed_from_the_account_comes_back_by_invitation, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let grace = server.person(NEW).await;
    server.join(grace.id, id, "member").await;
    assert_eq!(owner.delete(&format!("/api/v2/accounts/1/users/{}", grace.id)).await.status, 204);
    assert_eq!(grace.get("/api/v2/me").await.status, 401, "sessions ended");
    assert_eq!(server.sign_in(NEW, PASSWORD).await.code(), "wrong_credentials");
    let removed = owner.get("/api/v2/accounts/1/removed-users").await;
    assert_eq!(removed.body["items"][0]["email"], NEW);
    let token = token(&owner, id, NEW).await;
    assert_eq!(look(&server.anonymous(), &token).await.body["state"], "confirm_password");
    // The inviter has this link, but must not be able to come in as Grace with it.
    let guessed = set_password(&server, &token, "a second password").await;
    assert_eq!((guessed.status, guessed.code()), (422, "invalid"), "{}", guessed.body);
    assert_eq!(server.sign_in(NEW, "a second password").await.status, 401);
    assert_eq!(set_password(&server, &token, PASSWORD).await.status, 204);
    assert_eq!(server.sign_in(NEW, PASSWORD).await.status, 201);
    let events = owner.get("/api/v2/accounts/1/audit-events?action=return_by_invitation").await.body;
    assert_eq!(events["total"], 1);
    assert_eq!(owner.get("/api/v2/accounts/1/removed-users").await.body["total"], 0);
    assert_eq!(owner.get(&format!("/api/v2/organizations/{id}/users")).await.body["total"], 2);
    server.stop().await;
});

on_both_databases!(a_database_without_the_key_holds_no_link, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let token = token(&owner, id, NEW).await;
    let rows: Vec<(Vec<u8>, Vec<u8>)> = testkeep_store::sql("SELECT nonce, token_hash FROM invitation")
        .fetch_all(&server.app.db)
        .await
        .unwrap();
    let bytes = hex::decode(&token).unwrap();
    assert!(rows.iter().all(|(nonce, hash)| *nonce != bytes && *hash != bytes));
    server.stop().await;
});

on_both_databases!(a_holder_of_the_shown_link_does_not_guess_for_long, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let grace = server.person(NEW).await;
    assert_eq!(owner.delete(&format!("/api/v2/accounts/1/users/{}", grace.id)).await.status, 204);
    let token = token(&owner, id, NEW).await;
    for _ in 0..10 {
        assert_eq!(set_password(&server, &token, "a guess of the inviter").await.status, 422);
    }
    assert_eq!(set_password(&server, &token, PASSWORD).await.code(), "too_many");
    server.forward(Duration::minutes(16));
    assert_eq!(set_password(&server, &token, PASSWORD).await.status, 204);
    server.stop().await;
});

on_both_databases!(invitations_are_limited_by_day_and_in_all, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let path = format!("/api/v2/organizations/{id}/invitations");
    let invited_by = owner.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap();
    let now = server.clock.now();
    let mut tx = server.app.db.begin().await.unwrap();
    for number in 0..9998_u32 {
        // Half of them were made two days ago.
        let made = if number % 2 == 0 { now } else { now - Duration::days(2) };
        let hash = [&[0; 28][..], &number.to_be_bytes()].concat();
        let new = testkeep_store::people::invitation::NewInvitation {
            scope_id: id,
            project_id: None,
            email: &format!("p{number}@example.com"),
            invited_by,
            nonce: &[7; 32],
            token_hash: &hash,
            mail_token_hash: &hash,
            expires_at: now + Duration::days(7),
            role: "member",
            team_ids: "[]",
            products: "[]",
        };
        testkeep_store::people::invitation::create_invitations(&mut tx, &[new], made).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(invite(&owner, id, NEW).await[0]["outcome"], "invited");
    let refused = owner.post(&path, &json!({ "addresses": "one@example.com" })).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(
        refused.message().contains("in a day") || refused.message().contains("24 hours"),
        "{}",
        refused.message()
    );
    server.forward(Duration::days(1) + Duration::minutes(1));
    let owner = server.owner().await;
    assert_eq!(invite(&owner, id, "one@example.com").await[0]["outcome"], "invited");
    let refused = owner.post(&path, &json!({ "addresses": "two@example.com" })).await;
    assert!(refused.message().contains("wait to be accepted"), "{}", refused.body);
    server.stop().await;
});

on_both_databases!(an_invitation_ends_after_seven_days, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner, "Compilers").await;
    let token = token(&owner, id, NEW).await;
    server.forward(Duration::days(7) - Duration::minutes(1));
    assert_eq!(look(&server.anonymous(), &token).await.status, 200);
    server.forward(Duration::minutes(2));
    assert_eq!(look(&server.anonymous(), &token).await.code(), "link_invalid");
    assert_eq!(set_password(&server, &token, "a late password").await.code(), "link_invalid");
    server.stop().await;
});

// An Admin who invites an address that is new to this server may choose its password with the shown link. That must not
// make them the person whom another organization invites by the same address.
on_both_databases!(who_chose_a_password_by_the_shown_link_needs_the_link_of_other_invitations, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let (mine, theirs) = (organization(&owner, "Compilers").await, organization(&owner, "Payroll").await);
    let shown = token(&owner, mine, NEW).await;
    assert_eq!(set_password(&server, &shown, PASSWORD).await.status, 204);
    let answer = server.sign_in(NEW, PASSWORD).await;
    let impostor = Caller::signed_in(&server.url, answer.body["token"].as_str().map(Into::into));
    let invited = invite(&owner, theirs, NEW).await;
    let id = invited[0]["invitation"]["id"].as_i64().unwrap();
    let me = impostor.get("/api/v2/me").await;
    assert_eq!(me.body["invitations"][0]["needs_link"], true, "{}", me.body);
    let refused = impostor.post(&format!("/api/v2/me/invitations/{id}/accept"), &json!({})).await;
    assert_eq!((refused.status, refused.code()), (403, "cannot_accept"), "{}", refused.body);
    assert!(refused.message().contains("Open the link"), "{}", refused.message());
    // A person who gets the link from the inviter may join.
    let accepted = accept(&impostor, &token_of(&invited[0]["invitation"])).await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    server.stop().await;
});
