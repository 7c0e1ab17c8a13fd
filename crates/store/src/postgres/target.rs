//! The target of a connection: a JDBC URL and the login. Checks everything that can be checked without a network.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use testkeep_domain::Secret;
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::jdbc::{Host, JdbcUrl, LONGEST_ANSWER, SslMode, TargetServerType};
use testkeep_domain::user_file::{self, UserFileProblem};

use super::problem::{Problem, Stage};

/// The limit that is used when the URL sets none or a longer one.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
const SHORTEST_RECHECK: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub struct Target {
    url: JdbcUrl,
    user: String,
    password: Secret,
    database: String,
    /// In PEM; a key in DER, the format of pgJDBC, is converted.
    client_key: Option<Secret>,
}

impl Target {
    /// A login in the URL takes precedence over the fields `user` and `password`, as in pgJDBC.
    ///
    /// # Errors
    /// The URL is refused, there is no user, or a certificate or key file cannot be used.
    pub fn new(config: &PostgresConfig) -> Result<Self, Problem> {
        let url = JdbcUrl::parse(&config.jdbc_url)
            .map_err(|error| Problem::new(Stage::Url, "url", error.message))?;
        let parameters = &url.parameters;
        let user = parameters.user.clone().unwrap_or_else(|| config.user.clone());
        if user.is_empty() {
            let message = "There is no database user. Enter the user PostgreSQL knows this server by.";
            return Err(Problem::new(Stage::Url, "user_missing", message));
        }
        let password = parameters.password.clone().unwrap_or_else(|| config.password.clone());
        for (parameter, file) in
            [("sslrootcert", &parameters.ssl_root_cert), ("sslcert", &parameters.ssl_cert)]
        {
            if let Some(file) = file {
                check_certificate(parameter, file)?;
            }
        }
        let client_key = parameters.ssl_key.as_deref().map(read_key).transpose()?;
        let database = url.database_for(&user).to_owned();
        Ok(Self { url, user, password, database, client_key })
    }

    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    pub fn url(&self) -> &JdbcUrl {
        &self.url
    }

    pub fn hosts(&self) -> &[Host] {
        &self.url.hosts
    }

    pub fn user(&self) -> &str {
        &self.user
    }

    pub fn database(&self) -> &str {
        &self.database
    }

    pub fn ssl_mode(&self) -> SslMode {
        self.url.parameters.ssl_mode
    }

    pub fn server_type(&self) -> TargetServerType {
        self.url.parameters.target_server_type
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        self.url.parameters.connect_timeout.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
    }

    pub(crate) fn login_timeout(&self) -> Duration {
        self.url.parameters.login_timeout.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
    }

    /// Time limit of any single answer of the server.
    pub(crate) fn socket_timeout(&self) -> Duration {
        self.url.parameters.socket_timeout.unwrap_or(LONGEST_ANSWER).min(LONGEST_ANSWER)
    }

    pub(crate) fn keeps_alive(&self) -> bool {
        self.url.parameters.tcp_keep_alive
    }

    pub(crate) fn prepares(&self) -> bool {
        self.url.parameters.prepares
    }

    pub(crate) fn recheck(&self) -> Duration {
        self.url.parameters.host_recheck.max(SHORTEST_RECHECK)
    }

    /// The TLS modes to try in this order. `allow` and `prefer` have a second one, for a server whose rules demand it.
    pub(crate) fn ssl_attempts(&self) -> &'static [PgSslMode] {
        match self.ssl_mode() {
            SslMode::Disable => &[PgSslMode::Disable],
            SslMode::Allow => &[PgSslMode::Disable, PgSslMode::Require],
            SslMode::Prefer => &[PgSslMode::Prefer, PgSslMode::Disable],
            SslMode::Require => &[PgSslMode::Require],
            SslMode::VerifyCa => &[PgSslMode::VerifyCa],
            SslMode::VerifyFull => &[PgSslMode::VerifyFull],
        }
    }

    pub(crate) fn options(&self, host: &Host, mode: PgSslMode) -> PgConnectOptions {
        let parameters = &self.url.parameters;
        // The driver reads defaults from environment variables, for example PGHOST. Each of these values is replaced
        // here.
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(&host.host)
            .port(host.port)
            .username(&self.user)
            .password(self.password.expose())
            .database(&self.database)
            .ssl_mode(mode)
            // Poolers refuse this setting. It only affects floating-point numbers, and Testkeep stores none.
            .extra_float_digits(None)
            .application_name(parameters.application_name.as_deref().unwrap_or("testkeep"));
        options = match &parameters.ssl_root_cert {
            Some(file) => options.ssl_root_cert(file),
            None => options.ssl_root_cert_from_pem(Vec::new()),
        };
        if let (Some(certificate), Some(key)) = (&parameters.ssl_cert, &self.client_key) {
            options = options.ssl_client_cert(certificate).ssl_client_key_from_pem(key.expose());
        }
        if let Some(schema) = &parameters.current_schema {
            options = options.options([("search_path", schema)]);
        }
        // The driver would send even an empty list, and poolers refuse this option.
        if parameters.options.is_empty() {
            return options;
        }
        options.options(parameters.options.iter().map(|(name, value)| (name, value)))
    }
}

fn check_certificate(parameter: &str, file: &str) -> Result<(), Problem> {
    let bytes = read(parameter, file)?;
    if String::from_utf8_lossy(&bytes).contains("-----BEGIN CERTIFICATE-----") {
        return Ok(());
    }
    let message = format!(
        "“{file}” ({parameter}) holds no certificate in PEM form. Convert it: openssl x509 -inform der -in {file} -out <new file>."
    );
    Err(Problem::new(Stage::Url, "certificate_file", message))
}

fn read_key(file: &str) -> Result<Secret, Problem> {
    let bytes = read("sslkey", file)?;
    let refused = |message: String| Err(Problem::new(Stage::Url, "key_file", message));
    let extension = Path::new(file).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if extension.eq_ignore_ascii_case("p12") || extension.eq_ignore_ascii_case("pfx") {
        return refused(format!(
            "“{file}” (sslkey) is PKCS-12. Extract the key: openssl pkcs12 -nodes -nocerts -in {file}."
        ));
    }
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("ENCRYPTED") {
        return refused(format!(
            "The key in “{file}” (sslkey) is encrypted. Decrypt it (openssl pkcs8 -in {file} -out <new file>) and let only the server's account read it."
        ));
    }
    if text.contains("-----BEGIN") {
        return Ok(Secret::new(text));
    }
    Ok(Secret::new(format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(&bytes)
    )))
}

fn read(parameter: &str, file: &str) -> Result<Vec<u8>, Problem> {
    user_file::read(Path::new(file), user_file::SMALL).map_err(|error| {
        if let UserFileProblem::Io(error) = error.problem {
            return unreadable(parameter, file, &error);
        }
        let message = format!("“{file}” ({parameter}) is not a file of at most 1 MiB. Name the right file.");
        Problem::new(Stage::Url, "certificate_file", message)
    })
}

fn unreadable(parameter: &str, file: &str, error: &std::io::Error) -> Problem {
    let message = format!(
        "“{file}” ({parameter}) cannot be read: {error}. Check the path and that the server's account may read it."
    );
    Problem::new(Stage::Url, "certificate_file", message)
}
