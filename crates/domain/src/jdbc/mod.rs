//! JDBC URLs of PostgreSQL, read by the rules of pgJDBC, so that a URL from another product's configuration means the
//! same here. Source: pgJDBC's pages “JDBC URL”, “Connection properties” and “Connection fail-over”.
//!
//! Owns the grammar, the meaning of the parameters and the message of every refusal. Must never show a password: values
//! are [`Secret`]s, `Display` and JSON print `***`, and no message quotes a value of `password` or `sslpassword`.
//! Stricter than pgJDBC on purpose: a parameter that pgJDBC silently ignores or misreads is refused with the reason.

use std::fmt;

use serde::Serialize;

use crate::Secret;

mod address;
mod encoding;
mod known;
mod options;
mod parameters;
mod query;
#[cfg(test)]
mod tests;
mod visible;

pub use address::Host;
pub use parameters::{LONGEST_ANSWER, Parameters, SslMode, TargetServerType};
pub use visible::carries_password;

use address::Address;
use parameters::OVERRIDES;

const PREFIX: &str = "jdbc:postgresql:";
const LONGEST_URL: usize = 8 * 1024;

/// A valid URL. Serializes as `{"hosts":[{"host","port"}],"database","parameters":{…},"notes":[…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JdbcUrl {
    /// In the order in which they are tried; never empty.
    pub hosts: Vec<Host>,
    /// `None`: the database has the name of the user who connects, see [`JdbcUrl::database_for`].
    pub database: Option<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub parameters: Parameters,
    /// Notes for people: parameters that have no effect here, or an effect that people should know.
    pub notes: Vec<String>,
}

/// Why a URL is refused and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{message}")]
pub struct JdbcUrlError {
    pub message: String,
    /// The parameter that is wrong, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

impl JdbcUrlError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), parameter: None }
    }

    fn about(parameter: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), parameter: Some(parameter.to_owned()) }
    }
}

impl JdbcUrl {
    /// # Errors
    /// pgJDBC would not accept the URL, or a parameter is dangerous, unknown or has a meaningless value.
    pub fn parse(text: &str) -> Result<Self, JdbcUrlError> {
        check_characters(text)?;
        let rest = text.strip_prefix(PREFIX).ok_or_else(|| wrong_prefix(text))?;
        let (server, arguments) = rest.split_once('?').unwrap_or((rest, ""));
        let mut notes = Vec::new();
        let mut raw = query::parse(arguments, &mut notes)?;
        let mut address = Address::parse(server)?;
        let overrides = OVERRIDES.map(|names| query::take_last(&mut raw, names));
        address.override_with(overrides, &mut notes)?;
        let parameters = Parameters::read(&raw, &mut notes)?;
        let database = address.database.or_else(|| parameters.user.clone());
        if let Some(name) = database.as_deref().filter(|name| name.contains([';', '#', '&'])) {
            notes.push(format!(
                "The database is named “{name}”. Parameters begin with “?” and are separated by “&”."
            ));
        }
        Ok(Self { hosts: address.hosts, database, parameters, notes })
    }

    /// The database to connect to as `user`.
    pub fn database_for<'a>(&'a self, user: &'a str) -> &'a str {
        self.database.as_deref().unwrap_or(user)
    }

    /// The whole URL with its passwords. Only for the configuration file, never for a log or a screen.
    pub fn to_url(&self) -> String {
        self.write(|_, value| encoding::encode(value.expose()))
    }

    /// The same URL with another database and without a login. The configuration then stores the login in separate
    /// fields.
    #[must_use]
    pub fn for_login_elsewhere(&self, database: &str) -> Self {
        let mut url = self.clone();
        url.database = Some(database.to_owned());
        url.parameters.forget_login();
        url
    }

    fn write(&self, show: impl Fn(&str, &Secret) -> String) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        let database = self.database.as_deref().map(encoding::encode).unwrap_or_default();
        let parameters: Vec<String> =
            self.parameters.raw().map(|(name, value)| format!("{name}={}", show(name, value))).collect();
        let question = if parameters.is_empty() { "" } else { "?" };
        format!("{PREFIX}//{}/{database}{question}{}", hosts.join(","), parameters.join("&"))
    }
}

/// Writes the canonical form, with `***` for passwords.
impl fmt::Display for JdbcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(|name, value| {
            if known::is_secret(name) { "***".to_owned() } else { encoding::encode(value.expose()) }
        }))
    }
}

fn check_characters(text: &str) -> Result<(), JdbcUrlError> {
    if text.len() > LONGEST_URL {
        let message = format!("The JDBC URL has {} bytes; at most {LONGEST_URL} are accepted.", text.len());
        return Err(JdbcUrlError::new(message));
    }
    if text.chars().any(char::is_control) {
        let message = "The JDBC URL contains a line break or another control character. Remove it.";
        return Err(JdbcUrlError::new(message));
    }
    if text.trim() != text {
        return Err(JdbcUrlError::new("The JDBC URL begins or ends with a space. Remove it."));
    }
    Ok(())
}

fn wrong_prefix(text: &str) -> JdbcUrlError {
    let wanted = format!("Write {PREFIX}//<host>:<port>/<database>.");
    if text.is_empty() {
        return JdbcUrlError::new(format!("The JDBC URL is missing. {wanted}"));
    }
    if text.to_ascii_lowercase().starts_with(PREFIX) {
        return JdbcUrlError::new(format!("The JDBC URL must begin with “{PREFIX}” in small letters."));
    }
    let other = text.strip_prefix("jdbc:").and_then(|rest| rest.split_once(':')).map(|(name, _)| name);
    match other.filter(|name| name.len() <= 30 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        Some("postgres") => {
            JdbcUrlError::new(format!("“jdbc:postgres:” is not a JDBC URL's beginning. {wanted}"))
        }
        Some(name) => {
            JdbcUrlError::new(format!("“{name}” databases are not supported; PostgreSQL is. {wanted}"))
        }
        None => {
            JdbcUrlError::new(format!("This is not a JDBC URL: it does not begin with “{PREFIX}”. {wanted}"))
        }
    }
}
