//! Query plans of every statement of the store, with 100,000 rows in each table that grows with use.
//!
//! A statement may read such a table by an index alone, and may sort only what an index has made few. Exceptions are
//! listed with their reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, Row};
use testkeep_store::Db;
use testkeep_store::postgres::Pg;
use testkeep_tests::many_rows::fill_all;
use testkeep_tests::on_both_databases;

use crate::statements::{Statement, statements};

/// Tables that grow with use.
const LARGE: [&str; 19] = [
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
];

/// Parts of statements that may read a large table whole, or sort many rows.
const ALLOWED: [(&str, &str); 0] = [];

/// Alias → table.
fn tables(statement: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> =
        statement.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    let mut tables = BTreeMap::new();
    for (index, pair) in words.windows(2).enumerate() {
        if ["FROM", "JOIN", "UPDATE", "INTO"].contains(&pair[0]) && LARGE.contains(&pair[1]) {
            let after: Vec<&str> =
                words[index + 2..].iter().copied().filter(|word| *word != "AS").take(1).collect();
            tables.insert(pair[1].to_owned(), pair[1].to_owned());
            if let Some(alias) = after.first().filter(|word| word.chars().all(char::is_lowercase)) {
                tables.insert((*alias).to_owned(), pair[1].to_owned());
            }
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
    let tables = tables(statement);
    let scanned = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
    // An index that is read in its order ends with the page.
    let stops = line.contains(" USING ") && statement.contains("LIMIT");
    scanned.is_some_and(|name| tables.contains_key(name) && !stops)
        || line.contains("USE TEMP B-TREE FOR ORDER BY") && !tables.is_empty()
}

/// The plan that holds for all values of the parameters.
async fn plan_on_postgres(pg: &Pg, statement: &str) -> Vec<String> {
    let mut connection = pg.pool().acquire().await.unwrap();
    let count = (1..=99).rev().find(|number| statement.contains(&format!("${number}"))).unwrap_or(0);
    let values = if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
    let prepare = format!("SET plan_cache_mode = force_generic_plan; PREPARE explained AS {statement}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let explain = format!("EXPLAIN EXECUTE explained{values}");
    let rows = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await;
    sqlx::raw_sql("DEALLOCATE explained").execute(&mut *connection).await.unwrap();
    rows.unwrap().iter().map(|row| row.get::<String, _>(0)).collect()
}

fn is_slow_on_postgres(line: &str, _statement: &str) -> bool {
    LARGE.iter().any(|table| line.contains(&format!("Seq Scan on {table} ")))
}

on_both_databases!(every_statement_reads_large_tables_by_an_index, |server| {
    server.set_up().await;
    server.owner().await.organization("Compilers").await;
    fill_all(&server.app.db, 100_000).await;
    let mut problems = String::new();
    for Statement { sqlite, postgres } in statements() {
        let (text, plan, is_slow): (_, _, fn(&str, &str) -> bool) = match &server.app.db {
            Db::Sqlite { read, .. } => (&sqlite, plan_on_sqlite(read, &sqlite).await, is_slow_on_sqlite),
            Db::Postgres(pg) => (&postgres, plan_on_postgres(pg, &postgres).await, is_slow_on_postgres),
        };
        let allowed = ALLOWED.iter().any(|(part, _)| text.contains(part));
        if !allowed && plan.iter().any(|line| is_slow(line, text)) {
            writeln!(problems, "{text}\n  {}\n", plan.join("\n  ")).unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
    server.stop().await;
});
