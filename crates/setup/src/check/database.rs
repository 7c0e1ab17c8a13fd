//! Checks whether Testkeep can use a PostgreSQL database. Step by step, from the URL to what the database contains.

use serde::Serialize;
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::{Finding, Level, Report};
use testkeep_store::postgres::Stage;
use testkeep_store::probe::{Step, probe};
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatabaseCheck {
    /// In order. If a step failed, it is the last one.
    pub steps: Vec<Step>,
    /// For example `15.18`; `None` when the test ended before it was read.
    pub server_version: Option<String>,
}

/// Tests the connection without changing anything. `create`: setup may create the database, so it may be missing.
pub async fn check_database(config: &PostgresConfig, create: bool) -> Report<DatabaseCheck> {
    let probe = probe(config, create).await;
    let mut findings: Vec<Finding> =
        probe.steps.iter().filter(|step| step.level != Level::Ok).map(finding).collect();
    if probe.passed() {
        let version = probe.server_version.as_deref().unwrap_or_default();
        let message = format!("PostgreSQL {version} can be used.");
        findings.push(Finding::ok("database.jdbc_url", "database_usable", message));
    }
    Report::new(findings, DatabaseCheck { steps: probe.steps, server_version: probe.server_version })
}

fn finding(step: &Step) -> Finding {
    let field = match (step.name, step.code) {
        (Stage::Login, "wrong_password") => "database.password",
        (Stage::Login, _) | (Stage::Url, "user_missing" | "other_user") => "database.user",
        (Stage::Database, "create_not_allowed") => "database.create",
        _ => "database.jdbc_url",
    };
    Finding::new(field, step.level, step.code, step.message.clone())
}
