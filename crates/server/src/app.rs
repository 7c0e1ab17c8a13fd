//! What every request can reach. Opened once at start, shared by reference.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_domain::{Clock, Layout};
use testkeep_store::{Db, migrate};

use crate::Error;
use crate::jobs::Jobs;
use crate::licensing::Licensing;
use crate::metrics::Metrics;
use crate::ops::leases::{self, Leases};
use crate::password::PasswordHashing;
use crate::secret_key::{SecretKey, SecretKeyError};

#[derive(Clone)]
pub struct App(Arc<AppState>);

pub struct AppState {
    pub config: ServerConfig,
    pub layout: Layout,
    pub db: Db,
    pub clock: Clock,
    pub licensing: Licensing,
    pub passwords: PasswordHashing,
    pub secret_key: SecretKey,
    pub metrics: Metrics,
    pub jobs: Jobs,
    pub leases: Leases,
    pub started_at: DateTime<Utc>,
}

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}

impl App {
    /// Opens the database, brings it to this version's schema and reads the license.
    pub async fn open(
        config: ServerConfig,
        layout: Layout,
        clock: Clock,
        licensing: Licensing,
    ) -> Result<Self, OpenError> {
        let secret_key = SecretKey::read(&layout)?;
        let db = open_database(&config, &layout).await?;
        migrate::migrate(&db, clock.now()).await?;
        licensing.refresh(&db).await?;
        let started_at = clock.now();
        let app = Self(Arc::new(AppState {
            config,
            layout,
            db,
            licensing,
            passwords: PasswordHashing::new()?,
            secret_key,
            metrics: Metrics::new(),
            jobs: Jobs::default(),
            leases: Leases::default(),
            started_at,
            clock,
        }));
        leases::recount(&app).await?;
        Ok(app)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("Cannot read {path}: {error}. Pass the installation's file with --config.")]
    ReadConfig { path: String, error: std::io::Error },
    #[error("{path}: {error}")]
    Config { path: String, error: testkeep_domain::strict_toml::StrictTomlError },
    #[error("{0} is not <destination>/conf/testkeep.toml. Pass the file where the installer put it.")]
    Place(String),
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    #[error("Cannot open the database: {0}")]
    Database(String),
    #[error(transparent)]
    Migration(#[from] migrate::MigrationError),
    #[error(transparent)]
    Server(#[from] Error),
}

/// Reads `<destination>/conf/testkeep.toml`.
pub fn read_config(file: &Path) -> Result<(ServerConfig, Layout), OpenError> {
    let path = file.display().to_string();
    let file =
        std::path::absolute(file).map_err(|error| OpenError::ReadConfig { path: path.clone(), error })?;
    let text = std::fs::read_to_string(&file)
        .map_err(|error| OpenError::ReadConfig { path: path.clone(), error })?;
    let config =
        ServerConfig::parse(&text).map_err(|error| OpenError::Config { path: path.clone(), error })?;
    let layout = Layout::from_config_file(&file).ok_or(OpenError::Place(path))?;
    Ok((config, layout))
}

pub async fn open_database(config: &ServerConfig, layout: &Layout) -> Result<Db, OpenError> {
    match &config.database {
        DatabaseConfig::BuiltIn => {
            std::fs::create_dir_all(layout.data())
                .map_err(|error| OpenError::Database(format!("{}: {error}", layout.data().display())))?;
            Db::open_sqlite(&layout.database_file()).await.map_err(|error| {
                OpenError::Database(format!("{}: {error}", layout.database_file().display()))
            })
        }
        DatabaseConfig::Postgresql(postgres) => testkeep_store::postgres::open(postgres)
            .await
            .map_err(|error| OpenError::Database(error.to_string())),
    }
}
