//! One installation on this machine, read from its own folder.
//!
//! Owns what makes a folder an installation: `conf/installation.json` and a readable `conf/testkeep.toml`.
//! Must never write there: only the install engine does.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_domain::desktop::{self, DatabaseKind};
use testkeep_domain::layout::Layout;
use testkeep_domain::strict_toml::StrictTomlError;
use testkeep_domain::user_file::{self, UserFileProblem};

/// Size limit of the files read here; files of a genuine installation are smaller.
const FILE_MAX_BYTES: usize = 256 * 1024;

/// Pages receive this value without its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "desktop::Installation")]
pub(crate) struct Installation {
    pub(crate) destination: PathBuf,
    pub(crate) version: String,
    pub(crate) http_port: u16,
    pub(crate) server_url: String,
    pub(crate) config_file: PathBuf,
    pub(crate) config: ServerConfig,
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
pub(crate) enum InstallationError {
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

/// The needed fields of `conf/installation.json`; the install engine writes the file.
#[derive(Deserialize)]
struct InstallationFile {
    product: String,
    /// `installing`, `installed` or `uninstalled`.
    state: String,
    version: String,
}

impl Installation {
    /// # Errors
    /// The folder is missing, is not ours or cannot be read, or its files are damaged.
    pub(crate) fn read(destination: &Path) -> Result<Self, InstallationError> {
        if !destination.is_dir() {
            return Err(InstallationError::Missing(destination.to_owned()));
        }
        let layout = Layout::new(destination);
        let path = layout.installation_file();
        let text = read_text(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                InstallationError::Foreign(destination.to_owned())
            }
            _ => InstallationError::Unreadable { path: path.clone(), source },
        })?;
        let InstallationFile { product, state, version } = serde_json::from_str(&text)
            .map_err(|error| InstallationError::Damaged { path, reason: format!("{error}.") })?;
        if product != "testkeep" {
            return Err(InstallationError::Foreign(destination.to_owned()));
        }
        if state != "installed" {
            return Err(InstallationError::Incomplete(destination.to_owned()));
        }
        let config = read_config(&layout)?;
        Ok(Self {
            destination: destination.to_owned(),
            version,
            http_port: config.http_port.get(),
            server_url: config.server_url.to_string(),
            config_file: layout.config_file(),
            config,
        })
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(&self.destination)
    }
}

fn read_config(layout: &Layout) -> Result<ServerConfig, InstallationError> {
    let path = layout.config_file();
    let text =
        read_text(&path).map_err(|source| InstallationError::Unreadable { path: path.clone(), source })?;
    ServerConfig::parse(&text)
        .map_err(|error: StrictTomlError| InstallationError::Damaged { path, reason: error.to_string() })
}

/// Reads a text file of at most [`FILE_MAX_BYTES`].
pub(crate) fn read_text(path: &Path) -> std::io::Result<String> {
    user_file::read_text(path, FILE_MAX_BYTES).map_err(|error| match error.problem {
        UserFileProblem::Io(error) => error,
        problem => std::io::Error::other(format!("it {problem}")),
    })
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
