//! Query plans of every statement of the store, with 100,000 rows in each table that grows with use.
//!
//! A statement may read such a table by an index alone. On SQLite, which keeps a plan for all values, a page may not sort the
//! rows of such a table. Exceptions are listed with their reason.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, Row};
use testkeep_store::Db;
use testkeep_store::postgres::Pg;
use testkeep_tests::many_rows::fill_all;
use testkeep_tests::on_both_databases;

use crate::statements::{Statement, statements};

const ROWS: i64 = 100_000;

/// Tables that grow with use.
const LARGE: [&str; 24] = [
    "user_account",
    "member",
    "removed_member",
    "invitation",
    "mail_message",
    "audit_event",
    "audit_event_text",
    "session",
    "api_key",
    "password_reset",
    "known_place",
    "sign_in_attempt",
    "sign_in_throttle",
    "job",
    "license_assignment",
    "license_machine",
    "license_session",
    "license_denial",
    "license_hour",
    "execution",
    "execution_file",
    "test_case",
    "test_result",
    "upload_slot",
];

/// Parts of statements that may read a large table whole, or sort many rows of it, with the reason.
const ALLOWED: [(&str, &str); 20] = [
    ("CASE WHEN NOT", "a list whose length a quota or an organization limits"),
    ("LIMIT $4) counted", "a filter may fit few rows; counted up to 10,000"),
    ("ORDER BY kind DESC, until, id LIMIT", "the seats of one product; its quota limits them"),
    ("state IN ('queued', 'handing_over')", "open mails alone, by an index of these"),
    ("GROUP BY r.error_key", "the failures of one execution, by an index of these"),
    ("ORDER BY id DESC LIMIT 100) x", "the last 100 executions"),
    ("ORDER BY r.test_case_id, r.id DESC", "the last runs of at most 500 test cases"),
    ("LIMIT $8) counted", "a filter may fit few rows; counted up to 10,000"),
    ("AND name NOT IN (SELECT value ->> 0", "jobs that are not parked, of an older version's kinds"),
    (
        "INSERT INTO license_count (organization_id, product, in_use, assigned, machines)\n         SELECT x.",
        "at start",
    ),
    ("UPDATE job SET claimed_until = NULL WHERE claimed_until IS NOT NULL", "at start"),
    ("SELECT COUNT(*) - COUNT(parked_at)", "metrics; parked jobs are deleted after a while"),
    ("UPDATE job SET\n", "housekeeping; parked jobs are deleted after a while"),
    ("UPDATE job SET claimed_until = $1 WHERE claimed_until > $1", "housekeeping"),
    ("UPDATE session SET\n", "housekeeping; sessions end after a week without use"),
    ("UPDATE user_account SET last_", "housekeeping; 100,000 people take 10 ms"),
    ("UPDATE member SET last_access_at", "housekeeping; 100,000 people take 10 ms"),
    ("UPDATE api_key SET last_used_at = $1 WHERE", "housekeeping; a person has few keys"),
    ("UPDATE license_assignment SET last_used_at = $1", "housekeeping; a quota limits assignments"),
    ("UPDATE license_session SET\n             renewed_at = CASE", "housekeeping; live sessions alone"),
];

/// The large tables that a statement names, and their aliases.
fn large_tables(statement: &str) -> BTreeSet<&str> {
    let words: Vec<&str> =
        statement.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    let mut tables = BTreeSet::new();
    for (index, pair) in words.windows(2).enumerate() {
        if ["FROM", "JOIN", "UPDATE", "INTO"].contains(&pair[0]) && LARGE.contains(&pair[1]) {
            tables.insert(pair[1]);
            let after = words[index + 2..].iter().find(|word| **word != "AS");
            tables.extend(after.filter(|word| word.chars().all(char::is_lowercase)));
        }
    }
    tables
}

async fn plan_on_sqlite(db: &sqlx::SqlitePool, statement: &str) -> Vec<String> {
    let rows =
        sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"))).fetch_all(db).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

/// Reads a large table whole, or sorts.
fn is_slow_on_sqlite(line: &str, statement: &str) -> bool {
    let tables = large_tables(statement);
    let scanned = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
    // An index that is read in its order ends with the page.
    let stops = line.contains(" USING ") && statement.contains("LIMIT");
    // Without a limit, all rows that are sorted are also returned.
    let sorts = line.contains("USE TEMP B-TREE FOR ORDER BY") && statement.contains("LIMIT");
    scanned.is_some_and(|name| tables.contains(name) && !stops) || sorts && !tables.is_empty()
}

/// The plan for unknown values, with every index that can be used.
async fn plan_on_postgres(pg: &Pg, statement: &str) -> Vec<String> {
    let mut connection = pg.pool().acquire().await.unwrap();
    let count = (1..=99).rev().find(|number| statement.contains(&format!("${number}"))).unwrap_or(0);
    let values = if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
    let prepare = format!(
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; PREPARE explained AS {statement}"
    );
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let explain = format!("EXPLAIN EXECUTE explained{values}");
    let rows = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await;
    sqlx::raw_sql("DEALLOCATE explained; RESET plan_cache_mode; RESET enable_seqscan")
        .execute(&mut *connection)
        .await
        .unwrap();
    rows.unwrap().iter().map(|row| row.get::<String, _>(0)).collect()
}

fn is_slow_on_postgres(line: &str, _statement: &str) -> bool {
    LARGE.iter().any(|table| line.contains(&format!("Seq Scan on {table} ")))
}

on_both_databases!(every_statement_reads_large_tables_by_an_index, |server| {
    server.set_up().await;
    server.owner().await.organization("Compilers").await;
    fill_all(&server.app.db, ROWS).await;
    let mut problems = String::new();
    let mut unneeded: BTreeSet<&str> = ALLOWED.iter().map(|(part, _)| *part).collect();
    let explained = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"];
    let is_explained = |it: &Statement| explained.iter().any(|word| it.sqlite.trim_start().starts_with(word));
    for Statement { sqlite, postgres } in statements().into_iter().filter(is_explained) {
        let (text, plan, is_slow): (_, _, fn(&str, &str) -> bool) = match &server.app.db {
            Db::Sqlite { read, .. } => (&sqlite, plan_on_sqlite(read, &sqlite).await, is_slow_on_sqlite),
            Db::Postgres(pg) => (&postgres, plan_on_postgres(pg, &postgres).await, is_slow_on_postgres),
        };
        if !plan.iter().any(|line| is_slow(line, text)) {
            continue;
        }
        let allowed: Vec<&str> =
            ALLOWED.iter().map(|(part, _)| *part).filter(|part| text.contains(part)).collect();
        unneeded.retain(|part| !allowed.contains(part));
        if allowed.is_empty() {
            writeln!(problems, "{text}\n  {}\n", plan.join("\n  ")).unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
    let on_sqlite = matches!(server.app.db, Db::Sqlite { .. });
    assert!(!on_sqlite || unneeded.is_empty(), "exceptions that no statement needs: {unneeded:?}");
    server.stop_leaving(0, ROWS).await;
});
