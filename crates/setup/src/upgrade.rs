//! Upgrade of an installation: the answers that it was made with, read back from it.
//!
//! The same engine then replaces the program and keeps everything else. Must never change a setting: a server that was
//! stopped stays stopped, and a service that does not start at boot stays so.

use std::path::{Path, PathBuf};

use testkeep_domain::Layout;
use testkeep_domain::answers::{Answers, DatabaseAnswers, PostgresAnswers, ServiceAnswers, ServiceMode};
use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_local::control::read_config;
use testkeep_local::marker::{self, State};
use testkeep_local::service::{self, ServiceState};

/// What is there, for `install --upgrade`.
#[derive(Clone, Debug)]
pub struct Upgrade {
    pub answers: Answers,
    /// Whether the server runs, so that the new one is started.
    pub starts: bool,
    /// Whether the service starts at boot; `None`: it is no service.
    pub enabled: Option<bool>,
}

impl Upgrade {
    /// # Errors
    /// There is no installation, or it cannot be read; the sentence says which.
    pub async fn of(destination: &Path) -> Result<Self, String> {
        let layout = Layout::new(destination.components().collect::<PathBuf>());
        let mark = marker::read(&layout).ok_or_else(|| {
            format!(
                "{} contains no Testkeep installation, so there is nothing to upgrade. Check the path, or install with --answers.",
                destination.display()
            )
        })?;
        let config = read_config(&layout).map_err(|error| error.to_string())?;
        let mut upgrade = Self { answers: answers(&layout, &config), starts: true, enabled: None };
        if mark.state == State::Uninstalled {
            // Its programs and its service were removed; the best that the machine offers replaces them.
            let mode = service::offered().first().map_or(ServiceMode::Background, |level| (*level).into());
            upgrade.answers.service = Some(ServiceAnswers { mode, allow_root: config.allow_root });
            return Ok(upgrade);
        }
        let status = service::status(&layout).await.map_err(|error| error.to_string())?;
        upgrade.starts = status.state != ServiceState::Stopped;
        upgrade.enabled = service::find(&layout).map(|_| status.enabled);
        Ok(upgrade)
    }

    /// Registering the service lets it start at boot; takes that back where it was off.
    ///
    /// # Errors
    /// The service manager refuses.
    pub async fn restore(&self) -> Result<(), String> {
        if self.enabled != Some(false) {
            return Ok(());
        }
        let layout = Layout::new(&self.answers.destination);
        service::disable(&layout).await.map_err(|error| error.to_string())
    }
}

/// Without words about the service: then the engine leaves an existing one as it is.
fn answers(layout: &Layout, config: &ServerConfig) -> Answers {
    let database = match &config.database {
        DatabaseConfig::BuiltIn => DatabaseAnswers::BuiltIn,
        DatabaseConfig::Postgresql(connection) => {
            DatabaseAnswers::Postgresql(PostgresAnswers { connection: connection.clone(), create: false })
        }
    };
    Answers {
        destination: layout.destination().to_owned(),
        http_port: config.http_port.into(),
        control_port: config.control_port.into(),
        server_url: config.server_url.as_str().to_owned(),
        upload_location: config.upload_location.clone(),
        license_file: None,
        database,
        default_account: None,
        service: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = "server_url = 'https://kit.example.com'\nhttp_port = 9090\ncontrol_port = 9005\n\
        upload_location = '/srv/uploads'\ntrusted_proxies = ['10.0.0.5']\n[database]\nkind = 'postgresql'\n\
        jdbc_url = 'jdbc:postgresql://db/kit'\nuser = 'u'\npassword = 'p'\n";

    #[test]
    fn the_answers_repeat_the_configuration() {
        let config = ServerConfig::parse(CONFIGURATION).unwrap();
        let answers = answers(&Layout::new("/opt/testkeep"), &config);
        assert_eq!((answers.http_port, answers.control_port), (9090, 9005));
        assert_eq!(answers.server_url, "https://kit.example.com");
        assert_eq!(answers.upload_location.as_deref(), Some(Path::new("/srv/uploads")));
        let DatabaseAnswers::Postgresql(database) = answers.database else { panic!("another database") };
        assert!(!database.create && database.connection.user == "u");
        assert!(answers.service.is_none() && answers.license_file.is_none());
    }

    #[tokio::test]
    async fn a_folder_without_an_installation_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Upgrade::of(folder.path()).await.unwrap_err();
        assert!(refused.contains("no Testkeep installation"), "{refused}");
    }
}
