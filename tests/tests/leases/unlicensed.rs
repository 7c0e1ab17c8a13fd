//! No valid license: programs get a message with the present license and the reason why it is not valid.

use chrono::Duration;
use serde_json::json;
use testkeep_domain::license::LicenseTerms;
use testkeep_store::licenses::license::create_license;
use testkeep_tests::api::{Caller, TestServer, machine};
use testkeep_tests::on_both_databases;
use uuid::Uuid;

use super::program::{api_key, crew, engine};

/// The messages for a program of ours and for an existing client.
async fn words(caller: &Caller, organization: i64) -> [String; 2] {
    let native = engine(caller, organization, "agent").check_out().await;
    assert_eq!((native.status, native.code()), (403, "not_licensed"), "{}", native.body);
    let path = format!(
        "/api/v1/license-keys/activate?machineKey=agent&sessionId=agent&package=FLOATING_ENGINE&hostname=agent\
         &ksVersion=7.8.0&email=&organizationId={organization}"
    );
    let existing = caller.post(&path, &json!({})).await;
    assert_eq!(existing.status, 403, "{}", existing.body);
    [native.message().to_owned(), existing.body["message"].as_str().unwrap().to_owned()]
}

/// Stores a license that could not be imported here, as it is found after the machine changed.
async fn put(server: &TestServer, change: impl FnOnce(&mut LicenseTerms)) {
    let id = Uuid::new_v4();
    let text = server.license(|terms| {
        terms.license_id = id;
        change(terms);
    });
    let mut tx = server.app.db.begin().await.unwrap();
    assert!(create_license(&mut tx, &id.to_string(), &text, None, server.clock.now()).await.unwrap());
    tx.commit().await.unwrap();
}

async fn member(server: &TestServer) -> (Caller, i64) {
    server.set_up_account().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    (api_key(server, &owner).await, organization)
}

on_both_databases!(an_expired_license_is_said_to_have_expired, |server| {
    let (_owner, organization, people) = crew(&server, 1).await;
    let key = api_key(&server, &people[0]).await;
    server.forward(Duration::days(365));
    for words in words(&key, organization).await {
        assert!(words.contains("expired on 2028-01-15"), "{words}");
    }
    server.stop().await;
});

on_both_databases!(another_machines_license_is_said_to_be_so, |server| {
    put(&server, |terms| terms.machine_id = machine("another")).await;
    let (key, organization) = member(&server).await;
    for words in words(&key, organization).await {
        assert!(words.contains("another machine") && words.contains("host name"), "{words}");
    }
    server.stop().await;
});

on_both_databases!(a_license_that_has_not_begun_is_said_to_be_so, |server| {
    put(&server, |terms| terms.not_before += Duration::days(3)).await;
    let (key, organization) = member(&server).await;
    for words in words(&key, organization).await {
        assert!(words.contains("begins on 2027-01-18"), "{words}");
    }
    server.stop().await;
});
