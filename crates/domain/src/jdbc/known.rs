//! All connection parameters of pgJDBC, and whether each is applied, ignored or refused here.

use super::JdbcUrlError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    /// Applied by `parameters.rs`.
    Applied,
    /// Accepted, but without effect; the text is the reason.
    Noted(&'static str),
    /// Refused; the text is the reason and what to do.
    Refused(&'static str),
}

use Treatment::{Applied, Noted, Refused};

const JAVA_CLASS: &str = "it names Java code to load, which a database URL must not choose. Remove it.";
const TLS_CLASS: &str = "it names Java code to load, which a database URL must not choose. Use sslmode and sslrootcert instead: \
    sslmode=verify-full to check the server's certificate, sslmode=require to encrypt only.";
const KERBEROS: &str = "Testkeep signs in to PostgreSQL with a password or a client certificate, not with Kerberos or GSSAPI. \
    Remove it and use a role with a password.";
const LOGGER: &str =
    "it would write pgJDBC's log wherever the URL says. Remove it; Testkeep logs below its own folder.";
const JAVA: &str = "tunes Java's driver and has no effect here.";
const STATEMENTS: &str = "has no effect: Testkeep's driver prepares and caches its statements itself.";
pub(super) const STATEMENTS_NOTE: &str = "“prepareThreshold” and “preferQueryMode” have an effect only with the values 0 and simple: Testkeep's driver prepares and caches \
    its statements itself.";
const SOCKET: &str = "has no effect: the operating system's settings apply to the connection.";

const PARAMETERS: &[(&str, Treatment)] = &[
    ("user", Applied),
    ("password", Applied),
    ("PGHOST", Applied),
    ("PGPORT", Applied),
    ("PGDBNAME", Applied),
    ("host", Applied),
    ("port", Applied),
    ("dbname", Applied),
    ("ssl", Applied),
    ("sslmode", Applied),
    ("sslrootcert", Applied),
    ("sslcert", Applied),
    ("sslkey", Applied),
    ("sslpassword", Applied),
    ("sslNegotiation", Applied),
    ("channelBinding", Applied),
    ("gssEncMode", Applied),
    ("protocolVersion", Applied),
    ("readOnly", Applied),
    ("currentSchema", Applied),
    ("ApplicationName", Applied),
    ("connectTimeout", Applied),
    ("loginTimeout", Applied),
    ("options", Applied),
    ("targetServerType", Applied),
    ("loadBalanceHosts", Applied),
    ("hostRecheckSeconds", Applied),
    ("socketTimeout", Applied),
    ("tcpKeepAlive", Applied),
    ("tcpNoDelay", Noted("has no effect: small packets are always sent at once.")),
    ("receiveBufferSize", Noted(SOCKET)),
    ("sendBufferSize", Noted(SOCKET)),
    ("maxSendBufferSize", Noted(SOCKET)),
    ("prepareThreshold", Applied),
    ("preparedStatementCacheQueries", Noted(STATEMENTS)),
    ("preparedStatementCacheSizeMiB", Noted(STATEMENTS)),
    ("preferQueryMode", Applied),
    ("reWriteBatchedInserts", Noted(STATEMENTS)),
    ("binaryTransfer", Noted("has no effect: values always travel in binary form.")),
    ("binaryTransferEnable", Noted("has no effect: values always travel in binary form.")),
    ("binaryTransferDisable", Noted("has no effect: values always travel in binary form.")),
    ("defaultRowFetchSize", Noted(JAVA)),
    ("adaptiveFetch", Noted(JAVA)),
    ("adaptiveFetchMaximum", Noted(JAVA)),
    ("adaptiveFetchMinimum", Noted(JAVA)),
    ("maxResultBuffer", Noted(JAVA)),
    ("databaseMetadataCacheFields", Noted(JAVA)),
    ("databaseMetadataCacheFieldsMiB", Noted(JAVA)),
    ("allowEncodingChanges", Noted(JAVA)),
    ("assumeMinServerVersion", Noted(JAVA)),
    ("autosave", Noted(JAVA)),
    ("cancelSignalTimeout", Noted(JAVA)),
    ("cleanupSavepoints", Noted(JAVA)),
    ("disableColumnSanitiser", Noted(JAVA)),
    ("escapeSyntaxCallMode", Noted(JAVA)),
    ("groupStartupParameters", Noted(JAVA)),
    ("gssResponseTimeout", Noted(JAVA)),
    ("hideUnprivilegedObjects", Noted(JAVA)),
    ("logServerErrorDetail", Noted(JAVA)),
    ("logUnclosedConnections", Noted(JAVA)),
    ("queryTimeout", Noted(JAVA)),
    ("quoteReturningIdentifiers", Noted(JAVA)),
    ("readOnlyMode", Noted(JAVA)),
    ("sslResponseTimeout", Noted(JAVA)),
    ("stringtype", Noted(JAVA)),
    ("unknownLength", Noted(JAVA)),
    ("socketFactory", Refused(JAVA_CLASS)),
    ("socketFactoryArg", Refused(JAVA_CLASS)),
    ("authenticationPluginClassName", Refused(JAVA_CLASS)),
    ("xmlFactoryFactory", Refused(JAVA_CLASS)),
    ("classLoaderStrategy", Refused(JAVA_CLASS)),
    ("sslfactory", Refused(TLS_CLASS)),
    ("sslfactoryarg", Refused(TLS_CLASS)),
    ("sslhostnameverifier", Refused(TLS_CLASS)),
    ("sslpasswordcallback", Refused(TLS_CLASS)),
    ("loggerFile", Refused(LOGGER)),
    ("loggerLevel", Refused(LOGGER)),
    (
        "service",
        Refused(
            "it takes the connection from a pg_service.conf that is not part of this URL. Write the host, port and \
        database into the URL.",
        ),
    ),
    (
        "requireAuth",
        Refused(
            "the way of signing in cannot be enforced here. Use sslmode=verify-full to be sure of the server.",
        ),
    ),
    (
        "localSocketAddress",
        Refused(
            "connections cannot be bound to a local address here. Remove it; the operating system routes.",
        ),
    ),
    (
        "replication",
        Refused("it would open a replication connection, which cannot run Testkeep's statements. Remove it."),
    ),
    ("jaasApplicationName", Refused(KERBEROS)),
    ("jaasLogin", Refused(KERBEROS)),
    ("kerberosServerName", Refused(KERBEROS)),
    ("gsslib", Refused(KERBEROS)),
    ("gssUseDefaultCreds", Refused(KERBEROS)),
    ("sspiServiceClass", Refused(KERBEROS)),
    ("useSpnego", Refused(KERBEROS)),
];

/// Names from libpq that people may write instead.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("target_session_attrs", "targetServerType"),
    ("load_balance_hosts", "loadBalanceHosts"),
    ("search_path", "currentSchema"),
    ("schema", "currentSchema"),
    ("username", "user"),
    ("database", "dbname"),
    ("fallback_application_name", "ApplicationName"),
];

