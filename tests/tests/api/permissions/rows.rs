//! All rows of the database that belong to an organization or to its people, in every table: people of another
//! organization must not be able to change them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::AssertSqlSafe;
use testkeep_store::Db;

/// Columns that name a scope, a person or a group.
const PLACES: [&str; 4] = ["scope_id", "organization_id", "team_id", "project_id"];
const PEOPLE: [&str; 3] = ["user_id", "invited_by", "actor_id"];
const GROUPS: [&str; 1] = ["group_id"];

/// The rows of one organization, by table.
pub(crate) type Rows = BTreeMap<String, Vec<Value>>;

pub(crate) async fn rows_of(db: &Db, organization_id: i64, domain: &str) -> Rows {
    let all = everything(db).await;
    let ids = |table: &str, is_ours: &dyn Fn(&Value) -> bool| -> BTreeSet<i64> {
        all[table].iter().filter(|row| is_ours(row)).filter_map(|row| row["id"].as_i64()).collect()
    };
    let is_inside = |row: &Value| row["organization_id"] == organization_id;
    let places = ids("scope", &|row| is_inside(row) || row["id"] == organization_id);
    let people = ids("user_account", &|row| row["email"].as_str().is_some_and(|text| text.contains(domain)));
    let groups = ids("user_group", &is_inside);
    let names = |row: &Value, columns: &[&str], ids: &BTreeSet<i64>| {
        columns.iter().any(|column| row[column].as_i64().is_some_and(|id| ids.contains(&id)))
    };
    let is_ours = |table: &str, row: &Value| {
        let own = table == "scope" && names(row, &["id"], &places);
        let addressed = row["email"].as_str().is_some_and(|text| text.contains(domain));
        own || addressed
            || names(row, &PLACES, &places)
            || names(row, &PEOPLE, &people)
            || names(row, &GROUPS, &groups)
    };
    let mut rows = Rows::new();
    for (table, content) in &all {
        rows.insert(table.clone(), content.iter().filter(|row| is_ours(table, row)).cloned().collect());
    }
    rows
}

/// Every table's rows as JSON objects, in a stable order.
async fn everything(db: &Db) -> Rows {
    let mut rows = Rows::new();
    for table in tables(db).await {
        let mut content: Vec<Value> = content(db, &table).await;
        content.sort_by_cached_key(ToString::to_string);
        rows.insert(table, content);
    }
    rows
}

async fn tables(db: &Db) -> Vec<String> {
    let (sqlite, postgres) = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'",
    );
    texts(db, sqlite, postgres).await
}

async fn content(db: &Db, table: &str) -> Vec<Value> {
    let mut sqlite = String::new();
    if matches!(db, Db::Sqlite { .. }) {
        let columns = texts(db, &format!("SELECT name FROM pragma_table_info('{table}')"), "").await;
        let pairs = columns.iter().map(|name| {
            format!("'{name}', CASE typeof(\"{name}\") WHEN 'blob' THEN hex(\"{name}\") ELSE \"{name}\" END")
        });
        let pairs: Vec<_> = pairs.collect();
        sqlite = format!("SELECT json_object({}) FROM \"{table}\"", pairs.join(", "));
    }
    let postgres = format!("SELECT CAST(to_jsonb(t) AS TEXT) FROM \"{table}\" t");
    let rows = texts(db, &sqlite, &postgres).await;
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// The single column of a statement, which has one text per database.
async fn texts(db: &Db, sqlite: &str, postgres: &str) -> Vec<String> {
    match db {
        Db::Sqlite { read, .. } => {
            sqlx::query_scalar(AssertSqlSafe(sqlite.to_owned())).fetch_all(read).await.unwrap()
        }
        Db::Postgres(pg) => {
            sqlx::query_scalar(AssertSqlSafe(postgres.to_owned())).fetch_all(pg.pool()).await.unwrap()
        }
    }
}
