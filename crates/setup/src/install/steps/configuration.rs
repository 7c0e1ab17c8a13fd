//! Writes `conf/testkeep.toml` from the answers. Settings and a database login of an earlier installation are kept.

use testkeep_domain::answers::{DatabaseAnswers, PostgresAnswers};
use testkeep_domain::config::{DatabaseConfig, PostgresConfig, ServerConfig};
use testkeep_domain::jdbc::JdbcUrl;
use testkeep_local::control::read_config;
use testkeep_local::files::{self, Access};
use testkeep_store::probe::DEFAULT_DATABASE;

use super::at;
use crate::install::run::{Done, Run, StepError};

pub(super) async fn write_configuration(run: &mut Run<'_>) -> Result<Done, StepError> {
    let database = match &run.answers.database {
        DatabaseAnswers::BuiltIn => DatabaseConfig::BuiltIn,
        // Creating the database may give it a login of its own; the database step writes it.
        DatabaseAnswers::Postgresql(postgres) => {
            let own_login = own_login(run).filter(|_| postgres.create);
            DatabaseConfig::Postgresql(own_login.unwrap_or_else(|| postgres.connection.clone()))
        }
    };
    save_configuration(run, database).await
}

/// Settings that the admin added to an earlier configuration by hand are kept.
pub(super) async fn save_configuration(
    run: &mut Run<'_>,
    database: DatabaseConfig,
) -> Result<Done, StepError> {
    let earlier = read_config(&run.layout).ok();
    let base = earlier.clone().unwrap_or_else(|| ServerConfig {
        server_url: run.url.clone(),
        http_address: std::net::Ipv4Addr::UNSPECIFIED.into(),
        http_port: run.accepted.http_port,
        control_port: run.accepted.control_port,
        upload_location: None,
        trusted_proxies: Vec::new(),
        allow_root: false,
        database: DatabaseConfig::BuiltIn,
        log: testkeep_domain::config::LogConfig::default(),
    });
    let config = ServerConfig {
        server_url: run.url.clone(),
        http_port: run.accepted.http_port,
        control_port: run.accepted.control_port,
        upload_location: run.answers.upload_location.clone(),
        allow_root: base.allow_root || run.answers.service.as_ref().is_some_and(|service| service.allow_root),
        database,
        ..base
    };
    if earlier.as_ref() == Some(&config) {
        return Ok(Done::skipped("Already as requested"));
    }
    run.stop_running_server().await?;
    let path = run.layout.config_file();
    run.journal.note_file(&path, Access::Owner).map_err(at(&path))?;
    let text = format!(
        "# Testkeep server. Restart it after a change; see docs/install.md for every key.\n{}",
        config.to_toml()
    );
    files::write_atomic(&path, text.as_bytes(), Access::Owner).map_err(at(&path))?;
    Ok(Done::with(path.display().to_string()))
}

/// The login that an earlier run created for this database, from the configuration it wrote.
pub(super) fn own_login(run: &Run<'_>) -> Option<PostgresConfig> {
    let DatabaseAnswers::Postgresql(PostgresAnswers { connection: asked, .. }) = &run.answers.database else {
        return None;
    };
    let DatabaseConfig::Postgresql(written) = read_config(&run.layout).ok()?.database else { return None };
    let (asked_url, written_url) =
        (JdbcUrl::parse(&asked.jdbc_url).ok()?, JdbcUrl::parse(&written.jdbc_url).ok()?);
    let database = asked_url.database.as_deref().unwrap_or(DEFAULT_DATABASE);
    let same_place =
        asked_url.hosts == written_url.hosts && written_url.database.as_deref() == Some(database);
    (same_place && written.user != asked.user && !written.user.is_empty()).then_some(written)
}
