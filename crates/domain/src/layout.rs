//! Where things are below the destination folder.

use std::path::{Path, PathBuf};

/// The layout of one installation. All paths follow from the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    destination: PathBuf,
}

impl Layout {
    pub fn new(destination: impl Into<PathBuf>) -> Self {
        Self { destination: destination.into() }
    }

    /// From `<destination>/conf/testkeep.toml`; `None` when the file does not lie in such a place.
    pub fn from_config_file(file: &Path) -> Option<Self> {
        file.parent()?.parent().map(Self::new)
    }

    pub fn destination(&self) -> &Path {
        &self.destination
    }
    pub fn bin(&self) -> PathBuf {
        self.destination.join("bin")
    }
    /// The installed server program.
    pub fn server_program(&self) -> PathBuf {
        self.bin().join(format!("testkeep-server{}", std::env::consts::EXE_SUFFIX))
    }
    pub fn conf(&self) -> PathBuf {
        self.destination.join("conf")
    }
    pub fn config_file(&self) -> PathBuf {
        self.conf().join("testkeep.toml")
    }
    /// Bearer token of the control port; readable by the service account and administrators only.
    pub fn control_token(&self) -> PathBuf {
        self.conf().join("control.token")
    }
    /// Key that encrypts passwords at rest; 0600.
    pub fn secret_key(&self) -> PathBuf {
        self.conf().join("secret.key")
    }
    /// Certificates of authorities that a closed network trusts beside the system's; PEM, optional.
    pub fn authorities(&self) -> PathBuf {
        self.conf().join("ca.pem")
    }
    /// Says that the folder is ours and which version installed it.
    pub fn installation_file(&self) -> PathBuf {
        self.conf().join("installation.json")
    }
    pub fn data(&self) -> PathBuf {
        self.destination.join("data")
    }
    /// The embedded database.
    pub fn database_file(&self) -> PathBuf {
        self.data().join("testkeep.db")
    }
    pub fn uploads(&self) -> PathBuf {
        self.data().join("uploads")
    }
    pub fn licenses(&self) -> PathBuf {
        self.destination.join("licenses")
    }
    pub fn logs(&self) -> PathBuf {
        self.destination.join("logs")
    }
    /// The log that is being written; rotated ones get a number appended.
    pub fn log_file(&self) -> PathBuf {
        self.logs().join("testkeep.log")
    }
    pub fn backups(&self) -> PathBuf {
        self.destination.join("backups")
    }
}
