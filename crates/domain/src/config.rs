//! `conf/testkeep.toml`: the settings that the server needs before it can open its database.
//!
//! Must never contain a setting that can change while the server runs: these are in the database.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};

use crate::jdbc::JdbcUrl;
use crate::strict_toml::{self, StrictTomlError};
use crate::{Port, Secret, ServerUrl};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerConfig {
    /// Base of every link that is mailed or copied. Never taken from a request.
    pub server_url: ServerUrl,
    /// The address on which the HTTP connector listens.
    #[serde(default = "any_address")]
    pub http_address: IpAddr,
    pub http_port: Port,
    /// The port of the control port, on loopback only.
    pub control_port: Port,
    /// The folder of uploads. Default: `data/uploads` in the destination folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_location: Option<PathBuf>,
    /// Addresses or networks of reverse proxies whose `X-Forwarded-For` is trusted. Empty by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "addresses_or_networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// `true`: the server may run as root; `false`: it refuses to start as root.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_root: bool,
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

#[derive(Clone, PartialEq, Eq)]
pub struct PostgresConfig {
    pub jdbc_url: String,
    /// Empty if the URL contains the user.
    pub user: String,
    pub password: Secret,
}

/// Hides the URL: it may contain a password, even if it is not a valid URL.
impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url =
            JdbcUrl::parse(&self.jdbc_url).map_or_else(|_| "(cannot be read)".into(), |url| url.to_string());
        let mut shown = f.debug_struct("PostgresConfig");
        shown.field("jdbc_url", &url).field("user", &self.user).field("password", &self.password).finish()
    }
}

/// The `[database]` table as written. A tagged enum would silently ignore unknown keys.
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
    /// `error`, `warn`, `info`, `debug`, `trace` or `off`. Or several, separated by commas, each for one part of the
    /// program: `info,testkeep_server::mail=debug`.
    #[serde(deserialize_with = "log_level")]
    pub level: String,
    /// A log file is rotated when it reaches this size, in MiB.
    pub file_size_mib: u64,
    /// The number of rotated files that are kept in addition to the current one.
    pub files_kept: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".into(), file_size_mib: 10, files_kept: 9 }
    }
}

const LOG_LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Refuses a misspelled level. The log would take it as the name of a part of the program and then log nothing.
fn log_level<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let level = |directive: &str| directive.rsplit_once('=').map_or(directive, |(_, level)| level).to_owned();
    let unknown = text
        .split(',')
        .map(|directive| level(directive.trim()))
        .find(|level| !LOG_LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level)));
    match unknown {
        None => Ok(text),
        Some(level) => Err(serde::de::Error::custom(format!(
            "“{level}” is not a log level. Write error, warn, info, debug, trace or off."
        ))),
    }
}

/// Accepts `"10.0.0.5"` and `"10.0.0.0/8"`.
fn addresses_or_networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| address_or_network(text).map_err(serde::de::Error::custom)).collect()
}

fn address_or_network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let address = text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    address.map(|address| IpNet::from(address.to_canonical())).or_else(|| text.parse().ok()).ok_or_else(|| {
        format!("“{text}” in trusted_proxies is no address and no network. Write \"10.0.0.5\" or \"10.0.0.0/8\".")
    })
}

fn any_address() -> IpAddr {
    IpAddr::V4(Ipv4Addr::UNSPECIFIED)
}

impl ServerConfig {
    /// # Errors
    /// The syntax is wrong, a value is missing or wrong, or there are unknown keys; the message names each of them.
    pub fn parse(text: &str) -> Result<Self, StrictTomlError> {
        strict_toml::parse(text)
    }

    /// Warnings for admins about settings that are allowed but probably a mistake; one sentence or more each.
    pub fn warnings(&self) -> Vec<String> {
        let everybody = self.trusted_proxies.iter().filter(|net| net.prefix_len() < least_prefix(net));
        everybody
            .map(|net| {
                format!(
                    "trusted_proxies in conf/testkeep.toml has {net}: whoever is in it can claim any address by a header, \
                     and so gets around every limit per address. List the address of the reverse proxy alone."
                )
            })
            .collect()
    }

