//! `check …`: one answer looked at, one JSON object on standard output; exit 0 = fine, 2 = refused.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::jdbc::JdbcUrl;
use testkeep_domain::license::{LicenseFile, LicenseSummary, read_bounded};
use testkeep_domain::machine::MachineId;
use testkeep_domain::{Clock, Finding, Port, Report, Secret};
use testkeep_setup::{check, machine};

use super::{Failure, print, read_password, trusted_keys};
use crate::{VERSION, trust};

#[derive(Subcommand)]
pub(super) enum CheckCommand {
    /// Parse a JDBC URL by pgJDBC's rules.
    JdbcUrl { url: String },
    /// Test a database connection step by step.
    Database {
        jdbc_url: String,
        #[arg(long, default_value = "")]
        user: String,
        /// Read the password from standard input, one line.
        #[arg(long)]
        password_stdin: bool,
        /// The installer may create the database.
        #[arg(long)]
        create: bool,
    },
    /// Are both ports free?
    #[command(allow_negative_numbers = true)]
    Ports {
        http: i64,
        control: i64,
        /// An installation whose own server may hold them.
        #[arg(long)]
        destination: Option<PathBuf>,
    },
    /// Can Testkeep be installed in this folder?
    Destination { folder: PathBuf },
    /// Is this an address that people and clients can use?
    ServerUrl {
        url: String,
        #[arg(long)]
        http_port: Option<i64>,
    },
    /// Is this a valid license for this machine?
    License { file: PathBuf },
    /// What the wizard starts from.
    Defaults,
}

impl CheckCommand {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::JdbcUrl { url } => check_jdbc_url(&url),
            Self::Database { jdbc_url, user, password_stdin, create } => {
                let password = if password_stdin { read_password().await? } else { Secret::default() };
                let config = PostgresConfig { jdbc_url, user, password };
                report(&check::database::check_database(&config, create).await)
            }
            Self::Ports { http, control, destination } => {
                report(&check::ports(http, control, destination.as_deref()))
            }
            Self::Destination { folder } => report(&check::destination(&folder)),
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

fn check_jdbc_url(url: &str) -> Result<ExitCode, Failure> {
    let (value, code) = match JdbcUrl::parse(url) {
        Ok(url) => (json!(url), ExitCode::SUCCESS),
        Err(error) => (json!({ "error": error }), ExitCode::from(2)),
    };
    print(&format!("{value:#}\n"))?;
    Ok(code)
}

#[derive(Serialize)]
struct LicenseCheck {
    machine_id: MachineId,
    license: Option<LicenseSummary>,
}

fn check_license(file: &std::path::Path) -> Result<ExitCode, Failure> {
    const FIELD: &str = "license_file";
    let machine_id = machine::machine_id();
    let now = Clock::system().now();
    let refused = |code: &str, message: String| vec![Finding::error(FIELD, code, message)];
    let trusted = trusted_keys()?;
    let (findings, license) = match File::open(file).and_then(read_bounded) {
        Err(error) => (refused("unreadable", format!("Cannot read {}: {error}.", file.display())), None),
        Ok(bytes) => match LicenseFile::read(&bytes, &trusted) {
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
