//! The meaning of the parameters: one typed field for each parameter that has an effect.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::query::Raw;
use super::{JdbcUrlError, known, options};
use crate::Secret;

/// Parameters that replace parts of the address (hosts, ports, database), each with its two names.
pub(super) const OVERRIDES: [[&str; 2]; 3] = [["PGHOST", "host"], ["PGPORT", "port"], ["PGDBNAME", "dbname"]];

/// Serializes as a map of the parameters as written, decoded, with `***` for passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    raw: Raw,
    pub user: Option<String>,
    pub password: Option<Secret>,
    pub ssl_mode: SslMode,
    /// The file with the certificates of the authorities, PEM.
    pub ssl_root_cert: Option<String>,
    /// The file with the client's certificate, PEM.
    pub ssl_cert: Option<String>,
    /// The file with the client's key, PKCS#8 in PEM or DER.
    pub ssl_key: Option<String>,
    /// The search path: one or several schemas, separated by commas.
    pub current_schema: Option<String>,
    pub application_name: Option<String>,
    /// Time limit to connect to one host; `None`: no limit.
    pub connect_timeout: Option<Duration>,
    /// Time limit to connect, for all hosts together; `None`: no limit.
    pub login_timeout: Option<Duration>,
    /// Time limit of any single answer of the server; `None`: no limit.
    pub socket_timeout: Option<Duration>,
    /// Test idle connections regularly, so that no firewall drops them.
    pub tcp_keep_alive: bool,
    /// `false`: no statement may stay prepared on a connection. Poolers in transaction mode require that.
    pub prepares: bool,
    /// Server settings, name and value.
    pub options: Vec<(String, String)>,
    pub target_server_type: TargetServerType,
    /// Try the hosts in random order instead of the written one.
    pub load_balance_hosts: bool,
    /// How long the knowledge about a host stays valid.
    pub host_recheck: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    Disable,
    /// TLS only if the server demands it.
    Allow,
    /// TLS if the server offers it.
    #[default]
    Prefer,
    /// TLS, but the certificate is not checked.
    Require,
    VerifyCa,
    VerifyFull,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetServerType {
    #[default]
    Any,
    Primary,
    Secondary,
    PreferSecondary,
    PreferPrimary,
}

impl Parameters {
    pub(super) fn read(raw: &Raw, notes: &mut Vec<String>) -> Result<Self, JdbcUrlError> {
        let reader = Reader(raw);
        reader.refuse_unsupported_values()?;
        let parameters = Self {
            raw: raw.clone(),
            user: reader.text("user"),
            password: raw.get("password").filter(|password| !password.is_empty()).cloned(),
            ssl_mode: reader.ssl_mode()?,
            ssl_root_cert: reader.text("sslrootcert"),
            ssl_cert: reader.text("sslcert"),
            ssl_key: reader.text("sslkey"),
            current_schema: reader.text("currentSchema"),
            application_name: reader.text("ApplicationName"),
            connect_timeout: reader.timeout("connectTimeout", 10)?,
            login_timeout: reader.timeout("loginTimeout", 0)?,
            socket_timeout: reader.timeout("socketTimeout", 0)?,
            tcp_keep_alive: reader.boolean("tcpKeepAlive")?,
            prepares: reader.prepares()?,
            options: reader.options()?,
            target_server_type: reader.target_server_type()?,
            load_balance_hosts: reader.boolean("loadBalanceHosts")?,
            host_recheck: reader.timeout("hostRecheckSeconds", 10)?.unwrap_or_default(),
        };
        parameters.check_client_certificate()?;
        parameters.add_notes(notes);
        Ok(parameters)
    }

    /// The parameters as written, decoded, in alphabetical order.
    pub(super) fn raw(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.raw.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn forget_login(&mut self) {
        (self.user, self.password) = (None, None);
        self.raw.retain(|name, _| !matches!(name.as_str(), "user" | "password"));
    }

    fn check_client_certificate(&self) -> Result<(), JdbcUrlError> {
        match (&self.ssl_cert, &self.ssl_key) {
            (Some(_), None) => {
                Err(JdbcUrlError::about("sslcert", "“sslcert” needs its key: add sslkey=<file>."))
            }
            (None, Some(_)) => {
                Err(JdbcUrlError::about("sslkey", "“sslkey” needs its certificate: add sslcert=<file>."))
            }
            _ => Ok(()),
        }
    }

    fn add_notes(&self, notes: &mut Vec<String>) {
        notes.extend(self.raw.keys().filter_map(|name| known::note(name)));
        let verifies = matches!(self.ssl_mode, SslMode::VerifyCa | SslMode::VerifyFull);
        let mut note = |wanted: bool, text: &str| {
            if wanted {
                notes.push(text.to_owned());
            }
        };
        note(verifies && self.ssl_root_cert.is_none(), SYSTEM_AUTHORITIES);
        note(!verifies && self.ssl_root_cert.is_some(), UNCHECKED_AUTHORITIES);
        note(
            self.raw.contains_key("sslpassword"),
            "“sslpassword” has no effect: the key in sslkey must not be encrypted.",
        );
        note(self.socket_timeout.is_some_and(|limit| limit > LONGEST_ANSWER), LONG_SOCKET_TIMEOUT);
        note(!self.prepares, UNPREPARED);
        let tuned = ["prepareThreshold", "preferQueryMode"].iter().any(|name| self.raw.contains_key(*name));
        note(self.prepares && tuned, known::STATEMENTS_NOTE);
        note(self.current_schema.is_some(), OTHER_SCHEMA);
        let reads = matches!(
            self.target_server_type,
            TargetServerType::Secondary | TargetServerType::PreferSecondary
        );
        note(
            reads,
            "Testkeep writes to its database; a secondary server only reads. Use targetServerType=primary.",
        );
    }
}

const SYSTEM_AUTHORITIES: &str =
    "Without sslrootcert the server's certificate is checked against the authorities this machine trusts.";
const UNCHECKED_AUTHORITIES: &str = "“sslrootcert” has no effect without sslmode=verify-ca or sslmode=verify-full: the certificate is not checked.";
const OTHER_SCHEMA: &str = "With currentSchema Testkeep's tables are created there; in the documented password recovery write that schema instead of “public”.";

/// The longest wait for any single answer.
pub const LONGEST_ANSWER: Duration = Duration::from_mins(1);
const LONG_SOCKET_TIMEOUT: &str =
    "“socketTimeout” is limited to 60 seconds: Testkeep never waits longer for a single answer.";
const UNPREPARED: &str = "With prepareThreshold=0 or preferQueryMode=simple no statement stays prepared, as poolers in transaction mode demand.";

struct Reader<'a>(&'a Raw);

