//! One license file in two installations on one machine.

use testkeep_tests::api::{Database, TestServer};
use testkeep_tests::on_both_databases;

async fn used_twice(server: &TestServer) -> usize {
    testkeep_server::testing::look_for_second_installation(&server.app).await.unwrap();
    let answer = server.owner().await.get("/api/v2/accounts/1/licenses").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["used_twice"].as_array().unwrap().len()
}

on_both_databases!(a_second_installation_with_the_same_file_is_seen, |server| {
    let file = server.license(|_| ());
    assert_eq!(server.import(file.clone()).await.status(), 200);
    server.set_up_account().await;
    assert_eq!(used_twice(&server).await, 0, "alone");
    let second = TestServer::start(Database::Sqlite).await;
    assert_eq!(second.import(file).await.status(), 200);
    second.set_up_account().await;
    assert_eq!((used_twice(&server).await, used_twice(&second).await), (1, 1));
    let events = server.owner().await.get("/api/v2/accounts/1/audit-events?page_size=100").await;
    let told = |it: &&serde_json::Value| it["action"] == "find_second_installation";
    assert_eq!(events.body["items"].as_array().unwrap().iter().filter(told).count(), 1, "once");
    second.stop().await;
    assert_eq!(used_twice(&server).await, 0, "it has stopped");
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn servers_on_one_database_are_one_installation() {
    let server = TestServer::start(Database::Postgres).await;
    server.set_up().await;
    let beside = server.start_beside().await;
    assert_eq!((used_twice(&server).await, used_twice(&beside).await), (0, 0));
    beside.stop().await;
    server.stop().await;
}
