//! The database layer: statements, migrations, two servers on one database.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sqlx::{Executor, SqlSafeStr};
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::{Clock, Secret};
use testkeep_store::{Db, migrate, sql};
use testkeep_tests::on_both_databases;
use testkeep_tests::postgres::{Postgres, USER};

/// A statement of the store, in the text of both databases.
struct Statement {
    sqlite: String,
    postgres: String,
}

/// Every literal inside `sql("…")` of the store, and inside the `.on_postgres("…")` after it.
fn statements() -> Vec<Statement> {
    let mut files = Vec::new();
    collect_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/store/src")), &mut files);
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let texts = text.split("sql(").skip(1).filter_map(|rest| {
            let (statement, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            let other = rest.split_once(".on_postgres(").and_then(|(_, rest)| {
                rest.trim_start().strip_prefix('"')?.split_once('"').map(|(statement, _)| statement)
            });
            // A `PRAGMA` exists only in the built-in database.
            (statement != "…" && !statement.starts_with("PRAGMA ")).then(|| Statement {
                sqlite: statement.to_owned(),
                postgres: other.unwrap_or(statement).to_owned(),
            })
        });
        found.extend(texts);
    }
    let lists = texts_of(&files).matches("orders! {").count();
    let by_order = testkeep_store::statements::statements_by_order();
    assert!(by_order.len() >= 2 * lists, "statements_by_order lacks a list");
    found.extend(by_order.into_iter().map(|text| Statement { sqlite: text.into(), postgres: text.into() }));
    let contains = |part: &str| found.iter().any(|statement| statement.postgres.contains(part));
    assert!(contains("license_session"), "folders are searched too");
    assert!(contains("SKIP LOCKED"), "other words for PostgreSQL are found too");
    assert!(found.len() > 150, "the search for statements found only {}", found.len());
    found
}

fn texts_of(files: &[PathBuf]) -> String {
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn collect_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

on_both_databases!(every_statement_can_be_prepared, |server| {
    let mut problems = String::new();
    for Statement { sqlite, postgres } in statements() {
        let (text, prepared) = match &server.app.db {
            Db::Sqlite { read, .. } => {
                let prepared = read.prepare(sqlx::AssertSqlSafe(sqlite.clone()).into_sql_str()).await;
                (sqlite, prepared.map(drop))
            }
            Db::Postgres(pg) => {
                let prepared = pg.pool().prepare(sqlx::AssertSqlSafe(postgres.clone()).into_sql_str()).await;
                (postgres, prepared.map(drop))
            }
        };
        if let Err(error) = prepared {
            writeln!(problems, "{error}\n  in {text}").unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_migrate_once() {
    let postgres = Postgres::shared();
    let config = PostgresConfig {
        jdbc_url: postgres.jdbc_url(&postgres.create_database()),
        user: USER.into(),
        password: Secret::default(),
    };
    let now = Clock::system().now();
    let starts = (0..8).map(|_| async {
        let db = Db::Postgres(testkeep_store::postgres::connect(&config, 2).await.unwrap());
        migrate::migrate(&db, now).await.unwrap()
    });
    let applied: usize = futures_util::future::join_all(starts).await.into_iter().sum();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations")).unwrap().count();
    assert_eq!(applied, files);
}

on_both_databases!(a_newer_database_is_refused, |server| {
    let mut tx = server.app.db.begin().await.unwrap();
    sql(
        "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES (9999, 'future', 'x', $1)",
    )
    .bind(server.clock.now())
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let refused = migrate::migrate(&server.app.db, server.clock.now()).await.unwrap_err().to_string();
    assert!(refused.contains("newer Testkeep"), "{refused}");
    server.stop().await;
});

on_both_databases!(a_changed_migration_is_refused, |server| {
    let mut tx = server.app.db.begin().await.unwrap();
    sql("UPDATE schema_migration SET checksum = 'x' WHERE version = 1").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let refused = migrate::migrate(&server.app.db, server.clock.now()).await.unwrap_err().to_string();
    assert!(refused.contains("0001_accounts"), "{refused}");
    server.stop().await;
});
