//! Upload URLs and the files that clients send there (client protocol, section 3.1).

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::Answer;
use super::client::Client;
use super::error::Refusal;
use super::parameters::Parameters;
use crate::http::streamed::Streamed;
use crate::ops::reports::slots;
use crate::stored_files::FILE_MAX;
use crate::{App, Error};

/// Where files are sent to; the token of the slot follows.
pub(super) const PLACE: &str = "/api/v1/uploads";

pub(super) async fn create_upload_url(
    State(app): State<App>,
    client: Client,
    parameters: Parameters,
) -> Answer {
    let mut slots = create(&app, &client, &parameters, 1).await?;
    Ok(Json(slots.pop().ok_or_else(|| Error::internal("no slot was created"))?))
}

pub(super) async fn create_upload_urls(
    State(app): State<App>,
    client: Client,
    parameters: Parameters,
) -> Answer {
    let count = parameters.id("numberUrl")?.unwrap_or(1);
    let count = usize::try_from(count).unwrap_or(0);
    Ok(Json(create(&app, &client, &parameters, count).await?.into()))
}

async fn create(
    app: &App,
    client: &Client,
    parameters: &Parameters,
    count: usize,
) -> Result<Vec<Value>, Refusal> {
    let project = parameters.required_id("projectId")?;
    let tokens = slots::create_slots(app, client, project, count).await?;
    let base = app.config.server_url.as_str();
    let show = |token: String| json!({ "path": token, "uploadUrl": format!("{base}{PLACE}/{token}") });
    Ok(tokens.into_iter().map(show).collect())
}

/// Receives one file. The token in the address is the permission. `Connection: close`, because a client may send more
/// bytes than it announced, and these would be read as its next request.
pub(super) async fn receive_file(
    State(app): State<App>,
    Path(token): Path<String>,
    streamed: Option<Extension<Streamed>>,
    body: Body,
) -> Result<impl IntoResponse, Refusal> {
    let slot = slots::find_slot(&app, &token).await?;
    if let Some(Extension(streamed)) = streamed {
        streamed.set();
    }
    let saved =
        app.files.save(slot.project_id, body.into_data_stream(), FILE_MAX).await.map_err(Error::from)?;
    if let Err(error) = slots::fill_slot(&app, &slot, &saved).await {
        app.files.delete(&saved.place).await?;
        return Err(error.into());
    }
    Ok((StatusCode::OK, [(header::CONNECTION, "close")]))
}
