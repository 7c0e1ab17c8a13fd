//! The answer file: the answers to the wizard's questions, as TOML. `testkeep-server install --answers FILE` reads
//! it, the wizard's Review page writes it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::config::{self, DatabaseConfig, PostgresConfig};
use crate::strict_toml::{self, StrictTomlError};

/// The answers as written, not checked yet. Ports and URLs keep the text that was typed, so that a check can report
/// what is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answers {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub destination: PathBuf,
    pub http_port: i64,
    pub control_port: i64,
    pub server_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub upload_location: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub license_file: Option<PathBuf>,
    #[cfg_attr(feature = "openapi", schema(value_type = DatabaseTable))]
    pub database: DatabaseAnswers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_account: Option<DefaultAccountAnswers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceAnswers>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DatabaseTable", into = "DatabaseTable")]
pub enum DatabaseAnswers {
    BuiltIn,
    Postgresql(PostgresAnswers),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresAnswers {
    pub connection: PostgresConfig,
    /// Create the database if it is missing, and a role with minimal rights if the login may create roles.
    pub create: bool,
}

/// The `[database]` table as written.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct DatabaseTable {
    #[cfg_attr(feature = "openapi", schema(value_type = crate::desktop::DatabaseKind))]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jdbc_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    password: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create: Option<bool>,
}

impl TryFrom<DatabaseTable> for DatabaseAnswers {
    type Error = String;

    fn try_from(table: DatabaseTable) -> Result<Self, String> {
        let written = config::DatabaseTable {
            kind: table.kind,
            jdbc_url: table.jdbc_url,
            user: table.user,
            password: table.password,
        };
        Ok(match DatabaseConfig::try_from(written)? {
            DatabaseConfig::BuiltIn => Self::BuiltIn,
            DatabaseConfig::Postgresql(connection) => {
                Self::Postgresql(PostgresAnswers { connection, create: table.create.unwrap_or(false) })
            }
        })
    }
}

impl From<DatabaseAnswers> for DatabaseTable {
    fn from(answers: DatabaseAnswers) -> Self {
        let (config, create) = match answers {
            DatabaseAnswers::BuiltIn => (DatabaseConfig::BuiltIn, None),
            DatabaseAnswers::Postgresql(answers) => {
                (DatabaseConfig::Postgresql(answers.connection), answers.create.then_some(true))
            }
        };
        let config::DatabaseTable { kind, jdbc_url, user, password } = config.into();
        Self { kind, jdbc_url, user, password, create }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DefaultAccountAnswers {
    pub email: String,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub password: Secret,
    pub first_name: String,
    pub last_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceAnswers {
    #[serde(default)]
    pub mode: ServiceMode,
    /// The server may run as root if root installs it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_root: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceMode {
    /// The server is a service of the machine: starts at boot and runs as an account of its own. Needs root.
    Service,
    /// The server is the installing person's own service. Needs no further rights.
    UserService,
    /// The server is a detached process that continues after the installer ends. On Linux it is started again after a
    /// crash, but not at boot.
    #[default]
    Background,
    /// The server is installed but not started.
    None,
}

impl Answers {
    /// # Errors
    /// The syntax is wrong, a value is missing or wrong, or there are unknown keys; the message names each of them.
    pub fn parse(text: &str) -> Result<Self, StrictTomlError> {
        strict_toml::parse(text)
    }

    /// Whether a file with these answers must be kept from others: it has a password.
    pub fn holds_secret(&self) -> bool {
        let of_database = match &self.database {
            DatabaseAnswers::BuiltIn => false,
            DatabaseAnswers::Postgresql(answers) => !answers.connection.password.is_empty(),
        };
        of_database || self.default_account.is_some()
    }

    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod laws;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_way_through_toml() {
        let text = "destination = '/opt/testkeep'\nhttp_port = 8080\ncontrol_port = 8005\n\
                    server_url = 'http://localhost:8080'\n[database]\nkind = 'postgresql'\n\
                    jdbc_url = 'jdbc:postgresql:kit'\nuser = 'u'\npassword = 'p'\ncreate = true\n\
                    [service]\nmode = 'none'\n";
        let answers = Answers::parse(text).unwrap();
        assert!(matches!(&answers.database, DatabaseAnswers::Postgresql(database) if database.create));
        assert_eq!(Answers::parse(&answers.to_toml()).unwrap(), answers);
    }

    #[test]
    fn names_unknown_keys_of_an_optional_table_as_they_are_written() {
        let text = "destination = '/opt/testkeep'\nhttp_port = 8080\ncontrol_port = 8005\n\
                    server_url = 'http://localhost:8080'\n[database]\nkind = 'built-in'\n[service]\nmood = 'none'\n";
        let error = Answers::parse(text).unwrap_err().to_string();
        assert!(error.contains("Unknown key: `service.mood`."), "{error}");
    }

    #[test]
    fn names_every_unknown_key() {
        let text = "destination = 'x'\nhttp_port = 1\ncontrol_port = 2\nserver_url = ''\nlicence = 'y'\n\
                    [database]\nkind = 'built-in'\nhost = 'z'\n";
        let message = Answers::parse(text).unwrap_err().to_string();
        assert!(message.contains("`licence`") && message.contains("`database.host`"), "{message}");
    }
}
