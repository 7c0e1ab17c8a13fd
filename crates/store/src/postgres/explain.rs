//! Messages for errors of connections: the reason, and what to do.
//!
//! The text of a server's error depends on its language. So decisions use SQLSTATE if there is one, and the message
//! quotes the server's text.

use std::io::{self, ErrorKind};
use std::time::Duration;

use sqlx::error::DatabaseError;
use testkeep_domain::jdbc::{Host, SslMode};
use testkeep_domain::openssl;

use super::problem::{Problem, Stage};
use super::target::Target;

impl Problem {
    pub(crate) fn slow_login(target: &Target, limit: Duration) -> Self {
        let hosts: Vec<String> = target.hosts().iter().map(ToString::to_string).collect();
        let message = format!(
            "No connection to {} within {} s (loginTimeout). Check that PostgreSQL runs there.",
            hosts.join(", "),
            limit.as_secs()
        );
        Self::new(Stage::Tcp, "timeout", message)
    }

    pub(crate) fn explain(error: &sqlx::Error, target: &Target, host: &Host) -> Self {
        match error {
            sqlx::Error::Database(error) => explain_answer(error.as_ref(), target, host),
            sqlx::Error::Io(error) => explain_io(error, target, host),
            sqlx::Error::Tls(error) if error.to_string().contains("does not support TLS") => {
                no_tls(target, host)
            }
            sqlx::Error::Tls(error) => explain_tls(&error.to_string(), host),
            sqlx::Error::Configuration(error) => Self::new(
                Stage::Tls,
                "configuration",
                format!("The connection to {host} cannot be set up: {error}."),
            ),
            sqlx::Error::Protocol(error) => not_postgresql(host, error),
            other => Self::new(Stage::Login, "failed", format!("The connection to {host} failed: {other}.")),
        }
    }
}

pub(crate) fn no_tls(target: &Target, host: &Host) -> Problem {
    let asked = if target.ssl_mode() == SslMode::VerifyFull { "ssl or sslmode" } else { "sslmode" };
    let message = format!(
        "{host} does not offer TLS, but the URL demands it. Turn on ssl in the server's postgresql.conf, or change {asked} in the URL."
    );
    Problem::new(Stage::Tls, "tls_unsupported", message)
}

pub(crate) fn not_postgresql(host: &Host, seen: &str) -> Problem {
    let message = format!(
        "The server at {host} is not PostgreSQL ({seen}). Check the host and the port; the default port is 5432."
    );
    Problem::new(Stage::Tls, "not_postgresql", message)
}

fn explain_answer(error: &dyn DatabaseError, target: &Target, host: &Host) -> Problem {
    let (user, database, words) = (target.user(), target.database(), error.message());
    let quoted = format!("The server says: “{words}”.");
    let problem = |stage, code, text: String| Problem::new(stage, code, format!("{text} {quoted}"));
    match error.code().as_deref().unwrap_or_default() {
        "28P01" => problem(
            Stage::Login,
            "wrong_password",
            format!(
                "Wrong password, or no such user “{user}” at {host}. Check both; a new password is set with ALTER ROLE … PASSWORD."
            ),
        ),
        "28000" => explain_refusal(words, user, database, host),
        "3D000" => problem(
            Stage::Database,
            "database_missing",
            format!(
                "There is no database “{database}” at {host}. Let setup create it (“Create database”, create = true), or correct the URL."
            ),
        ),
        "42501" => problem(
            Stage::Database,
            "no_connect_right",
            format!(
                "User “{user}” may not connect to database “{database}”. As its owner run: GRANT CONNECT ON DATABASE … TO …."
            ),
        ),
        "53300" => problem(
            Stage::Login,
            "too_many_connections",
            format!(
                "{host} has no free connection. Close some, or raise max_connections in its postgresql.conf."
            ),
        ),
        "57P03" => problem(
            Stage::Login,
            "starting",
            format!("{host} does not accept connections yet. Try again in a moment."),
        ),
        "55000" => problem(
            Stage::Database,
            "not_accepting",
            format!(
                "Database “{database}” accepts no connections. Choose another, or run: ALTER DATABASE … ALLOW_CONNECTIONS true."
            ),
        ),
        "08P01" if words.contains("startup parameter") => problem(
            Stage::Login,
            "pooler_settings",
            format!(
                "The pooler at {host} takes no settings with the connection. Remove “options” and “currentSchema” from the URL and set them in PostgreSQL: ALTER ROLE … SET …."
            ),
        ),
        "42704" | "22023" => problem(
            Stage::Login,
            "options",
            "A setting in “options” or “currentSchema” is not accepted.".into(),
        ),
        code => problem(Stage::Login, "failed", format!("{host} refused the connection (SQLSTATE {code}).")),
    }
}

