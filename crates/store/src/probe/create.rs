//! Creates the database of the URL and, if the login may create roles, a role with minimal rights that owns it.
//!
//! May run again after it was killed: it then keeps the database and gives the role a new password. Must never take
//! over a database or a role that it did not create. Roles that it creates have a comment by which it recognizes them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::{Level, Secret};

use super::Good;
use crate::postgres::choice::{Chosen, choose};
use crate::postgres::{Problem, Stage, Target};

/// The name of the database that is created when the URL names none.
pub const DEFAULT_DATABASE: &str = "kit";

/// Databases that exist on every PostgreSQL server, for the login before our database exists.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];
const LONGEST_NAME: usize = 63;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The configuration that the server must use from now on.
    pub config: PostgresConfig,
    /// `false`: the database existed already.
    pub database_created: bool,
    /// The role that got a new password; `config` contains it.
    pub role: Option<String>,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum CreateError {
    #[error("{}", .0.message)]
    Connect(Problem),
    #[error("{}", .0.message)]
    NotAllowed(Problem),
    #[error(
        "Role “{0}” exists and was not made by Testkeep. Drop it, or name it as user and do not let setup create the database."
    )]
    ForeignRole(String),
    #[error("The new role was made, but the server does not accept it: {} Correct that and run setup again.", .0.message)]
    NewRoleRefused(Problem),
    #[error("The database could not be created: {0}. Check the server's log and run setup again.")]
    Statement(String),
}

impl From<sqlx::Error> for CreateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Statement(error.to_string())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Create the database. Its owner is `role`; `None`: the login itself.
    Create {
        role: Option<String>,
    },
    /// The database exists, and its owner is a role that this module created.
    NewPassword {
        role: String,
    },
    /// The database exists and stays unchanged.
    Keep,
    NotAllowed,
}

/// Creates the URL's database ([`DEFAULT_DATABASE`] if the URL names none) unless it exists.
///
/// # Errors
/// The login does not work or may not create databases; a name is taken; the new role cannot log in.
pub async fn create_database(config: &PostgresConfig) -> Result<Created, CreateError> {
    let target = target(config).map_err(CreateError::Connect)?;
    let (mut chosen, plan) = plan(&target).await.map_err(CreateError::Connect)?;
    let connection = &mut chosen.connection;
    let (role, database_created) = match plan {
        Plan::NotAllowed => return Err(CreateError::NotAllowed(not_allowed(&target))),
        Plan::Keep => (None, false),
        Plan::NewPassword { role } => (Some(role), false),
        Plan::Create { role } => (role, true),
    };
    let login = match role {
        Some(role) => {
            let password = random_password().map_err(CreateError::Statement)?;
            give_password(connection, &role, target.database(), &password).await?;
            Some((role, password))
        }
        None => None,
    };
    if database_created {
        create(connection, target.database(), login.as_ref().map(|(role, _)| role.as_str())).await?;
    }
    let created = Created {
        config: configuration(config, &target, login.clone()),
        database_created,
        role: login.map(|(role, _)| role),
    };
    if created.role.is_some() {
        let target = Target::new(&created.config).map_err(CreateError::Connect)?;
        choose(&target, target.hosts())
            .await
            .map_err(|problems| CreateError::NewRoleRefused(Problem::of_several(problems)))?;
    }
    Ok(created)
}

fn target(config: &PostgresConfig) -> Result<Target, Problem> {
    let target = Target::new(config)?;
    let database = target.url().database.clone().unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
    Ok(target.with_database(&database))
}

/// The configuration for the server: its URL names the database and contains no login.
fn configuration(
    config: &PostgresConfig,
    target: &Target,
    login: Option<(String, Secret)>,
) -> PostgresConfig {
    match login {
        Some((user, password)) => PostgresConfig {
            jdbc_url: target.url().for_login_elsewhere(target.database()).to_url(),
            user,
            password,
        },
        None if target.url().database.is_some() => config.clone(),
        None => PostgresConfig {
            jdbc_url: target.url().for_login_elsewhere(target.database()).to_url(),
            ..config.clone()
        },
    }
}

/// Logs in to a maintenance database and decides what to create.
pub(crate) async fn plan(target: &Target) -> Result<(Chosen, Plan), Problem> {
    let mut problem = None;
    for database in MAINTENANCE {
        match choose(&target.with_database(database), target.hosts()).await {
            Ok(mut chosen) => {
                let plan =
                    find_plan(&mut chosen.connection, target).await.map_err(|error| asking_failed(&error))?;
                return Ok((chosen, plan));
            }
            Err(problems) => {
                problem.get_or_insert(Problem::of_several(problems));
            }
        }
    }
    Err(problem.unwrap_or_else(|| not_allowed(target)))
}

fn asking_failed(error: &sqlx::Error) -> Problem {
    Problem::new(Stage::Database, "failed", format!("The server could not be asked: {error}. Check its log."))
}

async fn find_plan(connection: &mut PgConnection, target: &Target) -> Result<Plan, sqlx::Error> {
    let (may_create_databases, may_create_roles): (bool, bool) = sqlx::query_as(
        "SELECT rolcreatedb OR rolsuper, rolcreaterole OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user",
    ).persistent(false)
    .fetch_one(&mut *connection)
    .await?;
    let (exists,): (bool,) =
        sqlx::query_as("SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1)")
            .persistent(false)
            .bind(target.database())
            .fetch_one(&mut *connection)
            .await?;
    Ok(match exists {
        true if may_create_roles && owned_by_our_role(connection, target.database()).await? => {
            Plan::NewPassword { role: role_name(target.database()) }
        }
        true => Plan::Keep,
        false if may_create_databases => {
            Plan::Create { role: may_create_roles.then(|| role_name(target.database())) }
        }
        false => Plan::NotAllowed,
    })
}

