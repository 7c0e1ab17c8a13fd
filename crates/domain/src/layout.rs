//! The paths of all files and folders in the destination folder.

use std::path::{Path, PathBuf};

/// The paths of one installation. All derive from the destination folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    destination: PathBuf,
}

impl Layout {
    pub fn new(destination: impl Into<PathBuf>) -> Self {
        Self { destination: destination.into() }
    }

    /// The layout from the path `<destination>/conf/testkeep.toml`; `None`: the path has another form.
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
    /// The secret of the control port, new at every start. Only the service account and administrators can read it.
    pub fn control_token(&self) -> PathBuf {
        self.conf().join("control.token")
    }
    /// The token with which a program on another machine may read the metrics and nothing else. The file is optional.
    pub fn metrics_token(&self) -> PathBuf {
        self.conf().join("metrics.token")
    }
    /// The key that encrypts stored passwords; mode 0600.
    pub fn secret_key(&self) -> PathBuf {
        self.conf().join("secret.key")
    }
    /// Certificates of authorities to trust in addition to the system's, for closed networks; PEM. The file is
    /// optional.
    pub fn authorities(&self) -> PathBuf {
        self.conf().join("ca.pem")
    }
    /// Marks the folder as an installation and contains the version that installed it.
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
    /// The current log. Rotated logs have a number appended to the name.
    pub fn log_file(&self) -> PathBuf {
        self.logs().join("testkeep.log")
    }
    pub fn backups(&self) -> PathBuf {
        self.destination.join("backups")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names must not change: admins, backups and other programs depend on them.
    #[test]
    fn everything_has_its_place() {
        let layout = Layout::new("/opt/testkeep");
        let program = format!("bin/testkeep-server{}", std::env::consts::EXE_SUFFIX);
        let places = [
            (layout.bin(), "bin"),
            (layout.server_program(), program.as_str()),
            (layout.conf(), "conf"),
            (layout.config_file(), "conf/testkeep.toml"),
            (layout.control_token(), "conf/control.token"),
            (layout.metrics_token(), "conf/metrics.token"),
            (layout.secret_key(), "conf/secret.key"),
            (layout.authorities(), "conf/ca.pem"),
            (layout.installation_file(), "conf/installation.json"),
            (layout.data(), "data"),
            (layout.database_file(), "data/testkeep.db"),
            (layout.uploads(), "data/uploads"),
            (layout.licenses(), "licenses"),
            (layout.logs(), "logs"),
            (layout.log_file(), "logs/testkeep.log"),
            (layout.backups(), "backups"),
        ];
        for (place, expected) in &places {
            assert_eq!(place, &layout.destination().join(expected));
        }
        let different: BTreeSet<_> = places.iter().map(|(place, _)| place).collect();
        assert_eq!(different.len(), places.len());
    }

    #[test]
    fn a_configuration_file_shows_where_its_installation_is() {
        let layout = Layout::new("/srv/tk");
        assert_eq!(Layout::from_config_file(&layout.config_file()), Some(layout));
        assert_eq!(Layout::from_config_file(Path::new("testkeep.toml")), None);
    }
}
