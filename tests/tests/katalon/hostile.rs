//! Parameters that no client sends: always a refusal with a message, never a failure of the server.

use testkeep_tests::api::{Answer, EMAIL};
use testkeep_tests::on_both_databases;

use crate::program::{Program, api_key, form, live_sessions, machine, refused};

async fn activate(program: &Program, token: &str, parameters: &[(&str, &str)]) -> Answer {
    let request = program
        .request("POST", "/api/v1/license-keys/activate")
        .header("content-type", "application/x-www-form-urlencoded")
        .bearer_auth(token)
        .body(form(parameters));
    program.send(request).await
}

on_both_databases!(odd_parameters_are_refused, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let engine = Program::engine(&server, &api_key(&owner).await);
    let token = engine.token().await;
    let (key, long, number) = (machine(1), "a".repeat(64 * 1024), id.to_string());
    let fine = [
        ("machineKey", key.as_str()),
        ("sessionId", "one"),
        ("organizationId", &number),
        ("package", "ENGINE"),
    ];
    let with = |name: &'static str, value: &str| -> Vec<(String, String)> {
        let change = |(known, old): &(&str, &str)| {
            let value = if *known == name { value } else { old };
            ((*known).to_owned(), value.to_owned())
        };
        fine.iter().map(change).collect()
    };
    for (name, value) in [
        ("machineKey", ""),
        ("machineKey", long.as_str()),
        ("machineKey", "a\0b"),
        ("machineKey", "a b"),
        ("machineKey", "Ü"),
        ("sessionId", ""),
        ("sessionId", &long),
        ("sessionId", "a\nb"),
        ("organizationId", "x"),
        ("organizationId", "1.5"),
        ("organizationId", "99999999999999999999999999"),
        ("organizationId", "1\0"),
        ("package", ""),
        ("package", "kse"),
        ("package", "TESTOPS"),
        ("package", &long),
    ] {
        let parameters = with(name, value);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        let answer = activate(&engine, &token, &parameters).await;
        let words = refused(&answer, 400);
        assert!(words.contains(name) && words.len() < 300, "{name}: {words}");
    }
    for number in ["-1", "0", "9223372036854775807"] {
        let parameters = with("organizationId", number);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        refused(&activate(&engine, &token, &parameters).await, 404);
    }
    let twice: Vec<_> = fine.into_iter().chain([("machineKey", "other")]).collect();
    assert!(refused(&activate(&engine, &token, &twice).await, 400).contains("machineKey is given twice"));
    assert_eq!(live_sessions(&owner, id, "KRE").await, 0);
    // Values that are only displayed are cut, not refused.
    let shown: Vec<_> =
        fine.into_iter().chain([("hostname", long.as_str()), ("ksVersion", "7\0.8")]).collect();
    assert_eq!(activate(&engine, &token, &shown).await.status, 200);
    let same_twice: Vec<_> = fine.into_iter().chain([("machineKey", key.as_str())]).collect();
    assert_eq!(activate(&engine, &token, &same_twice).await.status, 200);
    server.stop().await;
});

on_both_databases!(odd_requests_are_refused, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    owner.organization("Ducks").await;
    let engine = Program::engine(&server, &api_key(&owner).await);
    let token = engine.token().await;
    for (method, path) in
        [("GET", "/api/v1/license-keys/activate"), ("POST", "/api/v1/users/me"), ("GET", "/api/v1/machine/")]
    {
        refused(&engine.send(engine.request(method, path).bearer_auth(&token)).await, 405);
    }
    for path in ["/api/v1/nothing", "/api/v1/license-keys", "/api/v1/users/7"] {
        refused(&engine.send(engine.request("GET", path).bearer_auth(&token)).await, 404);
    }
    let huge = "a=".to_owned() + &"a".repeat(2 * 1024 * 1024);
    for path in ["/api/v1/license-keys/release", "/api/v1/search", "/oauth/token"] {
        let request = engine.request("POST", path).bearer_auth(&token).body(huge.clone());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        // The server may close the connection before everything is sent; then there is no answer to read.
        if let Ok(answer) = request.send().await {
            assert!([401, 413].contains(&answer.status().as_u16()), "{path}: {}", answer.status());
            // Otherwise the client would send its next request into a connection that is being closed.
            assert_eq!(answer.headers()["connection"], "close", "{path}");
        }
    }
    let raw = engine.request("POST", "/api/v1/license-keys/release?machineKey=%FF%00&sessionId=%zz&=&&x");
    refused(&engine.send(raw.bearer_auth(&token)).await, 400);
    for (path, method) in [
        ("/api/v1/license-keys/activate", "POST"),
        ("/api/v1/license-keys/release", "POST"),
        ("/api/v1/machine", "DELETE"),
        ("/api/v1/subscription/expiration", "GET"),
        ("/api/v1/users/me", "GET"),
        ("/api/v1/organizations", "POST"),
        ("/api/v1/organizations/list", "GET"),
        ("/api/v1/organizations/1", "GET"),
        ("/api/v1/search", "GET"),
        ("/api/v1/search", "POST"),
    ] {
        let nobody = engine.send(engine.request(method, path)).await;
        assert_eq!((nobody.status, nobody.body["error"].as_str()), (401, Some("unauthorized")), "{path}");
        for token in ["", "tkc_", "tkc_1_1_1", "tkc_99999999999999999999_1_1", "tkk_nothing", "ünknown"] {
            let wrong =
                engine.request(method, path).header("authorization", format!("Bearer {token}").into_bytes());
            let wrong = engine.send(wrong).await;
            assert_eq!(
                (wrong.status, wrong.body["error"].as_str()),
                (401, Some("invalid_token")),
                "{path}: {token}"
            );
        }
    }
    server.stop().await;
});

on_both_databases!(odd_credentials_are_refused, |server| {
    server.set_up().await;
    let mut studio = Program::studio(&server, EMAIL);
    for password in ["\0", "tkk_", "a\nb"] {
        studio.password = password.into();
        assert_eq!(studio.token_answer().await.status, 400, "{password:?}");
    }
    studio.password = "a".repeat(64 * 1024);
    assert_eq!(studio.token_answer().await.status, 400);
    for header in ["Basic", "Basic !!!", "Basic OjpA", "Basic /w==", "Negotiate abc"] {
        let request = studio.request("GET", "/api/v1/users/me").header("authorization", header);
        assert_eq!(studio.send(request).await.status, 401, "{header}");
    }
    server.stop().await;
});
