//! The state that all requests share. It is opened once at start.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_domain::user_file::{self, UserFileError};
use testkeep_domain::{Clock, Layout};
use testkeep_store::installation::folded;
use testkeep_store::migrate::{self, MigrationError};
use testkeep_store::{Db, StoreError, Trouble, sqlite};

use crate::Error;
use crate::disk::Disk;
use crate::entitlements::{Licensing, Marks};
use crate::http::address::UnlistedProxies;
use crate::http::error::words;
use crate::http::metrics::Metrics;
use crate::http::readiness::Readiness;
use crate::identity::known_keys::KnownKeys;
use crate::identity::password::PasswordHashing;
use crate::keys::secret_key::{SecretKey, SecretKeyError};
use crate::live::Live;
use crate::ops::leases::{self, Leases};
use crate::ops::people::throttle::WaitingRoom;
use crate::queue::Queue;
use crate::stored_files::StoredFiles;

#[derive(Clone)]
pub struct App(Arc<AppState>);

pub struct AppState {
    pub config: ServerConfig,
    pub layout: Layout,
    pub disk: Disk,
    pub(crate) files: StoredFiles,
    pub(crate) live: Live,
    pub db: Db,
    pub clock: Clock,
    pub licensing: Licensing,
    pub marks: Arc<Marks>,
    pub passwords: PasswordHashing,
    pub secret_key: SecretKey,
    pub metrics: Metrics,
    pub queue: Queue,
    pub leases: Leases,
    pub known_keys: KnownKeys,
    pub readiness: Readiness,
    pub waiting: WaitingRoom,
    pub unlisted_proxies: UnlistedProxies,
    pub started_at: DateTime<Utc>,
    /// The same moment on a monotonic clock.
    pub started: Instant,
}

/// The system clock may be corrected by at most this while the server runs.
const STEADY: TimeDelta = TimeDelta::hours(1);

impl AppState {
    /// Whether the system clock has advanced by the time that passed since the start. A jump before the start cannot be
    /// detected.
    pub fn clock_is_steady(&self, now: DateTime<Utc>) -> bool {
        let passed = TimeDelta::from_std(self.started.elapsed()).unwrap_or(TimeDelta::MAX);
        (now - self.started_at - passed).abs() <= STEADY
    }
}

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}

impl App {
    /// Opens the database, updates its schema to this version and reads the licenses.
    pub async fn open(
        config: ServerConfig,
        layout: Layout,
        clock: Clock,
        licensing: Licensing,
    ) -> Result<Self, OpenError> {
        let secret_key = SecretKey::read(&layout)?;
        let db = open_database(&config, &layout).await?;
        migrate::migrate(&db, clock.now()).await.map_err(|error| match error {
            MigrationError::Database(error) => OpenError::Database(in_words(&error)),
            error => OpenError::Migration(error),
        })?;
        folded::fold_names(&db).await.map_err(Error::from)?;
        licensing.refresh(&db).await?;
        let started_at = clock.now();
        let disk = Disk::default();
        let uploads = config.upload_location.clone().unwrap_or_else(|| layout.uploads());
        let app = Self(Arc::new(AppState {
            config,
            layout,
            files: StoredFiles::new(uploads, disk.clone()),
            live: Live::default(),
            disk,
            db,
            licensing,
            marks: Arc::default(),
            passwords: PasswordHashing::new()?,
            secret_key,
            metrics: Metrics::new(),
            queue: Queue::default(),
            leases: Leases::default(),
            known_keys: KnownKeys::default(),
            readiness: Readiness::default(),
            waiting: WaitingRoom::default(),
            unlisted_proxies: UnlistedProxies::default(),
            started_at,
            started: Instant::now(),
            clock,
        }));
        leases::recount(&app).await?;
        Ok(app)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0} Pass the installation's file with --config.")]
    ReadConfig(UserFileError),
    #[error("{path}: {error}")]
    Config { path: String, error: testkeep_domain::strict_toml::StrictTomlError },
    #[error("{0} is not <destination>/conf/testkeep.toml. Pass the file where the installer put it.")]
    Place(String),
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    #[error("Cannot open the database: {0}")]
    Database(String),
    #[error(transparent)]
    Migration(MigrationError),
    #[error(transparent)]
    Server(#[from] Error),
}

/// Reads `<destination>/conf/testkeep.toml`.
pub(crate) fn read_config(file: &Path) -> Result<(ServerConfig, Layout), OpenError> {
    let path = file.display().to_string();
    let file = std::path::absolute(file).map_err(|error| OpenError::Place(format!("{path} ({error})")))?;
    let text = user_file::read_text(&file, user_file::SMALL).map_err(OpenError::ReadConfig)?;
    let config =
        ServerConfig::parse(&text).map_err(|error| OpenError::Config { path: path.clone(), error })?;
    let layout = Layout::from_config_file(&file).ok_or(OpenError::Place(path))?;
    Ok((config, layout))
}

/// If the error would stop every write, the text is the one that people get for such errors later.
fn in_words(error: &StoreError) -> String {
    Trouble::of(error).map_or_else(|| error.to_string(), |trouble| format!("{} ({error})", words(trouble)))
}

pub(crate) async fn open_database(config: &ServerConfig, layout: &Layout) -> Result<Db, OpenError> {
    match &config.database {
        DatabaseConfig::BuiltIn => {
            std::fs::create_dir_all(layout.data())
                .map_err(|error| OpenError::Database(format!("{}: {error}", layout.data().display())))?;
            let file = layout.database_file();
            let regular = sqlite::require_regular(&file).await;
            regular.map_err(|problem| OpenError::Database(problem.to_string()))?;
            Db::open_sqlite(&file)
                .await
                .map_err(|error| OpenError::Database(format!("{}: {}", file.display(), in_words(&error))))
        }
        DatabaseConfig::Postgresql(postgres) => testkeep_store::postgres::open(postgres)
            .await
            .map_err(|error| OpenError::Database(error.to_string())),
    }
}
