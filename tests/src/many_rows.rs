//! Tables with very many rows, for lists that must stay fast.

use testkeep_store::{Db, sql};

/// Writes `rows` people, invitations, mails, events, executions, test cases and results.
pub async fn fill(db: &Db, rows: i64) {
    write(db, rows, &FILL).await;
}

/// As [`fill`], and the same number of rows in every other table that grows with use. There must be an organization.
pub async fn fill_all(db: &Db, rows: i64) {
    write(db, rows, &[&FILL[..], &FILL_REST].concat()).await;
}

async fn write(db: &Db, rows: i64, statements: &[&str]) {
    let mut tx = db.begin().await.expect("a transaction");
    let (numbers, bytes, time) = match db {
        Db::Sqlite { .. } => (
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ROWS)",
            "BLOB",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', 1767225600 + n, 'unixepoch')",
        ),
        Db::Postgres(_) => (
            "WITH n (n) AS (SELECT * FROM generate_series(1, ROWS))",
            "BYTEA",
            "to_timestamp(1767225600 + n)",
        ),
    };
    for statement in statements {
        let text = format!("{} {statement}", numbers.replace("ROWS", &rows.to_string()))
            .replace("PEOPLE", "user_account u JOIN n ON u.email = 'crowd' || n || '@example.com'")
            .replace("ORGANIZATION", "(SELECT MIN(id) FROM scope WHERE level = 'organization')")
            .replace("BYTES", bytes)
            .replace("TIME", time);
        // `sql` needs static text; tests may leak some.
        let text: &'static str = Box::leak(text.into_boxed_str());
        sql(text).execute(&mut tx).await.expect("rows");
    }
    tx.commit().await.expect("a commit");
    analyze(db).await;
}

/// `n` stands for the numbers of the rows. PostgreSQL runs the statements unchanged.
const FILL: [&str; 9] = [
    "INSERT INTO user_account (email, password, password_encrypted, first_name, last_name, created_at, folded_name,
        folded_email)
     SELECT 'crowd' || n || '@example.com', 'none', TRUE, 'Crowd', CAST(n AS TEXT), TIME,
        'crowd ' || n, 'crowd' || n || '@example.com' FROM n",
    "INSERT INTO member (scope_id, user_id, role, joined_at, folded_name, folded_email, last_access_at)
     SELECT 1, u.id, 'member', TIME, u.folded_name, u.folded_email, TIME
     FROM user_account u JOIN n ON u.email = 'crowd' || n || '@example.com'",
    "INSERT INTO removed_member (scope_id, user_id, role, removed_at, removed_by, folded_name, folded_email)
     SELECT 1, u.id, 'member', TIME, 'console', u.folded_name, u.folded_email
     FROM user_account u JOIN n ON u.email = 'crowd' || n || '@example.com'",
    "INSERT INTO invitation (scope_id, email, folded_email, invited_by, created_at, expires_at, nonce, token_hash)
     SELECT 1, 'new' || n || '@example.com', 'new' || n || '@example.com', 1, TIME,
        TIME, CAST('x' AS BYTES), CAST(CAST(n AS TEXT) AS BYTES) FROM n",
    "INSERT INTO mail_message (kind, recipient, subject, content, state, attempts, created_at, folded_text)
     SELECT 'test', 'new' || n || '@example.com', 'Hello', '', 'sent', 1, TIME, 'hello' FROM n",
    "INSERT INTO audit_event (number, at, actor, action, level, scope_id, target_kind, target_name, details, hash)
     SELECT 1000000 + n, TIME, 'console', 'update_account', 'account', 1, 'account', 'x', '{}',
        CAST('x' AS BYTES) FROM n",
    // The id 1 is the account; no statement minds that it is no project. An execution has up to 1,000 results.
    "INSERT INTO execution (project_id, number, name, folded_text, state, created_at, changed_at)
     SELECT 1, n, 'nightly', 'nightly', 'done', TIME, TIME FROM n",
    "INSERT INTO test_case (project_id, identity, suite, name, folded_name, outcome, history, durations, result_count,
        last_run_at)
     SELECT 1, 'case ' || n, 's', 'case ' || n, 'case ' || n, 'passed', 'P', '1', 1, TIME FROM n",
    "INSERT INTO test_result (execution_id, test_case_id, run, outcome, flaky, duration_ms, started_at, text_at, text_size)
     SELECT e.id, c.id, 1, 'passed', FALSE, n, TIME, 0, 0
     FROM n JOIN test_case c ON c.project_id = 1 AND c.identity = 'case ' || n
     JOIN execution e ON e.project_id = 1 AND e.number = 1 + n / 1000",
];

