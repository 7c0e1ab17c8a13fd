//! Creates the database if the answers request it. Its tables are created by the server when it starts.

use testkeep_domain::answers::{DatabaseAnswers, PostgresAnswers};
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_domain::jdbc::JdbcUrl;
use testkeep_store::probe::{DEFAULT_DATABASE, create_database};

use super::files::save_configuration;
use crate::control::read_config;
use crate::install::journal::Undo;
use crate::install::run::{Done, Run, StepError};

/// A created database stays when a later step fails: a database is never dropped without a request.
pub(super) async fn prepare(run: &mut Run<'_>) -> Result<Done, StepError> {
    let postgres = match &run.answers.database {
        DatabaseAnswers::BuiltIn => return Ok(Done::skipped("The built-in database needs no preparation")),
        DatabaseAnswers::Postgresql(postgres) if !postgres.create => {
            return Ok(Done::skipped("The database is used as it is"));
        }
        DatabaseAnswers::Postgresql(postgres) => postgres,
    };
    if is_prepared(run).await {
        return Ok(Done::skipped("Created by an earlier run"));
    }
    let created =
        create_database(&postgres.connection).await.map_err(|error| StepError::Failed(error.to_string()))?;
    let message = match (&created.role, created.database_created) {
        (Some(role), _) => format!("Created the database and its own login {role}"),
        (None, true) => "Created the database".to_owned(),
        (None, false) => "The database was there".to_owned(),
    };
    if created.database_created {
        run.journal.note(Undo::Stays(stays(created.role.as_deref())));
    }
    save_configuration(run, DatabaseConfig::Postgresql(created.config)).await?;
    Ok(Done::with(message))
}

fn stays(role: Option<&str>) -> String {
    let login = role.map(|role| format!(" and its login {role}")).unwrap_or_default();
    format!(
        "The new PostgreSQL database{login} stays, because a database is never dropped unasked. Drop it if you do not install again."
    )
}

/// Whether an earlier run already wrote a working login.
async fn is_prepared(run: &Run<'_>) -> bool {
    match own_login(run) {
        Some(login) => testkeep_store::probe::probe(&login, false).await.passed(),
        None => false,
    }
}

/// The login that an earlier run created for this database, from the configuration it wrote.
pub(super) fn own_login(run: &Run<'_>) -> Option<PostgresConfig> {
    let DatabaseAnswers::Postgresql(PostgresAnswers { connection: asked, .. }) = &run.answers.database else {
        return None;
    };
    let DatabaseConfig::Postgresql(written) = read_config(&run.layout).ok()?.database else { return None };
    let (asked_url, written_url) =
        (JdbcUrl::parse(&asked.jdbc_url).ok()?, JdbcUrl::parse(&written.jdbc_url).ok()?);
    let database = asked_url.database.as_deref().unwrap_or(DEFAULT_DATABASE);
    let same_place =
        asked_url.hosts == written_url.hosts && written_url.database.as_deref() == Some(database);
    (same_place && written.user != asked.user && !written.user.is_empty()).then_some(written)
}
