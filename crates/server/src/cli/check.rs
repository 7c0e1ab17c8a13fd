//! `check …`: checks one answer and prints one JSON object. Exit code 0: fine; 2: refused.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::jdbc::{JdbcUrl, carries_password};
use testkeep_domain::license::{LicenseFile, LicenseSummary, MAX_BYTES, unpack};
use testkeep_domain::machine::MachineId;
use testkeep_domain::{Clock, Finding, Port, Report, Secret, user_file};
use testkeep_setup::check::database::DatabaseCheck;
use testkeep_setup::{check, machine};
use utoipa::ToSchema;

use super::standard_input::{read_password, read_secrets};
use super::{Failure, print, trusted_keys};
use crate::VERSION;
use crate::app::read_config;
use crate::keys::trust;

/// The argument that means standard input.
const STANDARD_INPUT: &str = "-";
const VISIBLE: &str = "The JDBC URL has a password in it. Arguments of a program can be read by every account of this machine \
    while it runs, and stay in the shell's history: change the password if others use this machine. Write `-` in place of \
    the URL and send the URL on standard input, or pass user and password apart: --user NAME --password-stdin.";

#[derive(Subcommand)]
pub(super) enum CheckCommand {
    /// Parse a JDBC URL by pgJDBC's rules.
    JdbcUrl {
        /// `-`: read the URL from standard input, one line. A URL that contains a password is accepted only there.
        url: String,
    },
    /// Test a database connection step by step.
    Database {
        /// `-`: read the URL from standard input, one line. A URL that contains a password is accepted only there.
        jdbc_url: String,
        #[arg(long, default_value = "")]
        user: String,
        /// Read the password from standard input, one line; if the URL is `-`, in the line after the URL.
        #[arg(long)]
        password_stdin: bool,
        /// The installer may create the database, so it need not exist.
        #[arg(long)]
        create: bool,
    },
    /// Check that both ports are free.
    #[command(allow_negative_numbers = true)]
    Ports {
        http: i64,
        control: i64,
        /// An installation whose own server may use the ports.
        #[arg(long)]
        destination: Option<PathBuf>,
    },
    /// Check that Testkeep can be installed in this folder.
    Destination { folder: PathBuf },
    /// Check that uploads can be stored in this folder.
    UploadLocation {
        folder: PathBuf,
        /// The installation of the uploads.
        #[arg(long)]
        destination: PathBuf,
    },
    /// Check a conf/testkeep.toml.
    Configuration { file: PathBuf },
    /// Check that people and clients can use this address.
    ServerUrl {
        url: String,
        #[arg(long)]
        http_port: Option<i64>,
    },
    /// Check a license file for this machine.
    License { file: PathBuf },
    /// Print the wizard's initial values.
    Defaults,
}

impl CheckCommand {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::JdbcUrl { url } if carries_password(&url) => {
                let error = json!({ "message": VISIBLE, "parameter": "password" });
                print(&format!("{:#}\n", json!({ "error": error })))?;
                Ok(ExitCode::from(2))
            }
            Self::JdbcUrl { url } if url == STANDARD_INPUT => {
                let [url] = read_secrets(["JDBC URL"]).await?;
                check_jdbc_url(url.expose())
            }
            Self::JdbcUrl { url } => check_jdbc_url(&url),
            Self::Database { jdbc_url, .. } if carries_password(&jdbc_url) => {
                let finding = Finding::error("database.jdbc_url", "password_visible", VISIBLE);
                let nothing = DatabaseCheck { steps: Vec::new(), server_version: None };
                report(&Report::new(vec![finding], nothing))
            }
            Self::Database { jdbc_url, user, password_stdin, create } => {
                let (jdbc_url, password) = match (jdbc_url.as_str(), password_stdin) {
                    (STANDARD_INPUT, true) => {
                        let [url, password] = read_secrets(["JDBC URL", "password"]).await?;
                        (url.expose().to_owned(), password)
                    }
                    (STANDARD_INPUT, false) => {
                        let [url] = read_secrets(["JDBC URL"]).await?;
                        (url.expose().to_owned(), Secret::default())
                    }
                    (_, true) => (jdbc_url, read_password().await?),
                    (_, false) => (jdbc_url, Secret::default()),
                };
                let config = PostgresConfig { jdbc_url, user, password };
                report(&check::database::check_database(&config, create).await)
            }
            Self::Ports { http, control, destination } => {
                report(&check::ports(http, control, destination.as_deref()))
            }
            Self::Destination { folder } => report(&check::destination(&folder)),
            Self::UploadLocation { folder, destination } => {
                report(&check::upload_location(&folder, &destination))
            }
            Self::Configuration { file } => check_configuration(&file),
            Self::ServerUrl { url, http_port } => {
                let port = http_port.and_then(|port| Port::try_from(port).ok());
                report(&check::server_url(&url, port))
            }
            Self::License { file } => check_license(&file),
            Self::Defaults => show_defaults(),
        }
    }
}

