//! Where guesses wait for their turn. The number that wait at once is limited, no matter how many strangers send.

use std::time::Duration;

use tokio::sync::Semaphore;

/// Maximum number of requests that wait at once; each costs its connection and some kilobytes.
const PERMITS: usize = 512;

/// The waiting room of one server. The turns themselves are in the database.
pub struct WaitingRoom {
    waiting: Semaphore,
    refused: Semaphore,
}

impl Default for WaitingRoom {
    fn default() -> Self {
        Self { waiting: Semaphore::new(PERMITS), refused: Semaphore::new(PERMITS) }
    }
}

impl WaitingRoom {
    /// Waits for `time`. Returns `false` at once when the room is full.
    pub(super) async fn wait(&self, time: Duration) -> bool {
        pause(&self.waiting, time).await
    }

    /// Delays a refusal, so that further guesses gain nothing. Refusals have a room of their own, so that they do not
    /// keep attempts from waiting.
    pub(super) async fn hold_refusal(&self, time: Duration) {
        pause(&self.refused, time).await;
    }
}

async fn pause(permits: &Semaphore, time: Duration) -> bool {
    let Ok(_place) = permits.try_acquire() else { return false };
    tokio::time::sleep(time).await;
    true
}
