//! A clock that was in the future: the rows it left behind block nobody, nothing is deleted because of them, and an
//! admin can repair the state.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use testkeep_server::testing::run_housekeeping;
use testkeep_store::sql;
use testkeep_tests::api::{EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;

const YEARS: Duration = Duration::days(3650);

async fn clock_state(server: &TestServer) -> String {
    let status = server.anonymous().get("/api/v2/status").await;
    status.body["clock"].as_str().unwrap().to_owned()
}

async fn run(server: &TestServer, statement: testkeep_store::query::Query) {
    let mut tx = server.app.db.begin().await.unwrap();
    statement.execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn count(server: &TestServer, statement: testkeep_store::query::Query) -> i64 {
    let (rows,): (i64,) = statement.fetch_one(&server.app.db).await.unwrap();
    rows
}

/// Moves the clock years ahead, runs the housekeeping there, and moves it back.
async fn visit_the_future(server: &TestServer) -> DateTime<Utc> {
    let now = server.clock.now();
    server.clock.set(now + YEARS);
    run_housekeeping(&server.app).await.unwrap();
    server.clock.set(now + Duration::minutes(1));
    server.clock.now()
}

on_both_databases!(an_owner_puts_the_mark_back, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    visit_the_future(&server).await;
    assert_eq!(clock_state(&server).await, "set_back");
    assert_eq!(server.anonymous().post("/api/v2/clock/reset", &json!({})).await.status, 401);
    assert_eq!(owner.post("/api/v2/clock/reset", &json!({})).await.status, 204);
    assert_eq!(clock_state(&server).await, "ok");
    let events = owner.get("/api/v2/accounts/1/audit-events?action=reset_clock").await;
    assert_eq!(events.body["items"][0]["actor"], EMAIL, "{}", events.body);
    let details = &events.body["items"][0]["details"];
    assert!(details["from"].as_str().unwrap() > details["to"].as_str().unwrap(), "{details}");
    server.stop().await;
});

on_both_databases!(the_mark_stays_while_the_clock_is_behind_the_license, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    server.clock.set(server.clock.now() - Duration::days(3));
    let refused = owner.post("/api/v2/clock/reset", &json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.message().contains("issued on"), "{}", refused.message());
    assert_eq!(clock_state(&server).await, "set_back");
    server.stop().await;
});

on_both_databases!(a_license_signed_now_puts_the_mark_back, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    visit_the_future(&server).await;
    let import = owner.request("POST", "/api/v2/activation").body(server.license(|_| ()));
    assert_eq!(owner.send(import).await.status, 200);
    assert_eq!(clock_state(&server).await, "ok");
    let events = owner.get("/api/v2/accounts/1/audit-events?action=reset_clock").await;
    assert_eq!(events.body["items"][0]["details"]["by"], "license file", "{}", events.body);
    server.stop().await;
});

on_both_databases!(an_old_license_says_nothing_about_the_time, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    server.forward(Duration::days(40));
    let now = server.clock.now();
    visit_the_future(&server).await;
    let old = server.license(|terms| {
        terms.issued_at = now - Duration::days(35);
        terms.not_before = terms.issued_at;
    });
    let import = owner.request("POST", "/api/v2/activation").body(old);
    // Whatever the import answers (the session has ended), the mark stays where it was.
    let _answer = owner.send(import).await;
    assert_eq!(clock_state(&server).await, "set_back");
    server.stop().await;
});

on_both_databases!(housekeeping_never_leaps, |server| {
    server.set_up().await;
    run_housekeeping(&server.app).await.unwrap();
    let now = server.clock.now();
    let hour = "INSERT INTO license_hour (organization_id, product, hour, peak) VALUES (0, 'KRE', $1, 7)";
    let mail = "INSERT INTO mail_message (kind, recipient, subject, content, state, created_at)
                VALUES ('test', 'a@example.com', 's', '{}', 'sent', $1)";
    for days in [1, 170, 179] {
        run(&server, sql(hour).bind(now - Duration::days(days))).await;
        run(&server, sql(mail).bind(now - Duration::days(days))).await;
    }
    run(&server, sql(mail).bind(now - Duration::days(180) - Duration::minutes(1))).await;
    server.clock.set(now + YEARS);
    for _ in 0..5 {
        run_housekeeping(&server.app).await.unwrap();
    }
    server.clock.set(now + Duration::minutes(1));
    run_housekeeping(&server.app).await.unwrap();
    assert_eq!(count(&server, sql("SELECT COUNT(*) FROM license_hour WHERE peak = 7")).await, 3);
    assert_eq!(
        count(&server, sql("SELECT COUNT(*) FROM mail_message WHERE kind = 'test'")).await,
        3,
        "what is older than 180 days goes, the rest stays"
    );
    server.stop().await;
});

