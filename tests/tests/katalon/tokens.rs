//! `/oauth/token`: who gets a token, how long it lasts, what ends it; a token every few minutes fills neither table nor
//! audit log.

use chrono::Duration;
use testkeep_tests::api::{Answer, EMAIL, PASSWORD};
use testkeep_tests::on_both_databases;

use crate::program::{Program, api_key, form};

fn oauth_error(answer: &Answer) -> (u16, String) {
    assert!(answer.body["error_description"].is_string(), "{}", answer.body);
    (answer.status, answer.body["error"].as_str().unwrap().to_owned())
}

on_both_databases!(a_token_is_complete, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    let answer = studio.token_answer().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["token_type"], "bearer");
    assert_eq!(answer.body["expires_in"], 3600);
    assert!(answer.body["scope"].is_string() && answer.body["refresh_token"].is_string());
    assert_eq!(answer.headers["cache-control"], "no-store");
    let dashboard = studio
        .request("POST", "/oauth/token")
        .basic_auth("kit", Some("kit"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(&[("username", EMAIL), ("password", PASSWORD), ("grant_type", "password")]));
    assert_eq!(studio.send(dashboard).await.status, 200);
    server.stop().await;
});

on_both_databases!(refusals_are_oauths, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    let right = form(&[("username", EMAIL), ("password", PASSWORD), ("grant_type", "password")]);
    let request = || {
        let request = studio.request("POST", "/oauth/token").body(right.clone());
        request.header("content-type", "application/x-www-form-urlencoded")
    };
    for request in
        [request(), request().basic_auth("kit", Some("kit_uploader")), request().basic_auth("", Some(""))]
    {
        let answer = studio.send(request).await;
        assert_eq!(oauth_error(&answer), (401, "invalid_client".into()));
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Basic"));
    }
    for (parameters, word) in [
        (vec![("username", EMAIL), ("password", "guess"), ("grant_type", "password")], "invalid_grant"),
        (vec![("username", "nobody"), ("password", "guess"), ("grant_type", "password")], "invalid_grant"),
        (vec![("password", "tkk_nothing"), ("grant_type", "password")], "invalid_grant"),
        (vec![("refresh_token", "tkr_1_99999999999_00"), ("grant_type", "refresh_token")], "invalid_grant"),
        (vec![("username", EMAIL), ("grant_type", "password")], "invalid_request"),
        (vec![("username", EMAIL), ("password", PASSWORD)], "invalid_request"),
        (vec![("grant_type", "client_credentials")], "unsupported_grant_type"),
    ] {
        assert_eq!(oauth_error(&studio.grant(&parameters).await), (400, word.into()), "{parameters:?}");
    }
    let by_query = studio.request("POST", &format!("/oauth/token?{right}")).basic_auth("kit", Some("kit"));
    assert_eq!(
        oauth_error(&studio.send(by_query).await),
        (400, "invalid_request".into()),
        "not in an address"
    );
    assert_eq!(studio.send(studio.request("GET", "/oauth/token")).await.status, 405);
    server.stop().await;
});

on_both_databases!(tokens_end_and_are_refreshed, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    let first = studio.token_answer().await.body;
    let me =
        async |token: &str| studio.send(studio.request("GET", "/api/v1/users/me").bearer_auth(token)).await;
    let refresh =
        async |token: &str| studio.grant(&[("refresh_token", token), ("grant_type", "refresh_token")]).await;
    let (access, renew) = (first["access_token"].as_str().unwrap(), first["refresh_token"].as_str().unwrap());
    assert_eq!(me(access).await.status, 200);
    assert_eq!(me(renew).await.status, 401, "a refresh token opens nothing by itself");
    server.forward(Duration::minutes(61));
    let late = me(access).await;
    assert_eq!(oauth_error(&late), (401, "invalid_token".into()));
    assert!(late.body["error_description"].as_str().unwrap().contains("expired"), "agents look for the word");
    let second = refresh(renew).await;
    assert_eq!(second.status, 200, "{}", second.body);
    let access = second.body["access_token"].as_str().unwrap();
    assert_eq!(me(access).await.status, 200);
    // A token with one changed character, in any part, is not valid.
    let other = access.replace("tkc_", "tkc_1");
    assert_eq!(me(&other).await.status, 401);
    let (rest, last) = access.split_at(access.len() - 1);
    assert_eq!(me(&format!("{rest}{}", if last == "0" { "1" } else { "0" })).await.status, 401);
    server.forward(Duration::hours(3));
    assert_eq!(refresh(second.body["refresh_token"].as_str().unwrap()).await.status, 400);
    server.stop().await;
});

// In whole seconds, the unit of tokens.
on_both_databases!(each_token_ends_by_itself_although_its_session_goes_on, |server| {
    server.set_up().await;
    let second = Duration::seconds(1);
    let studio = Program::studio(&server, EMAIL);
    let me = async |token: &str| {
        studio.send(studio.request("GET", "/api/v1/users/me").bearer_auth(token)).await.status
    };
    let refresh =
        async |token: &str| studio.grant(&[("refresh_token", token), ("grant_type", "refresh_token")]).await;
    let text = |answer: &Answer, name: &str| answer.body[name].as_str().unwrap().to_owned();
    let first = studio.token_answer().await;
    let (access, renew) = (text(&first, "access_token"), text(&first, "refresh_token"));
    server.forward(Duration::hours(1) - second);
    assert_eq!(me(&access).await, 200);
    server.forward(second);
    assert_eq!(me(&access).await, 401);
    server.forward(Duration::hours(1) - second);
    let next = refresh(&renew).await;
    assert_eq!(next.status, 200, "a second before its two hours are over: {}", next.body);
    server.forward(second);
    assert_eq!(refresh(&renew).await.status, 400, "the first one is over");
    assert_eq!(me(&text(&next, "access_token")).await, 200, "the session is not");
    server.stop().await;
});