pub(super) fn is_secret(name: &str) -> bool {
    matches!(name, "password" | "sslpassword")
}

pub(super) fn note(name: &str) -> Option<String> {
    match find(name) {
        Some(Noted(reason)) => Some(format!("“{name}” {reason}")),
        _ => None,
    }
}

/// Fails for a parameter that is refused or unknown. `previous` is the parameter before it. If a password contains an
/// unencoded `&`, the rest of the password looks like a parameter; a message must not show it.
pub(super) fn check(name: &str, has_value: bool, previous: &str) -> Result<(), JdbcUrlError> {
    match find(name) {
        Some(Refused(reason)) => Err(JdbcUrlError::about(name, format!("“{name}” is refused: {reason}"))),
        Some(Applied | Noted(_)) => Ok(()),
        None if is_secret(previous) && !has_value => Err(JdbcUrlError::about(
            previous,
            format!("The value of “{previous}” seems to contain “&”. Write it as %26."),
        )),
        None => Err(unknown(name)),
    }
}

fn find(name: &str) -> Option<Treatment> {
    PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, treatment)| *treatment)
}

fn unknown(name: &str) -> JdbcUrlError {
    if name.is_empty() {
        return JdbcUrlError::new(
            "A parameter has no name: there is a “=” right after “?” or “&”. Remove it.",
        );
    }
    let shown: String = name.chars().take(60).collect();
    let suggestion = match nearest(name) {
        Some(known) => format!("Did you mean “{known}”?"),
        None => "Correct the spelling or remove it.".to_owned(),
    };
    JdbcUrlError::about(
        &shown,
        format!("“{shown}” is not a connection parameter of PostgreSQL's JDBC driver. {suggestion}"),
    )
}

fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > 40 {
        return None;
    }
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let other = OTHER_NAMES.iter().find(|(other, _)| plain(other) == plain(name)).map(|(_, known)| *known);
    let usable = || PARAMETERS.iter().filter(|(_, treatment)| !matches!(treatment, Refused(_)));
    let closest = usable().map(|(known, _)| (distance(&plain(known), &plain(name)), *known)).min();
    other.or(closest.filter(|(distance, known)| *distance <= known.len() / 4).map(|(_, known)| known))
}

/// The number of letters to insert, remove or replace (Levenshtein distance).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
