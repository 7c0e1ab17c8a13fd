//! `conf/testkeep.toml`: what the server needs to know before it can open its database.
//!
//! Everything that can be changed while the server runs lives in the database, not here.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::strict_toml::{self, StrictTomlError};
use crate::{Port, Secret, ServerUrl};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerConfig {
    /// Base of every link that is mailed or copied. Never derived from a request.
    pub server_url: ServerUrl,
    /// Address the HTTP connector listens on.
    #[serde(default = "any_address")]
    pub http_address: IpAddr,
    pub http_port: Port,
    /// Loopback only.
    pub control_port: Port,
    /// Where uploads are kept; `data/uploads` of the destination when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_location: Option<PathBuf>,
    /// Reverse proxies whose `X-Forwarded-For` is believed; nobody's by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<IpNet>,
    pub database: DatabaseConfig,
    #[serde(default)]
    pub log: LogConfig,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DatabaseTable", into = "DatabaseTable")]
pub enum DatabaseConfig {
    /// SQLite in `data/testkeep.db`.
    BuiltIn,
    Postgresql(PostgresConfig),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresConfig {
    pub jdbc_url: String,
    /// Empty when the URL carries it.
    pub user: String,
    pub password: Secret,
}

/// The `[database]` table as written. A tagged enum would swallow unknown keys.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct DatabaseTable {
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jdbc_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<Secret>,
}

impl TryFrom<DatabaseTable> for DatabaseConfig {
    type Error = String;

    fn try_from(table: DatabaseTable) -> Result<Self, String> {
        match table.kind.as_str() {
            "built-in" if table.jdbc_url.is_some() => Err(BUILT_IN_WITH_URL.into()),
            "built-in" => Ok(Self::BuiltIn),
            "postgresql" => Ok(Self::Postgresql(PostgresConfig {
                jdbc_url: table.jdbc_url.ok_or(POSTGRESQL_WITHOUT_URL)?,
                user: table.user.unwrap_or_default(),
                password: table.password.unwrap_or_default(),
            })),
            other => Err(unknown_database_kind(other)),
        }
    }
}

impl From<DatabaseConfig> for DatabaseTable {
    fn from(config: DatabaseConfig) -> Self {
        match config {
            DatabaseConfig::BuiltIn => Self { kind: "built-in".into(), ..Self::default() },
            DatabaseConfig::Postgresql(PostgresConfig { jdbc_url, user, password }) => Self {
                kind: "postgresql".into(),
                jdbc_url: Some(jdbc_url),
                user: (!user.is_empty()).then_some(user),
                password: (!password.is_empty()).then_some(password),
            },
        }
    }
}

const BUILT_IN_WITH_URL: &str =
    "kind = \"built-in\" takes no jdbc_url. Remove it, or set kind = \"postgresql\".";
const POSTGRESQL_WITHOUT_URL: &str =
    "kind = \"postgresql\" needs jdbc_url = \"jdbc:postgresql://<host>:<port>/<database>\".";

fn unknown_database_kind(kind: &str) -> String {
    format!("“{kind}” is not a database kind. Set kind = \"built-in\" or kind = \"postgresql\".")
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, or tracing's filter directives.
    pub level: String,
    /// A log file is rotated when it reaches this size, in MiB.
    pub file_size_mib: u64,
    /// Rotated files kept beside the current one.
    pub files_kept: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".into(), file_size_mib: 10, files_kept: 9 }
    }
}

fn any_address() -> IpAddr {
    IpAddr::V4(Ipv4Addr::UNSPECIFIED)
}

impl ServerConfig {
    /// # Errors
    /// Syntax, a missing or wrong value, or unknown keys, each named.
    pub fn parse(text: &str) -> Result<Self, StrictTomlError> {
        strict_toml::parse(text)
    }

    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "server_url = 'http://localhost:8080'\nhttp_port = 8080\ncontrol_port = 8005\n\
                           [database]\nkind = 'built-in'\n";

    #[test]
    fn survives_the_way_through_toml() {
        let config = ServerConfig::parse(MINIMAL).unwrap();
        assert_eq!(ServerConfig::parse(&config.to_toml()).unwrap(), config);
    }

    #[test]
    fn names_every_unknown_key() {
        let text = format!("colour = 1\n{MINIMAL}path = 'x'\n");
        let message = ServerConfig::parse(&text).unwrap_err().to_string();
        assert!(message.contains("`colour`") && message.contains("`database.path`"), "{message}");
    }
}