on_both_databases!(refreshing_goes_on_for_thirty_days, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    let mut renew = studio.token_answer().await.body["refresh_token"].as_str().unwrap().to_owned();
    let began = server.clock.now();
    loop {
        server.forward(Duration::minutes(110));
        let answer = studio.grant(&[("refresh_token", &renew), ("grant_type", "refresh_token")]).await;
        let lasts = server.clock.now() - began < Duration::days(30);
        assert_eq!(answer.status, if lasts { 200 } else { 400 }, "{}", answer.body);
        match answer.body["refresh_token"].as_str() {
            Some(next) if lasts => next.clone_into(&mut renew),
            _ => break,
        }
    }
    assert_eq!(studio.token_answer().await.status, 200, "the password begins another");
    server.stop().await;
});

on_both_databases!(what_ends_the_session_ends_its_tokens, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    let first = studio.token_answer().await.body;
    let access = first["access_token"].as_str().unwrap();
    let me = async || studio.send(studio.request("GET", "/api/v1/users/me").bearer_auth(access)).await.status;
    let browser = server.browser().await;
    assert_eq!(me().await, 200);
    assert_eq!(browser.delete("/api/v2/me/sessions").await.status, 204);
    assert_eq!(me().await, 401);
    let refresh =
        [("refresh_token", first["refresh_token"].as_str().unwrap()), ("grant_type", "refresh_token")];
    assert_eq!(studio.grant(&refresh).await.status, 400);
    studio.token().await;
    assert_eq!(me().await, 401, "the next sign-in does not bring the old token back");
    server.stop().await;
});

on_both_databases!(asking_every_five_minutes_leaves_one_session, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    for _ in 0..20 {
        studio.token().await;
        server.forward(Duration::minutes(5));
    }
    let browser = server.browser().await;
    let sessions = browser.get("/api/v2/me/sessions").await.body;
    let of_studio: Vec<_> = sessions["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|session| session["user_agent"].as_str().unwrap().starts_with("Apache-HttpClient"))
        .collect();
    assert_eq!(of_studio.len(), 1, "{sessions}");
    assert_eq!(of_studio[0]["current"], false);
    let sign_ins = browser.get("/api/v2/accounts/1/audit-events?action=sign_in").await;
    assert_eq!(sign_ins.status, 200, "{}", sign_ins.body);
    assert_eq!(sign_ins.body["items"].as_array().unwrap().len(), 2, "Studio's and the browser's");
    // Another program, or the same one on another machine, is another session.
    let other = Program::studio(&server, EMAIL);
    let answer = other
        .send(
            other
                .request("GET", "/api/v1/users/me")
                .header("user-agent", "python-requests/2.1")
                .basic_auth(EMAIL, Some(PASSWORD)),
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(browser.get("/api/v2/me/sessions").await.body["total"], 3);
    server.stop().await;
});

on_both_databases!(programs_that_start_together_share_a_session, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    let tokens = futures_util::future::join_all((0..6).map(|_| studio.token())).await;
    for token in &tokens {
        let me = studio.request("GET", "/api/v1/users/me").bearer_auth(token);
        assert_eq!(studio.send(me).await.status, 200, "one asking must not end another's token");
    }
    let browser = server.browser().await;
    assert_eq!(browser.get("/api/v2/me/sessions").await.body["total"], 2);
    server.stop().await;
});

on_both_databases!(guessing_is_limited_here_too, |server| {
    server.set_up().await;
    let mut studio = Program::studio(&server, EMAIL);
    studio.password = "guess".into();
    // More at once than can get their turn within the longest wait.
    let guesses = (0..40).map(|_| studio.token_answer());
    let answers = futures_util::future::join_all(guesses).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(refused.len() >= 15, "{} of 40", refused.len());
    assert_eq!(oauth_error(refused[0]), (429, "temporarily_unavailable".into()));
    assert!(refused[0].headers.contains_key("retry-after"));
    let basic = studio.request("GET", "/api/v1/users/me").basic_auth(EMAIL, Some("guess"));
    let closed = studio.send(basic).await;
    assert!(crate::program::refused(&closed, 429).contains("Too many attempts"));
    assert_eq!(server.sign_in(EMAIL, "guess").await.status, 429, "one limit for all doors");
    server.forward(Duration::minutes(16));
    studio.password = PASSWORD.into();
    studio.token().await;
    server.stop().await;
});

on_both_databases!(a_revoked_key_is_no_token_any_more, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let engine = Program::engine(&server, &api_key(&owner).await);
    let token = engine.token().await;
    let keys = owner.get("/api/v2/me/api-keys").await;
    let id = keys.body["items"][0]["id"].as_i64().unwrap();
    assert_eq!(owner.delete(&format!("/api/v2/me/api-keys/{id}")).await.status, 204);
    assert_eq!(oauth_error(&engine.token_answer().await), (400, "invalid_grant".into()));
    let me = engine.request("GET", "/api/v1/users/me").bearer_auth(token);
    assert_eq!(oauth_error(&engine.send(me).await), (401, "invalid_token".into()));
    server.stop().await;
});

on_both_databases!(a_server_without_license_gives_no_token, |server| {
    let answer = Program::studio(&server, EMAIL).token_answer().await;
    assert_eq!(oauth_error(&answer), (403, "access_denied".into()));
    server.stop().await;
});