on_both_databases!(a_lock_out_of_the_future_ends_with_it, |server| {
    server.set_up().await;
    let now = server.clock.now();
    server.clock.set(now + YEARS);
    for _ in 0..12 {
        server.sign_in(EMAIL, "a wrong guess").await;
    }
    server.clock.set(now + Duration::minutes(1));
    // The wait is at most the longest delay between two attempts, not the years that the clock was wrong.
    let answer = server.sign_in(EMAIL, PASSWORD).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    server.stop().await;
});

on_both_databases!(what_was_written_in_the_future_gets_its_longest_sensible_time, |server| {
    server.set_up().await;
    let now = server.clock.now();
    server.clock.set(now + YEARS);
    let session = server.owner().await;
    let far = server.clock.now();
    let job = "INSERT INTO job (name, payload, run_at, claimed_until, created_at)
               VALUES ('request_password_reset', '{\"email\":\"nobody@example.com\"}', $1, $2, $1)";
    run(&server, sql(job).bind(far + Duration::minutes(1)).bind(far + Duration::minutes(3))).await;
    let slot = "INSERT INTO upload_slot (project_id, user_id, token_hash, created_at, expires_at)
                SELECT 1, MIN(id), password_hash, $1, $2 FROM (SELECT id, CAST('x' AS BYTES) AS password_hash FROM user_account) u
                GROUP BY password_hash";
    let bytes = if matches!(server.app.db, testkeep_store::Db::Sqlite { .. }) { "BLOB" } else { "BYTEA" };
    let slot: &'static str = Box::leak(slot.replace("BYTES", bytes).into_boxed_str());
    run(&server, sql(slot).bind(far).bind(far + Duration::days(1))).await;
    let execution =
        "INSERT INTO execution (project_id, number, name, folded_text, state, created_at, changed_at)
                     VALUES (1, 1, 'x', 'x', 'running', $1, $1)";
    run(&server, sql(execution).bind(far)).await;
    server.clock.set(now + Duration::minutes(1));
    run_housekeeping(&server.app).await.unwrap();
    let sessions = session.get("/api/v2/me/sessions").await;
    let until: DateTime<Utc> = sessions.body["items"][0]["expires_at"].as_str().unwrap().parse().unwrap();
    assert!(until <= now + Duration::days(31), "{}", sessions.body);
    assert_eq!(
        count(&server, sql("SELECT COUNT(*) FROM session WHERE created_at > $1").bind(now + YEARS / 2)).await,
        0
    );
    let late = "SELECT (SELECT COUNT(*) FROM upload_slot WHERE expires_at > $1)
                     + (SELECT COUNT(*) FROM execution WHERE changed_at > $1)";
    assert_eq!(count(&server, sql(late).bind(now + Duration::days(2))).await, 0);
    // The job is due and its claim ends: `stop` waits until no job is left.
    server.forward(Duration::minutes(30));
    server.stop().await;
});

on_both_databases!(a_seat_of_the_future_comes_back, |server| {
    server.set_up().await;
    let now = server.clock.now();
    run(
        &server,
        sql("INSERT INTO license_session (organization_id, product, package, user_id, machine_key, session_key,
                 hostname, client_version, kind, takes_seat, started_at, renewed_at, expires_at)
             SELECT 1, 'KRE', 'ENGINE', MIN(id), 'm', 's', 'h', '1', 'online', FALSE, $1, $1, $2 FROM user_account")
            .bind(now + YEARS)
            .bind(now + YEARS + Duration::minutes(30)),
    )
    .await;
    run_housekeeping(&server.app).await.unwrap();
    let left = sql("SELECT COUNT(*) FROM license_session WHERE expires_at > $1 OR started_at > $1")
        .bind(now + Duration::minutes(40));
    assert_eq!(count(&server, left).await, 0);
    server.stop().await;
});
