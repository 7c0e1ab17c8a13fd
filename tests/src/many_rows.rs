//! Tables with very many rows, for lists that must stay fast.

use testkeep_store::{Db, sql};

/// Writes `rows` people, invitations, mails and events.
pub async fn fill(db: &Db, rows: i64) {
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
    for statement in FILL {
        let text = format!("{} {statement}", numbers.replace("ROWS", &rows.to_string()))
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
const FILL: [&str; 6] = [
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
];

/// Both databases do this by themselves after a while.
async fn analyze(db: &Db) {
    match db {
        Db::Sqlite { write, .. } => drop(sqlx::raw_sql("PRAGMA optimize").execute(write).await),
        Db::Postgres(pg) => drop(sqlx::raw_sql("ANALYZE").execute(pg.pool()).await),
    }
}
