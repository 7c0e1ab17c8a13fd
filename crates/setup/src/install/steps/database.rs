//! Creates the database if the answers request it. Its tables are created by the server when it starts.

use testkeep_domain::answers::DatabaseAnswers;
use testkeep_domain::config::DatabaseConfig;
use testkeep_store::probe::create_database;

use super::configuration::{own_login, save_configuration};
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
