//! The database layer: statements, migrations, two servers on one database.

use std::fmt::Write as _;

use sqlx::{Executor, SqlSafeStr};
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::{Clock, Secret};
use testkeep_store::{Db, migrate, sql};
use testkeep_tests::on_both_databases;
use testkeep_tests::postgres::{Postgres, USER};

use crate::statements::{Statement, statements};

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
