//! Where guesses wait for their turn: so many at once and no more, whatever strangers send.

use std::time::Duration;

use tokio::sync::Semaphore;

/// Requests that wait at once; each costs its connection and some kilobytes.
const PLACES: usize = 512;

/// Of one server. The turns themselves are in the database.
pub struct WaitingRoom {
    waiting: Semaphore,
    refused: Semaphore,
}

impl Default for WaitingRoom {
    fn default() -> Self {
        Self { waiting: Semaphore::new(PLACES), refused: Semaphore::new(PLACES) }
    }
}

impl WaitingRoom {
    /// `false`: every place is taken, and nothing was waited for.
    pub(super) async fn wait(&self, time: Duration) -> bool {
        pause(&self.waiting, time).await
    }

    /// A refusal comes late, so that guessing on does not pay. The places are others than those of the waiting, so
    /// that refusals keep nobody from waiting.
    pub(super) async fn hold_refusal(&self, time: Duration) {
        pause(&self.refused, time).await;
    }
}

async fn pause(places: &Semaphore, time: Duration) -> bool {
    let Ok(_place) = places.try_acquire() else { return false };
    tokio::time::sleep(time).await;
    true
}
