//! Rows that housekeeping deletes, table by table: a row is deleted when it is older than its retention time and not a
//! minute earlier. Rows still in use stay, however old they are.

use chrono::{DateTime, Duration, Utc};
use testkeep_server::testing::run_housekeeping;
use testkeep_store::sql;
use testkeep_tests::api::TestServer;
use testkeep_tests::on_both_databases;

/// Rows of one table that are deleted by age. `$1`: the time from which the age counts; `$2`: a text that identifies
/// the row.
struct Aging {
    table: &'static str,
    insert: &'static str,
    /// The column with the identifying text.
    name: &'static str,
    kept: Duration,
    /// The same row without the end that makes it old; empty when only the age decides.
    in_use: &'static str,
}

const fn days(days: i64) -> Duration {
    Duration::days(days)
}

const TABLES: [Aging; 13] = [
    Aging {
        table: "job",
        insert: "INSERT INTO job (name, payload, run_at, parked_at, last_error, created_at)
                 VALUES ('gone', $2, $1, $1, 'why', $1)",
        name: "payload",
        kept: days(30),
        in_use: "INSERT INTO job (name, payload, run_at, created_at)
                 SELECT 'send_mail', $2, MAX(expires_at), $1 FROM session",
    },
    Aging {
        table: "password_reset",
        insert: "INSERT INTO password_reset (user_id, nonce, token_hash, created_at, expires_at)
                 SELECT MIN(id), $3, $3, $1, $1 FROM user_account WHERE CAST($2 AS TEXT) <> ''",
        name: "token_hash",
        kept: days(30),
        in_use: "",
    },
    Aging {
        table: "invitation",
        insert: "INSERT INTO invitation (scope_id, email, invited_by, nonce, token_hash, created_at, expires_at, revoked_at)
                 SELECT 1, $2, MIN(id), $3, $3, $1, $1, $1 FROM user_account",
        name: "email",
        kept: days(90),
        in_use: "INSERT INTO invitation (scope_id, email, invited_by, nonce, token_hash, created_at, expires_at)
                 SELECT 1, $2, MIN(id), $3, $3, $1, $1 FROM user_account",
    },
    Aging {
        table: "license_session",
        insert: "INSERT INTO license_session (organization_id, product, package, user_id, machine_key, session_key,
                     hostname, client_version, kind, takes_seat, started_at, renewed_at, expires_at, ended_at, end_reason)
                 SELECT 1, 'KRE', 'ENGINE', MIN(id), $2, $2, 'h', '1', 'online', FALSE, $1, $1, $1, $1, 'released'
                 FROM user_account",
        name: "machine_key",
        kept: days(400),
        in_use: "INSERT INTO license_session (organization_id, product, package, user_id, machine_key, session_key,
                     hostname, client_version, kind, takes_seat, started_at, renewed_at, expires_at)
                 SELECT 1, 'KRE', 'ENGINE', MIN(id), $2, $2, 'h', '1', 'online', FALSE, $1, $1,
                        (SELECT MAX(last_used_at) FROM session) FROM user_account",
    },
    Aging {
        table: "license_denial",
        insert: "INSERT INTO license_denial (organization_id, product, user_id, machine_key, first_at, last_at, attempts,
                     short_by)
                 SELECT 1, 'KRE', MIN(id), $2, $1, $1, 1, 1 FROM user_account",
        name: "machine_key",
        kept: days(400),
        in_use: "",
    },
    Aging {
        table: "license_return",
        insert: "INSERT INTO license_return (kind, product, holder, period, returned) VALUES ('online', 'KRE', $2, $1, 1)",
        name: "holder",
        kept: days(400),
        in_use: "",
    },
    Aging {
        table: "license_hour",
        insert: "INSERT INTO license_hour (organization_id, product, hour, peak) VALUES (0, $2, $1, 7)",
        name: "product",
        kept: days(400),
        in_use: "",
    },
    Aging {
        table: "mail_message",
        insert: "INSERT INTO mail_message (kind, recipient, subject, content, state, created_at)
                 VALUES ('added', $2, 's', '{}', 'sent', $1)",
        name: "recipient",
        kept: days(180),
        in_use: "INSERT INTO mail_message (kind, recipient, subject, content, state, created_at)
                 VALUES ('added', $2, 's', '{}', 'queued', $1)",
    },
    Aging {
        table: "session",
        insert: "INSERT INTO session (token_hash, user_id, created_at, last_used_at, expires_at, address, user_agent)
                 SELECT $3, MIN(u.id), $1, $1, MAX(s.expires_at), '127.0.0.1', $2 FROM user_account u, session s",
        name: "user_agent",
        kept: days(7),
        in_use: "",
    },
    Aging {
        table: "sign_in_attempt",
        insert: "INSERT INTO sign_in_attempt (subject, window_start, attempts) VALUES ($2, $1, 1)",
        name: "subject",
        kept: Duration::minutes(15),
        in_use: "",
    },
    Aging {
        table: "sign_in_throttle",
        insert: "INSERT INTO sign_in_throttle (subject, attempts, since, next_at) VALUES ($2, 1, $1, $1)",
        name: "subject",
        kept: days(1),
        in_use: "INSERT INTO sign_in_throttle (subject, attempts, since, next_at)
                 SELECT $2, 1, $1, MAX(last_used_at) FROM session",
    },
    Aging {
        table: "known_place",
        insert: "INSERT INTO known_place (user_id, place, last_used_at) SELECT MIN(id), $2, $1 FROM user_account",
        name: "place",
        kept: days(90),
        in_use: "",
    },
    // Expired, but used a moment ago.
    Aging {
        table: "session",
        insert: "INSERT INTO session (token_hash, user_id, created_at, last_used_at, expires_at, address, user_agent)
                 SELECT $3, MIN(u.id), $1, MAX(s.last_used_at), $1, '127.0.0.1', $2 FROM user_account u, session s",
        name: "user_agent",
        kept: Duration::zero(),
        in_use: "",
    },
];