/// Of the tables that no list shows. `ORGANIZATION` stands for the oldest organization, `u` for the person of a row.
const FILL_REST: [&str; 15] = [
    "INSERT INTO session (token_hash, user_id, created_at, last_used_at, expires_at, address, user_agent)
     SELECT CAST('session' || n AS BYTES), u.id, TIME, TIME, TIME, '10.0.0.1', 'x' FROM PEOPLE",
    "INSERT INTO api_key (user_id, name, start, token_hash, created_at)
     SELECT u.id, 'x', 'tkk_1234', CAST('key' || n AS BYTES), TIME FROM PEOPLE",
    "INSERT INTO password_reset (user_id, nonce, token_hash, created_at, expires_at)
     SELECT u.id, CAST('x' AS BYTES), CAST('reset' || n AS BYTES), TIME, TIME FROM PEOPLE",
    "INSERT INTO known_place (user_id, place, last_used_at) SELECT u.id, '10.0.0.1', TIME FROM PEOPLE",
    "INSERT INTO sign_in_attempt (subject, window_start, attempts) SELECT 'x' || n, TIME, 1 FROM n",
    "INSERT INTO sign_in_throttle (subject, attempts, since, next_at) SELECT 'x' || n, 1, TIME, TIME FROM n",
    "INSERT INTO job (name, payload, run_at, created_at, parked_at) SELECT 'x', '{}', TIME, TIME, TIME FROM n",
    "INSERT INTO license_assignment (organization_id, product, user_id, assigned_by, assigned_at)
     SELECT ORGANIZATION, 'KSE', u.id, 'x', TIME FROM PEOPLE",
    "INSERT INTO license_machine (organization_id, product, machine_key, hostname, user_id, registered_at, last_seen_at)
     SELECT ORGANIZATION, 'KSE', 'machine' || n, 'host' || n, u.id, TIME, TIME FROM PEOPLE",
    "INSERT INTO license_session (organization_id, product, package, user_id, machine_key, session_key, hostname,
        client_version, kind, takes_seat, started_at, renewed_at, expires_at, ended_at, end_reason)
     SELECT ORGANIZATION, 'KRE', 'ENGINE', u.id, 'machine' || n, 'session' || n, 'host' || n, '1', 'online', TRUE, TIME,
        TIME, TIME, TIME, 'released' FROM PEOPLE",
    "INSERT INTO license_denial (organization_id, product, user_id, machine_key, first_at, last_at, attempts, short_by)
     SELECT ORGANIZATION, 'KRE', u.id, 'machine' || n, TIME, TIME, 1, 1 FROM PEOPLE",
    "INSERT INTO license_return (kind, product, holder, period, returned)
     SELECT 'machine', 'KRE', 'machine ' || n, TIME, 1 FROM n",
    "INSERT INTO license_hour (organization_id, product, hour, peak) SELECT n, 'KRE', TIME, 1 FROM n",
    "INSERT INTO execution_file (execution_id, name, media_type, size, hash, place, kind)
     SELECT e.id, 'x', 'text/plain', 1, '', '1/x', 'upload' FROM n JOIN execution e ON e.project_id = 1 AND e.number = n",
    "INSERT INTO upload_slot (project_id, user_id, token_hash, created_at, expires_at)
     SELECT 1, u.id, CAST('slot' || n AS BYTES), TIME, TIME FROM PEOPLE",
];

/// Both databases do this by themselves after a while.
async fn analyze(db: &Db) {
    match db {
        Db::Sqlite { write, .. } => drop(sqlx::raw_sql("PRAGMA optimize").execute(write).await),
        Db::Postgres(pg) => drop(sqlx::raw_sql("ANALYZE").execute(pg.pool()).await),
    }
}
