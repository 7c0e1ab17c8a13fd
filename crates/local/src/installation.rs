//! One installation on this machine, read from its own folder.
//!
//! Owns what makes a folder a complete installation: its marker and a readable `conf/testkeep.toml`. Must never write
//! there: only the install engine does.

use std::path::{Path, PathBuf};

use serde::Serialize;
use testkeep_domain::Layout;
use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_domain::desktop::{self, DatabaseKind};

use crate::control::{ControlError, read_config};
use crate::files;
use crate::marker::{Marker, State};

/// Size limit of the marker; a genuine one is smaller.
const MARKER_MAX_BYTES: u64 = 64 * 1024;

/// Pages receive this value without its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "desktop::Installation")]
pub struct Installation {
    pub destination: PathBuf,
    pub version: String,
    pub http_port: u16,
    pub server_url: String,
    pub config_file: PathBuf,
    pub config: ServerConfig,
}

impl From<Installation> for desktop::Installation {
    fn from(installation: Installation) -> Self {
        let Installation { destination, version, http_port, server_url, config_file, config } = installation;
        let control_port = config.control_port.get();
        let database = match config.database {
            DatabaseConfig::BuiltIn => DatabaseKind::BuiltIn,
            DatabaseConfig::Postgresql(_) => DatabaseKind::Postgresql,
        };
        Self { destination, version, http_port, control_port, server_url, database, config_file }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    #[error("There is no folder {}. Choose the folder the server was installed to.", .0.display())]
    Missing(PathBuf),
    #[error(
        "{} contains no Testkeep server. Choose the folder that has the subfolders bin, conf and data.",
        .0.display()
    )]
    Foreign(PathBuf),
    /// Started and not finished, or removed with its data kept.
    #[error("The installation in {} is not complete. Run the installer again with this folder.", .0.display())]
    Incomplete(PathBuf),
    #[error("{} cannot be read: {source}. Open this window as a user who may read it.", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} is damaged: {reason} Restore it from a backup, or run the installer again.", path.display())]
    Damaged { path: PathBuf, reason: String },
}

impl Installation {
    /// # Errors
    /// The folder is missing, is not ours or cannot be read, or its files are damaged.
    pub fn read(destination: &Path) -> Result<Self, InstallationError> {
        if !destination.is_dir() {
            return Err(InstallationError::Missing(destination.to_owned()));
        }
        let layout = Layout::new(destination);
        let mark = read_marker(&layout)?;
        if mark.state != State::Installed {
            return Err(InstallationError::Incomplete(destination.to_owned()));
        }
        let config = read_config(&layout).map_err(|error| unusable(&layout, error))?;
        Ok(Self {
            destination: destination.to_owned(),
            version: mark.version,
            http_port: config.http_port.get(),
            server_url: config.server_url.to_string(),
            config_file: layout.config_file(),
            config,
        })
    }

    pub fn layout(&self) -> Layout {
        Layout::new(&self.destination)
    }
}

fn read_marker(layout: &Layout) -> Result<Marker, InstallationError> {
    let path = layout.installation_file();
    let text = files::read_text(&path, MARKER_MAX_BYTES).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            InstallationError::Foreign(layout.destination().to_owned())
        }
        _ => InstallationError::Unreadable { path: path.clone(), source },
    })?;
    let mark: Marker = serde_json::from_str(&text)
        .map_err(|error| InstallationError::Damaged { path, reason: format!("{error}.") })?;
    if mark.is_ours() {
        return Ok(mark);
    }
    Err(InstallationError::Foreign(layout.destination().to_owned()))
}

fn unusable(layout: &Layout, error: ControlError) -> InstallationError {
    let path = layout.config_file();
    match error {
        ControlError::Unreadable { reason, .. } => {
            InstallationError::Unreadable { path, source: std::io::Error::other(reason) }
        }
        ControlError::BadConfiguration { reason, .. } => InstallationError::Damaged { path, reason },
        other => InstallationError::Damaged { path, reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "server_url = 'http://localhost:8080'\nhttp_port = 8080\ncontrol_port = 8005\n\
                          [database]\nkind = 'built-in'\n";

    const INSTALLED: &str = r#"{"product":"testkeep","state":"installed","version":"1.2.3","more":[]}"#;

    fn folder(installation: &str, config: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        std::fs::create_dir_all(layout.conf()).unwrap();
        std::fs::write(layout.installation_file(), installation).unwrap();
        std::fs::write(layout.config_file(), config).unwrap();
        folder
    }

    #[test]
    fn reads_what_the_engine_wrote() {
        let folder = folder(INSTALLED, CONFIG);
        let installation = Installation::read(folder.path()).unwrap();
        assert_eq!((installation.version.as_str(), installation.http_port), ("1.2.3", 8080));
        let sent = serde_json::to_value(&installation).unwrap();
        let sent: Vec<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
        // The rest of the configuration, with the database's password, stays out of the pages.
        let expected =
            ["config_file", "control_port", "database", "destination", "http_port", "server_url", "version"];
        assert_eq!(sent, expected);
    }

    #[test]
    fn an_unfinished_or_strange_marker_is_no_installation() {
        for state in ["installing", "uninstalled"] {
            let folder = folder(&INSTALLED.replace("installed", state), CONFIG);
            assert!(matches!(Installation::read(folder.path()), Err(InstallationError::Incomplete(_))));
        }
        let strange = folder(&INSTALLED.replace("testkeep", "other"), CONFIG);
        assert!(matches!(Installation::read(strange.path()), Err(InstallationError::Foreign(_))));
    }

    #[test]
    fn tells_foreign_missing_and_damaged_apart() {
        let foreign = tempfile::tempdir().unwrap();
        assert!(matches!(Installation::read(foreign.path()), Err(InstallationError::Foreign(_))));
        let missing = foreign.path().join("nothing");
        assert!(matches!(Installation::read(&missing), Err(InstallationError::Missing(_))));
        for (installation, config) in [("{", CONFIG), ("null", CONFIG), (INSTALLED, "port = 1")] {
            let folder = folder(installation, config);
            let error = Installation::read(folder.path()).unwrap_err();
            assert!(matches!(error, InstallationError::Damaged { .. }), "{error}");
        }
    }
}
