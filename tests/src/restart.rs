//! Restarts a server at a later time, with the same files and database, as if it had been off for a while.

use chrono::{DateTime, Utc};
use testkeep_domain::Clock;

use crate::api::TestServer;

impl TestServer {
    /// Stops the server and starts another one with its files at `time`.
    pub async fn restart_at(self, time: DateTime<Utc>) -> Self {
        let database = self.app.config.database.clone();
        let folder = self.stop_keeping_files().await;
        Self::start_at(folder, database, |_| (), Clock::manual(time)).await
    }
}