async fn owned_by_our_role(connection: &mut PgConnection, database: &str) -> Result<bool, sqlx::Error> {
    let (ours,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
         WHERE d.datname = $1 AND r.rolname = $2 AND shobj_description(r.oid, 'pg_authid') = $3)",
    )
    .persistent(false)
    .bind(database)
    .bind(role_name(database))
    .bind(comment(database))
    .fetch_one(connection)
    .await?;
    Ok(ours)
}

/// Whether setup will give the owning role a new password, instead of using the login unchanged.
pub(super) async fn role_gets_new_password(
    connection: &mut PgConnection,
    target: &Target,
) -> Result<bool, Problem> {
    let plan = find_plan(connection, target).await.map_err(|error| asking_failed(&error))?;
    Ok(matches!(plan, Plan::NewPassword { .. }))
}

pub(super) fn new_password_note(target: &Target) -> Good {
    let role = role_name(target.database());
    Good::new(
        Level::Info,
        "new_password",
        format!(
            "Database “{}” belongs to “{role}”, which setup made earlier; it gets a new password. Any other server that uses this role needs the new password too.",
            target.database()
        ),
    )
}

pub(super) fn not_allowed(target: &Target) -> Problem {
    let message = format!(
        "Database “{}” does not exist and “{}” may not create databases. Use a user with CREATEDB (and CREATEROLE), or create the database at the server.",
        target.database(),
        target.user()
    );
    Problem::new(Stage::Database, "create_not_allowed", message)
}

/// `testkeep_<database>`: the same in every run, so that a second run finds the role of the first.
fn role_name(database: &str) -> String {
    let mut name = format!("testkeep_{database}");
    while name.len() > LONGEST_NAME {
        name.pop();
    }
    name
}

fn comment(database: &str) -> String {
    format!("Owner of the database {database}, made by Testkeep's setup")
}

/// Creates the role, or gives the role of an earlier run a new password.
async fn give_password(
    connection: &mut PgConnection,
    role: &str,
    database: &str,
    password: &Secret,
) -> Result<(), CreateError> {
    let existing: Option<(Option<String>,)> = sqlx::query_as(
        "SELECT shobj_description(oid, 'pg_authid') FROM pg_catalog.pg_roles WHERE rolname = $1",
    )
    .persistent(false)
    .bind(role)
    .fetch_optional(&mut *connection)
    .await?;
    let verb = match existing {
        None => "CREATE",
        Some((Some(text),)) if text == comment(database) => "ALTER",
        Some(_) => return Err(CreateError::ForeignRole(role.to_owned())),
    };
    let (role, comment) = (identifier(role), literal(&comment(database)));
    // One transaction: a role without the comment would not be recognized as ours.
    let mut transaction = connection.begin().await?;
    let secret = literal(password.expose());
    let attributes = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE";
    let attributes = if verb == "CREATE" { attributes } else { "LOGIN" };
    let text = format!("{verb} ROLE {role} {attributes} PASSWORD {secret}");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *transaction).await?;
    let text = format!("COMMENT ON ROLE {role} IS {comment}");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

async fn create(
    connection: &mut PgConnection,
    database: &str,
    owner: Option<&str>,
) -> Result<(), CreateError> {
    let (super_user,): (bool,) =
        sqlx::query_as("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
    let role = owner.map(identifier);
    // Only a member of a role may make it the owner of a database. The membership ends right after that.
    let membership = role.as_ref().filter(|_| !super_user);
    if let Some(role) = membership {
        run(connection, format!("GRANT {role} TO CURRENT_USER")).await?;
    }
    let created = create_in_utf8(connection, &identifier(database), role.as_deref()).await;
    if let Some(role) = membership {
        run(connection, format!("REVOKE {role} FROM CURRENT_USER")).await?;
    }
    Ok(created?)
}

/// Creates the database in UTF-8 with the server's own locale, or with “C” if that locale does not support UTF-8.
async fn create_in_utf8(
    connection: &mut PgConnection,
    database: &str,
    owner: Option<&str>,
) -> Result<(), sqlx::Error> {
    let owner = owner.map(|owner| format!(" OWNER {owner}")).unwrap_or_default();
    let text = format!("CREATE DATABASE {database}{owner} ENCODING 'UTF8' TEMPLATE template0");
    match run(connection, text.clone()).await {
        Err(error) if code(&error) == Some("22023") || code(&error) == Some("42P17") => {
            run(connection, format!("{text} LC_COLLATE 'C' LC_CTYPE 'C'")).await
        }
        // The database exists by now, which is enough: another program created it first, or the statement of a killed
        // run continued in the server and finished during this one (23505, unique names of databases).
        Err(error) if matches!(code(&error), Some("42P04" | "23505")) => Ok(()),
        other => other,
    }
}

async fn run(connection: &mut PgConnection, text: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.map(drop)
}

fn code(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::code)
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// An SQL literal with `E''`: backslashes then do not depend on `standard_conforming_strings`.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn random_password() -> Result<Secret, String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| format!("this machine gives no random numbers ({error})"))?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_break_out() {
        assert_eq!(identifier(r#"a"; DROP ROLE b; --"#), r#""a""; DROP ROLE b; --""#);
        assert_eq!(literal(r"it's \' all"), r"E'it''s \\'' all'");
    }

    #[test]
    fn role_names_fit() {
        assert_eq!(role_name("kit"), "testkeep_kit");
        assert!(role_name(&"ä".repeat(60)).len() <= LONGEST_NAME);
    }
}