impl Reader<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.value(name).filter(|value| !value.is_empty()).map(ToOwned::to_owned)
    }

    fn boolean(&self, name: &str) -> Result<bool, JdbcUrlError> {
        match self.value(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    /// A parameter in seconds; 0 means no limit.
    fn timeout(&self, name: &str, default: u64) -> Result<Option<Duration>, JdbcUrlError> {
        let seconds = match self.value(name) {
            None => default,
            Some(text) => match text.parse::<u32>() {
                Ok(seconds) if seconds <= 2_147_483 => u64::from(seconds),
                _ => return Err(self.wrong(name, "a whole number of seconds from 0 to 2147483")),
            },
        };
        Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
    }

    /// `sslmode` takes precedence. Without it `ssl` or `ssl=true` means the strictest mode.
    fn ssl_mode(&self) -> Result<SslMode, JdbcUrlError> {
        let ssl = self.value("ssl") == Some("") || self.boolean("ssl")?;
        match self.value("sslmode").map(str::to_ascii_lowercase).as_deref() {
            None if ssl => Ok(SslMode::VerifyFull),
            Some("disable") => Ok(SslMode::Disable),
            Some("allow") => Ok(SslMode::Allow),
            None | Some("prefer") => Ok(SslMode::Prefer),
            Some("require") => Ok(SslMode::Require),
            Some("verify-ca") => Ok(SslMode::VerifyCa),
            Some("verify-full") => Ok(SslMode::VerifyFull),
            Some(_) => {
                Err(self.wrong("sslmode", "disable, allow, prefer, require, verify-ca or verify-full"))
            }
        }
    }

    fn target_server_type(&self) -> Result<TargetServerType, JdbcUrlError> {
        match self.value("targetServerType") {
            None | Some("any") => Ok(TargetServerType::Any),
            Some("primary" | "master") => Ok(TargetServerType::Primary),
            Some("secondary" | "slave") => Ok(TargetServerType::Secondary),
            Some("preferSecondary" | "preferSlave") => Ok(TargetServerType::PreferSecondary),
            Some("preferPrimary") => Ok(TargetServerType::PreferPrimary),
            Some(_) => {
                Err(self
                    .wrong("targetServerType", "any, primary, secondary, preferSecondary or preferPrimary"))
            }
        }
    }

    fn options(&self) -> Result<Vec<(String, String)>, JdbcUrlError> {
        options::parse(self.value("options").unwrap_or_default())
            .map_err(|problem| JdbcUrlError::about("options", format!("“options” {problem}")))
    }

    /// Reads the parameters by which pgJDBC works behind a pooler in transaction mode.
    fn prepares(&self) -> Result<bool, JdbcUrlError> {
        let threshold = match self.value("prepareThreshold") {
            None => 5,
            Some(text) => text
                .parse::<i32>()
                .map_err(|_| self.wrong("prepareThreshold", "a whole number, 0 for never"))?,
        };
        let mode = match self.value("preferQueryMode") {
            None | Some("extended" | "extendedForPrepared" | "extendedCacheEverything") => true,
            Some("simple") => false,
            Some(_) => {
                let accepted = "extended, extendedForPrepared, extendedCacheEverything or simple";
                return Err(self.wrong("preferQueryMode", accepted));
            }
        };
        Ok(threshold != 0 && mode)
    }

    /// Refuses values that demand a feature that is not supported.
    fn refuse_unsupported_values(&self) -> Result<(), JdbcUrlError> {
        let one_of = |name: &str, accepted: &[&str]| match self.value(name) {
            Some(value) if !accepted.contains(&value) => Err(self.wrong(name, &accepted.join(" or "))),
            _ => Ok(()),
        };
        one_of("sslNegotiation", &["postgres"])?;
        one_of("channelBinding", &["disable", "prefer"])?;
        one_of("gssEncMode", &["disable", "allow", "prefer"])?;
        one_of("protocolVersion", &["3", "3.0"])?;
        if self.boolean("readOnly")? {
            let message = "“readOnly” is refused: Testkeep writes to its database. Remove it.";
            return Err(JdbcUrlError::about("readOnly", message));
        }
        Ok(())
    }

    /// Quotes the value, so call it only for parameters whose value is not secret.
    fn wrong(&self, name: &str, accepted: &str) -> JdbcUrlError {
        let shown: String = self.value(name).unwrap_or_default().chars().take(60).collect();
        JdbcUrlError::about(name, format!("“{name}={shown}” is not possible here. Write {accepted}."))
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.raw()
                .map(|(name, value)| (name, if known::is_secret(name) { "***" } else { value.expose() })),
        )
    }
}
