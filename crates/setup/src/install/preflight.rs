//! All checks that run before anything is changed.
//!
//! Must only read. Accepted answers become [`Accepted`], which the steps use instead of the raw answers.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Deserialize;
use testkeep_domain::account::person_problems;
use testkeep_domain::answers::{Answers, DatabaseAnswers, ServiceMode};
use testkeep_domain::config::DatabaseConfig;
use testkeep_domain::{Finding, Layout, Level, Port, Report, ServerUrl};
use testkeep_local::control::read_config;
use testkeep_local::marker::{self, Marker, State};
use testkeep_local::{place, service};

use super::steps::service::level_of;
use super::{InstallOptions, child, version};
use crate::check::{self, destination::NETWORK_FOLDER};

/// No build of this product is older, so no correct clock shows an earlier year.
const FIRST_YEAR: i32 = 2026;

#[derive(Debug)]
pub(super) struct Preflight {
    pub(super) findings: Vec<Finding>,
    /// `None` when at least one finding is an error.
    pub(super) accepted: Option<Accepted>,
}

/// Checked answers.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) layout: Layout,
    pub(super) url: ServerUrl,
    pub(super) http_port: Port,
    pub(super) control_port: Port,
    /// Marker of an earlier run in the same folder.
    pub(super) marker: Option<Marker>,
}

pub(super) async fn check(answers: &Answers, options: &InstallOptions) -> Preflight {
    let layout = Layout::new(answers.destination.components().collect::<PathBuf>());
    let marker = marker::read(&layout);
    let mut findings = check::destination(&answers.destination).findings;
    findings
        .extend(check::ports(answers.http_port, answers.control_port, Some(layout.destination())).findings);
    let port = Port::try_from(answers.http_port).ok();
    findings.extend(check::server_url(&answers.server_url, port).findings);
    findings.extend(network_folder(&findings, answers));
    if let Some(uploads) = &answers.upload_location {
        findings.extend(check::upload_location(uploads, layout.destination()).findings);
    }
    findings.extend(old_installation(marker.as_ref(), options));
    findings.extend(other_database(&layout, answers));
    findings.extend(lost_key(&layout, marker.as_ref()));
    findings.extend(clock(options));
    findings.extend(service(answers, &layout));
    findings.extend(default_account(answers));
    findings.extend(database(answers).await);
    if let Some(file) = &answers.license_file {
        findings.extend(license(file, options).await);
    }
    let accepted = accept(answers, layout, marker).filter(|_| !has_errors(&findings));
    Preflight { findings, accepted }
}

fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error)
}

fn accept(answers: &Answers, layout: Layout, marker: Option<Marker>) -> Option<Accepted> {
    Some(Accepted {
        layout,
        url: ServerUrl::parse(&answers.server_url).ok()?,
        http_port: Port::try_from(answers.http_port).ok()?,
        control_port: Port::try_from(answers.control_port).ok()?,
        marker,
    })
}

fn old_installation(marker: Option<&Marker>, options: &InstallOptions) -> Option<Finding> {
    let marker = marker?;
    if version::compare(&marker.version, &options.version).is_gt() {
        return Some(Finding::error(
            "destination",
            "newer_installed",
            format!(
                "Testkeep {} was installed here and this is {}. Install that version or a newer one: an older program cannot read its data.",
                marker.version, options.version
            ),
        ));
    }
    (marker.state == State::Installing).then(|| {
        let message = "An earlier installation did not finish here. It is completed now.";
        Finding::new("destination", Level::Info, "unfinished", message)
    })
}

/// Warns when the answers name another kind of database than the installation has: its data would stay behind, which is
/// rarely intended.
fn other_database(layout: &Layout, answers: &Answers) -> Option<Finding> {
    let (here, asked, data) = match (read_config(layout).ok()?.database, &answers.database) {
        (DatabaseConfig::BuiltIn, DatabaseAnswers::Postgresql(_)) => {
            ("the built-in database", "PostgreSQL", "data")
        }
        (DatabaseConfig::Postgresql(_), DatabaseAnswers::BuiltIn) => {
            ("PostgreSQL", "the built-in database", "there")
        }
        _ => return None,
    };
    let message = format!(
        "This installation uses {here}. It will start empty with {asked}; what it has stored stays in {data} and is not copied."
    );
    Some(Finding::warning("database.kind", "database_changed", message))
}

