//! Server-sent events about the executions of a project, for open pages.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use testkeep_store::reports::execution_list::Changed;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::viewer;
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScope;
use crate::identity::auth::Caller;
use crate::live;
use crate::{App, Error};

/// The stream ends after this time at the latest, in seconds. The page connects again, and its permission is checked
/// again.
const LONGEST: u64 = 300;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangesQuery {
    /// The stream ends after this time; 0 to 300, default: 300.
    pub seconds: Option<u64>,
}

/// Server-sent events: `execution` with `{"id", "state"}` for each change of an execution. `reload`: too many changes
/// for one page. When the stream ends, connect again.
#[utoipa::path(get, path = "/api/v2/projects/{id}/changes", tag = "executions", params(("id" = i64, Path), ChangesQuery),
    responses((status = OK, content_type = "text/event-stream"), AtScope))]
pub(crate) async fn follow_changes(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(query): UrlQuery<ChangesQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    viewer(&app, &caller, id).await?;
    let receiver = live::subscribe(&app, id);
    let until = Instant::now() + Duration::from_secs(query.seconds.unwrap_or(LONGEST).min(LONGEST));
    let events = stream::unfold((app, receiver), move |(app, mut receiver)| async move {
        let event = next(&app, &mut receiver, until).await?;
        Some((event, (app, receiver)))
    });
    Ok(Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// `None`: the stream ends.
async fn next(app: &App, receiver: &mut Receiver<Changed>, until: Instant) -> Option<Event> {
    tokio::select! {
        change = receiver.recv() => match change {
            Ok(Changed { id, state, .. }) => {
                Some(Event::default().event("execution").data(json!({ "id": id, "state": state }).to_string()))
            }
            Err(RecvError::Lagged(_)) => Some(Event::default().event("reload").data("{}")),
            Err(RecvError::Closed) => None,
        },
        () = tokio::time::sleep_until(until) => None,
        () = app.queue.stopped() => None,
    }
}
