//! The database: made if that was asked for. Its tables are the server's business, at its start.

use testkeep_domain::answers::DatabaseAnswers;
use testkeep_domain::config::DatabaseConfig;
use testkeep_store::probe::create_database;

use super::files::save_configuration;
use crate::control::read_config;
use crate::install::run::{Done, Run, StepError};

/// A database that was created stays when a later step fails: dropping one is never done unasked.
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
    save_configuration(run, DatabaseConfig::Postgresql(created.config)).await?;
    Ok(Done::with(message))
}

/// An earlier run got as far as writing a login that works.
async fn is_prepared(run: &Run<'_>) -> bool {
    let Ok(config) = read_config(&run.layout) else { return false };
    let (DatabaseConfig::Postgresql(written), DatabaseAnswers::Postgresql(asked)) =
        (&config.database, &run.answers.database)
    else {
        return false;
    };
    let is_own_login = written.user != asked.connection.user;
    is_own_login && testkeep_store::probe::probe(written, false).await.passed()
}
