//! The control port.

use testkeep_tests::on_both_databases;

on_both_databases!(needs_its_token_and_tells_the_state, |server| {
    let client = reqwest::Client::new();
    for token in ["", "wrong"] {
        let answer =
            client.get(format!("{}/status", server.control_url)).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 403);
    }
    let status = server.control("GET", "/status").await;
    assert_eq!(status["setup_state"], "activation_required");
    assert!(status["database"]["version"].as_str().unwrap().contains("SQL"), "{status}");
    assert!(!status.to_string().contains("password"), "{status}");
    let link = server.control("POST", "/setup-link").await;
    assert!(link["url"].as_str().unwrap().contains("/activate#token="), "{link}");
    server.set_up().await;
    let link = server.control("POST", "/setup-link").await;
    assert_eq!(link["url"], format!("{}/sign-in", server.url));
    server.stop().await;
});

on_both_databases!(stops_the_server, |server| {
    let client = reqwest::Client::new();
    let stop = client
        .post(format!("{}/stop", server.control_url))
        .bearer_auth(testkeep_tests::api::CONTROL_TOKEN)
        .send()
        .await
        .unwrap();
    assert_eq!(stop.status(), 202);
    server.wait_until_stopped().await;
});
