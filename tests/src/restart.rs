//! A server that was off for a while: the same files and database, another start, a later clock.

use chrono::{DateTime, Utc};
use testkeep_domain::Clock;

use crate::api::TestServer;

impl TestServer {
    /// Stops it and starts another one with its files at `time`.
    pub async fn restart_at(self, time: DateTime<Utc>) -> Self {
        let database = self.app.config.database.clone();
        let folder = self.stop_keeping_files().await;
        Self::start_at(folder, database, |_| (), Clock::manual(time)).await
    }
}