/// SQLSTATE 28000 has several causes; only the server's text distinguishes them.
fn explain_refusal(words: &str, user: &str, database: &str, host: &Host) -> Problem {
    let (code, text) = if words.contains("pg_hba.conf") {
        let unencrypted = words.contains("no encryption") || words.contains("SSL off");
        let rule = format!(
            "{host} does not let user “{user}” connect to “{database}” from this machine. Allow it in the server's pg_hba.conf and reload it"
        );
        if unencrypted {
            (
                "tls_demanded",
                format!("{rule}; if it demands TLS, write sslmode=require (or verify-full) into the URL."),
            )
        } else {
            ("refused_by_rules", format!("{rule}."))
        }
    } else if words.contains("certificate") {
        (
            "client_certificate",
            format!(
                "{host} wants a client certificate for “{user}”. Name it with sslcert and sslkey in the URL."
            ),
        )
    } else if words.contains("does not exist") {
        (
            "no_such_role",
            format!(
                "There is no user “{user}” at {host}. Correct it, or run there: CREATE ROLE … LOGIN PASSWORD …."
            ),
        )
    } else if words.contains("not permitted to log in") {
        ("no_login", format!("“{user}” may not log in. Run at the server: ALTER ROLE … LOGIN."))
    } else {
        (
            "login_refused",
            format!("{host} does not let user “{user}” in. Check the user and the server's pg_hba.conf."),
        )
    };
    Problem::new(Stage::Login, code, format!("{text} The server says: “{words}”."))
}

fn explain_io(error: &io::Error, target: &Target, host: &Host) -> Problem {
    let text = error.to_string();
    if text.contains("certificate") || text.contains("fatal alert") || error.kind() == ErrorKind::InvalidData
    {
        return explain_tls(&text, host);
    }
    if text.contains("lookup address") || error.raw_os_error() == Some(11001) {
        return unknown_host(host, &text);
    }
    match error.kind() {
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => {
            let message = format!(
                "{host} closed the connection before answering as PostgreSQL (database “{}”). Check host and port, and the server's log.",
                target.database()
            );
            Problem::new(Stage::Tls, "closed", message)
        }
        _ => unreachable_host(host, error),
    }
}

pub(crate) fn unknown_host(host: &Host, words: &str) -> Problem {
    let message = format!(
        "The name “{}” has no address ({words}). Check its spelling and this machine's name server, or write the IP address.",
        host.host
    );
    Problem::new(Stage::Dns, "unknown_host", message)
}

pub(crate) fn unreachable_host(host: &Host, error: &io::Error) -> Problem {
    let (code, message) = match error.kind() {
        ErrorKind::ConnectionRefused => (
            "refused",
            format!(
                "Nothing listens at {host}. Start PostgreSQL there, check the port, and that listen_addresses in its postgresql.conf includes this address."
            ),
        ),
        ErrorKind::TimedOut => (
            "timeout",
            format!(
                "{host} does not answer. Check that the machine runs and that no firewall drops the connection."
            ),
        ),
        _ => {
            ("unreachable", format!("{host} cannot be reached: {error}. Check the address and the network."))
        }
    };
    Problem::new(Stage::Tcp, code, message)
}

/// `words` is the text of the TLS library. It is always English, so it may decide.
fn explain_tls(words: &str, host: &Host) -> Problem {
    let (code, message) = if words.contains("CaUsedAsEndEntity") {
        let command = openssl::certificate_command("<host>");
        (
            "certificate_untrusted",
            format!(
                "The certificate of {host} is an authority's (CA:TRUE), as “openssl req -x509” makes it, and is not taken as a server's. Make one for the server, and name it with sslrootcert=<file> in the URL: {command}"
            ),
        )
    } else if words.contains("UnknownIssuer") {
        (
            "certificate_untrusted",
            format!(
                "The certificate of {host} was issued by an authority this machine does not know. Name the authority's certificate with sslrootcert=<file> in the URL ({words})."
            ),
        )
    } else if words.contains("not valid for name") || words.contains("NotValidForName") {
        (
            "certificate_name",
            format!(
                "The certificate of {host} is for another name. Write the name in the certificate as host, or use sslmode=verify-ca ({words})."
            ),
        )
    } else if words.to_ascii_lowercase().contains("expired") {
        (
            "certificate_expired",
            format!("The certificate of {host} has expired. Renew it at the server ({words})."),
        )
    } else if words.contains("not valid yet") || words.contains("NotValidYet") {
        (
            "certificate_not_yet_valid",
            format!("The certificate of {host} is not valid yet. Check both machines' clocks ({words})."),
        )
    } else if words.contains("CertificateRequired") {
        (
            "client_certificate",
            format!("{host} wants a client certificate. Name it with sslcert and sslkey in the URL."),
        )
    } else if words.contains("fatal alert") {
        (
            "tls_refused",
            format!(
                "{host} ended the TLS connection ({words}). If a client certificate is used, check that the server trusts it."
            ),
        )
    } else {
        (
            "tls_failed",
            format!(
                "The TLS connection to {host} failed: {words}. Check the certificates and the server's log."
            ),
        )
    };
    Problem::new(Stage::Tls, code, message)
}