/// Data that was encrypted with the lost key cannot be decrypted with a new one.
fn lost_key(layout: &Layout, marker: Option<&Marker>) -> Option<Finding> {
    let is_in_use =
        marker.is_some_and(|marker| marker.state != State::Installing) && read_config(layout).is_ok();
    (is_in_use && !layout.secret_key().exists()).then(|| {
        let message = format!(
            "{} is missing. Restore it from a backup first if you can: with a new one, mail passwords must be entered \
             again, invitations sent again, and programs sign in again.",
            layout.secret_key().display()
        );
        Finding::warning("destination", "secret_key_missing", message)
    })
}

fn clock(options: &InstallOptions) -> Option<Finding> {
    let now = options.clock.now();
    // The program file has the time it was built or unpacked; one day of tolerance covers wrong time zones.
    let program_made = std::fs::metadata(&options.program).and_then(|metadata| metadata.modified()).ok();
    let before_the_program =
        program_made.is_some_and(|made| DateTime::<Utc>::from(made) > now + TimeDelta::days(1));
    (now.year() < FIRST_YEAR || before_the_program).then(|| {
        let message = format!(
            "The clock of this machine shows {}. Set it right: licenses and sessions depend on it.",
            now.format("%Y-%m-%d")
        );
        Finding::error("clock", "clock_wrong", message)
    })
}

/// The built-in database needs locks and shared memory, and a network folder does not support them reliably.
fn network_folder(findings: &[Finding], answers: &Answers) -> Option<Finding> {
    let found = findings.iter().find(|finding| finding.code == NETWORK_FOLDER)?;
    let is_built_in = matches!(answers.database, DatabaseAnswers::BuiltIn);
    is_built_in.then(|| Finding::error("database.kind", NETWORK_FOLDER, found.message.clone()))
}

fn service(answers: &Answers, layout: &Layout) -> Option<Finding> {
    // An existing service stays when the answers ask for nothing.
    if answers.service.is_none() && service::find(layout).is_some() {
        return None;
    }
    let asked = answers.service.clone().unwrap_or_default();
    if let Some(level) = level_of(asked.mode) {
        let obstacle = service::obstacle(layout, level)?;
        let message = format!("{obstacle} Or set mode = \"background\" under [service] in the answers.");
        return Some(Finding::error("service.mode", "not_available", message));
    }
    let runs_as_root = asked.mode == ServiceMode::Background && place::is_root();
    runs_as_root.then(|| as_root(asked.allow_root))
}

fn as_root(is_allowed: bool) -> Finding {
    const FIELD: &str = "service.allow_root";
    if is_allowed {
        let message = "The server will run as root, as the answers allow: an attacker who breaks into it controls this machine. \
                       If possible, install as a separate account instead.";
        return Finding::warning(FIELD, "runs_as_root", message);
    }
    let message = "The server would run as root: an attacker who breaks into it would control this machine. Set mode = \"service\" \
                   under [service], so that it gets an account of its own, or run the installer as the account that the server should use, or set allow_root = true under [service] if it must be \
                   root, or mode = \"none\" to install without starting.";
    Finding::error(FIELD, "runs_as_root", message)
}

fn default_account(answers: &Answers) -> Vec<Finding> {
    let Some(account) = &answers.default_account else { return Vec::new() };
    person_problems(&account.email, &account.password, &account.first_name, &account.last_name)
        .into_iter()
        .map(|(field, problem)| Finding::error(&format!("default_account.{field}"), "not_usable", problem))
        .collect()
}

async fn database(answers: &Answers) -> Vec<Finding> {
    match &answers.database {
        DatabaseAnswers::BuiltIn => Vec::new(),
        DatabaseAnswers::Postgresql(postgres) => {
            check::database::check_database(&postgres.connection, postgres.create).await.findings
        }
    }
}

/// Ignores the details of a report of which only the findings are needed.
#[derive(Deserialize)]
struct Ignored {}

/// Runs the server program's check, because only that program has the keys of the trusted vendors.
async fn license(file: &Path, options: &InstallOptions) -> Vec<Finding> {
    const FIELD: &str = "license_file";
    let mut command = child::command(&options.program, &["check", "license"]);
    command.arg(file);
    let ended = match child::run(command, None).await {
        Ok(ended) => ended,
        Err(message) => return vec![Finding::error(FIELD, "not_checked", message)],
    };
    match serde_json::from_str::<Report<Ignored>>(&ended.stdout) {
        Ok(report) => report.findings,
        Err(_) => vec![Finding::error(FIELD, "not_checked", ended.complaint())],
    }
}
