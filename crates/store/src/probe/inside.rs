//! The steps of the test after the login: the database itself, rights, version, contents.

use sqlx::{Connection, PgConnection};
use testkeep_domain::Level;

use super::Good;
use crate::postgres::{Problem, Stage, Target};

/// Version 9.6, in the form of `server_version_num`.
const OLDEST: i32 = 90_600;

pub(super) async fn database(connection: &mut PgConnection, target: &Target) -> Result<Good, Problem> {
    let (encoding,): (String,) = sqlx::query_as("SELECT current_setting('server_encoding')")
        .persistent(false)
        .fetch_one(connection)
        .await
        .map_err(|error| failed(Stage::Database, &error))?;
    let database = target.database();
    if encoding == "UTF8" {
        return Ok(Good::ok(format!("Database “{database}” exists.")));
    }
    let message = format!(
        "Database “{database}” keeps text as {encoding}, which cannot hold every name. Create one with ENCODING 'UTF8'."
    );
    Err(Problem::new(Stage::Database, "encoding", message))
}

pub(super) async fn rights(connection: &mut PgConnection, target: &Target) -> Result<Good, Problem> {
    let failed = |error: sqlx::Error| failed(Stage::Rights, &error);
    let (schema,): (Option<String>,) = sqlx::query_as("SELECT CAST(current_schema() AS TEXT)")
        .persistent(false)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let user = target.user();
    let Some(schema) = schema else {
        let wanted = target.url().parameters.current_schema.as_deref().unwrap_or("public");
        let message = format!(
            "There is no schema “{wanted}” that “{user}” may use. Run in the database: CREATE SCHEMA … AUTHORIZATION …, or correct currentSchema."
        );
        return Err(Problem::new(Stage::Rights, "schema_missing", message));
    };
    let mut transaction = connection.begin().await.map_err(failed)?;
    let created = sqlx::query("CREATE TABLE testkeep_rights_test (id BIGSERIAL PRIMARY KEY)")
        .persistent(false)
        .execute(&mut *transaction)
        .await;
    transaction.rollback().await.map_err(failed)?;
    let Err(error) = created else {
        return Ok(Good::ok(format!("“{user}” may create tables in schema “{schema}”.")));
    };
    let code = error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    Err(match code.as_deref() {
        Some("42501") => Problem::new(
            Stage::Rights,
            "no_create_right",
            format!(
                "“{user}” may not create tables in schema “{schema}”. As the schema's owner run: GRANT USAGE, CREATE ON SCHEMA … TO …."
            ),
        ),
        Some("25006") => Problem::new(
            Stage::Rights,
            "read_only",
            format!(
                "This server only reads (a standby, or default_transaction_read_only is on). Name the primary server, or add targetServerType=primary to a URL with several hosts. {error}."
            ),
        ),
        _ => failed(error),
    })
}

pub(super) async fn version(connection: &mut PgConnection) -> Result<(String, Good), Problem> {
    let (number, text): (i32, String) = sqlx::query_as(
        "SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('server_version')",
    )
    .persistent(false)
    .fetch_one(connection)
    .await
    .map_err(|error| failed(Stage::Version, &error))?;
    let version = text.split(' ').next().unwrap_or_default().to_owned();
    if number < OLDEST {
        let message = format!("PostgreSQL {version} is too old. Upgrade the server to 9.6 or newer.");
        return Err(Problem::new(Stage::Version, "too_old", message));
    }
    let good = Good::ok(format!("PostgreSQL {version}."));
    Ok((version, good))
}

/// Whether the database is empty, contains Testkeep's tables or other tables. Tables of extensions do not count.
pub(super) async fn contents(connection: &mut PgConnection, target: &Target) -> Result<Good, Problem> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c
         WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
           AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
           AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_class'::regclass
                           AND d.objid = c.oid AND d.deptype = 'e')
         ORDER BY c.relname LIMIT 1000",
    ).persistent(false)
    .fetch_all(connection)
    .await
    .map_err(|error| failed(Stage::Contents, &error))?;
    let tables: Vec<String> = rows.into_iter().map(|(table,)| table).collect();
    let has = |name: &str| tables.iter().any(|table| table == name);
    let database = target.database();
    if tables.is_empty() {
        return Ok(Good::new(Level::Ok, "empty", format!("Database “{database}” is empty.")));
    }
    if has("schema_migration") && (has("user_account") || tables.len() == 1) {
        let message = format!("Database “{database}” holds Testkeep's tables; they are kept and used.");
        return Ok(Good::new(Level::Info, "ours", message));
    }
    let some: Vec<&str> = tables.iter().take(3).map(String::as_str).collect();
    let more = if tables.len() > 3 { ", …" } else { "" };
    let message = format!(
        "Database “{database}” holds tables that are not Testkeep's: {}{more}. Choose an empty database, or let setup create one.",
        some.join(", ")
    );
    Err(Problem::new(Stage::Contents, "foreign_tables", message))
}

fn failed(stage: Stage, error: &sqlx::Error) -> Problem {
    Problem::new(
        stage,
        "failed",
        format!("The database could not be asked: {error}. Check the server's log."),
    )
}