fn report<T: Serialize>(report: &Report<T>) -> Result<ExitCode, Failure> {
    let text = serde_json::to_string_pretty(report).map_err(|error| Failure::Failed(error.to_string()))?;
    print(&format!("{text}\n"))?;
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

#[derive(Serialize)]
struct ConfigurationCheck {}

fn check_configuration(file: &std::path::Path) -> Result<ExitCode, Failure> {
    const FIELD: &str = "configuration";
    let findings = match read_config(file) {
        Ok((config, _)) => {
            let valid = Finding::ok(FIELD, "valid", format!("The server will be at {}.", config.server_url));
            let warning = |code: &'static str| move |text: String| Finding::warning(FIELD, code, text);
            let odd = config.warnings().into_iter().map(warning("odd"));
            let proxies = config.proxy_warnings().into_iter().map(warning("proxies"));
            std::iter::once(valid).chain(odd).chain(proxies).collect()
        }
        Err(error) => vec![Finding::error(FIELD, "not_valid", error.to_string())],
    };
    report(&Report::new(findings, ConfigurationCheck {}))
}

fn check_jdbc_url(url: &str) -> Result<ExitCode, Failure> {
    let (value, code) = match JdbcUrl::parse(url) {
        Ok(url) => (json!(url), ExitCode::SUCCESS),
        Err(error) => (json!({ "error": error }), ExitCode::from(2)),
    };
    print(&format!("{value:#}\n"))?;
    Ok(code)
}

#[derive(Serialize, ToSchema)]
pub(super) struct LicenseCheck {
    #[schema(value_type = String)]
    machine_id: MachineId,
    license: Option<LicenseSummary>,
}

fn check_license(file: &std::path::Path) -> Result<ExitCode, Failure> {
    const FIELD: &str = "license_file";
    let machine_id = machine::machine_id();
    let now = Clock::system().now();
    let refused = |code: &str, message: String| vec![Finding::error(FIELD, code, message)];
    let trusted = trusted_keys()?;
    let read = |bytes: Vec<u8>| LicenseFile::read(unpack(&bytes)?.as_bytes(), &trusted);
    let (findings, license) = match user_file::read(file, MAX_BYTES) {
        Err(error) => (refused("unreadable", error.to_string()), None),
        Ok(bytes) => match read(bytes) {
            Err(error) => (refused("not_valid", error.to_string()), None),
            Ok(license) => {
                let summary = license.summary(&license.check(&machine_id, now));
                let findings = match license.may_be_imported(&machine_id, now, None) {
                    Ok(()) => vec![Finding::ok(FIELD, "valid", format!("Licensed to {}.", summary.customer))],
                    Err(refusal) => refused("not_for_now", refusal.to_string()),
                };
                (findings, Some(summary))
            }
        },
    };
    report(&Report::new(findings, LicenseCheck { machine_id, license }))
}

fn show_defaults() -> Result<ExitCode, Failure> {
    let defaults = check::defaults(machine::machine_id(), trust::IS_DEMO, VERSION);
    let text = serde_json::to_string_pretty(&defaults).map_err(|error| Failure::Failed(error.to_string()))?;
    print(&format!("{text}\n"))
}
