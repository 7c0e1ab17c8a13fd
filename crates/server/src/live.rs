//! Changes of executions, for open pages.
//!
//! One task per project looks into the database while a page is open, whatever the number of pages is. So changes that
//! another server on the same database makes are seen too. Must never send more than ids and states: a page reads the
//! rest with its own permission.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use testkeep_store::reports::execution_list::{self, Changed};
use tokio::sync::broadcast;

use crate::App;

/// Interval between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// Changes that a slow page may be behind. A page that is further behind reads everything again.
const BEHIND: usize = 64;

/// The watched projects.
#[derive(Debug, Default)]
pub(crate) struct Live(Mutex<HashMap<i64, broadcast::Sender<Changed>>>);

/// Receives the changes of a project from now on.
pub(crate) fn subscribe(app: &App, project_id: i64) -> broadcast::Receiver<Changed> {
    let mut watched = app.live.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sender) = watched.get(&project_id) {
        return sender.subscribe();
    }
    let (sender, receiver) = broadcast::channel(BEHIND);
    watched.insert(project_id, sender.clone());
    tokio::spawn(watch(app.clone(), project_id, sender));
    receiver
}

async fn watch(app: App, project_id: i64, sender: broadcast::Sender<Changed>) {
    let mut seen: HashMap<i64, DateTime<Utc>> = HashMap::new();
    let mut since = app.clock.now();
    while !is_over(&app, project_id, &sender) {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.queue.stopped() => return,
        }
        // A transaction may commit a little after the time that it wrote.
        match execution_list::list_changed(&app.db, project_id, since - MARGIN).await {
            Ok(changed) => {
                for change in changed {
                    if seen.insert(change.id, change.changed_at) != Some(change.changed_at) {
                        since = since.max(change.changed_at);
                        let _no_page_is_open = sender.send(change);
                    }
                }
                seen.retain(|_, at| *at > since - MARGIN - MARGIN);
            }
            Err(error) => tracing::debug!(%error, "changes of executions cannot be read; tried again"),
        }
    }
}

const MARGIN: chrono::TimeDelta = chrono::TimeDelta::seconds(10);

/// Whether no page is open any more. Then the project is no longer watched.
fn is_over(app: &App, project_id: i64, sender: &broadcast::Sender<Changed>) -> bool {
    let mut watched = app.live.0.lock().unwrap_or_else(PoisonError::into_inner);
    let over = sender.receiver_count() == 0;
    if over {
        watched.remove(&project_id);
    }
    over
}