    /// Warnings for admins if the server URL and the trusted proxies probably do not match. It is not certain before
    /// the first requests, because the server cannot see the whole network.
    pub fn proxy_warnings(&self) -> Vec<String> {
        let https = self.server_url.is_https();
        let warning = match (https, self.trusted_proxies.is_empty()) {
            (true, true) => {
                "server_url begins with https, so a reverse proxy takes the requests, and trusted_proxies is empty: all \
                 users count as one address until the proxy is listed. Add trusted_proxies = [\"<address of the proxy>\"] to \
                 conf/testkeep.toml."
            }
            (false, false) => {
                "trusted_proxies is set, and server_url begins with http: every link leads people past the encryption of \
                 the proxy, if it has one. Set server_url to the address that people open, or remove trusted_proxies if \
                 there is no proxy."
            }
            _ => return Vec::new(),
        };
        vec![warning.into()]
    }

    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

/// The shortest plausible prefix: no site has a larger network of its own.
fn least_prefix(net: &IpNet) -> u8 {
    match net {
        IpNet::V4(_) => 8,
        IpNet::V6(_) => 16,
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod laws;
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

    fn with_proxies(proxies: &str) -> Result<ServerConfig, StrictTomlError> {
        ServerConfig::parse(&format!("trusted_proxies = {proxies}\n{MINIMAL}"))
    }

    #[test]
    fn trusted_proxies_are_addresses_or_networks() {
        let config =
            with_proxies("['10.0.0.5', '10.1.0.0/16', '::1', '[2001:db8::1]', '::ffff:10.0.0.6']").unwrap();
        let texts: Vec<String> = config.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["10.0.0.5/32", "10.1.0.0/16", "::1/128", "2001:db8::1/128", "10.0.0.6/32"]);
        assert_eq!(ServerConfig::parse(&config.to_toml()).unwrap(), config);
        for wrong in ["['proxy.example.com']", "['10.0.0.5:80']", "['10.0.0.0/33']", "['']"] {
            let message = with_proxies(wrong).unwrap_err().to_string();
            assert!(message.contains("no address and no network"), "{wrong}: {message}");
        }
    }

    #[test]
    fn warns_of_proxies_that_are_everybody() {
        assert!(with_proxies("['10.0.0.0/8', '2001:db8::/32']").unwrap().warnings().is_empty());
        for everybody in ["0.0.0.0/0", "::/0", "0.0.0.0/1"] {
            let warnings = with_proxies(&format!("['10.0.0.5', '{everybody}']")).unwrap().warnings();
            assert!(warnings.len() == 1 && warnings[0].contains(everybody), "{warnings:?}");
        }
    }

    #[test]
    fn log_levels_are_known_ones() {
        let with = |level: &str| ServerConfig::parse(&format!("{MINIMAL}[log]\nlevel = '{level}'\n"));
        for fine in
            ["info", "WARN", "off", "info,testkeep_server::mail=debug", "warn, hyper=trace", "a[b]=info"]
        {
            assert_eq!(with(fine).unwrap().log.level, fine);
        }
        for wrong in ["verbose", "", "information", "testkeep_server", "info,", "a=loud", "3", "debug info"] {
            let message = with(wrong).unwrap_err().to_string();
            assert!(message.contains("is not a log level. Write error, warn, info"), "{wrong}: {message}");
            assert!(message.contains("level = "), "{message}");
        }
    }

    #[test]
    fn names_every_unknown_key() {
        let text = format!("colour = 1\n{MINIMAL}path = 'x'\n");
        let message = ServerConfig::parse(&text).unwrap_err().to_string();
        assert!(message.contains("`colour`") && message.contains("`database.path`"), "{message}");
    }
}