async fn put(server: &TestServer, insert: &str, at: DateTime<Utc>, name: &str) {
    let statement: &'static str = Box::leak(insert.to_owned().into_boxed_str());
    let mut query = sql(statement).bind(at).bind(name.to_owned());
    if insert.contains("$3") {
        query = query.bind(name.as_bytes());
    }
    let mut tx = server.app.db.begin().await.unwrap();
    query.execute(&mut tx).await.unwrap_or_else(|error| panic!("{insert}: {error}"));
    tx.commit().await.unwrap();
}

async fn is_there(server: &TestServer, table: &Aging, name: &str) -> bool {
    let text = format!("SELECT COUNT(*) FROM {} WHERE {} = $1", table.table, table.name);
    let statement: &'static str = Box::leak(text.into_boxed_str());
    let query = sql(statement);
    let query =
        if table.name == "token_hash" { query.bind(name.as_bytes()) } else { query.bind(name.to_owned()) };
    let (rows,): (i64,) = query.fetch_one(&server.app.db).await.unwrap();
    assert!(rows <= 1);
    rows == 1
}

on_both_databases!(rows_go_when_they_are_old_and_not_earlier, |server| {
    server.set_up().await;
    // The times of the Owner's own rows are those of rows in use.
    let _owner = server.owner().await;
    let moment = Duration::minutes(1);
    let now = server.clock.now();
    for (number, table) in TABLES.iter().enumerate() {
        put(&server, table.insert, now - table.kept - moment, &format!("old{number}@example.com")).await;
        put(&server, table.insert, now - table.kept + moment, &format!("young{number}@example.com")).await;
        if !table.in_use.is_empty() {
            put(&server, table.in_use, now - table.kept - moment, &format!("used{number}@example.com")).await;
        }
    }
    run_housekeeping(&server.app).await.unwrap();
    for (number, table) in TABLES.iter().enumerate() {
        let there = async |what: &str| is_there(&server, table, &format!("{what}{number}@example.com")).await;
        let found = (there("old").await, there("young").await);
        assert_eq!(found, (false, true), "(old, young) of {}, number {number}", table.table);
        assert!(table.in_use.is_empty() || there("used").await, "{} in use", table.table);
    }
    // A minute past the younger rows' retention time, they are deleted as well.
    server.forward(moment + moment);
    run_housekeeping(&server.app).await.unwrap();
    for (number, table) in TABLES.iter().enumerate() {
        let young = is_there(&server, table, &format!("young{number}@example.com")).await;
        assert!(!young, "{}, number {number}", table.table);
    }
    server.stop_anyhow().await;
});
