//! Clients say which uploaded file is what (client protocol, section 3.2). Each client reads its own kind of answer.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

use super::client::Client;
use super::error::Refusal;
use super::parameters::Parameters;
use super::{Answer, Body};
use crate::App;
use crate::ops::reports::registration::{Registered, register};
use crate::ops::reports::upload::{Begun, page_of};

/// Maximum number of files in one request.
const FILES_MAX: usize = 10_000;
/// Maximum length of a client's name of its batch.
const BATCH_MAX: usize = 200;

/// One file of an array.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchFile {
    #[serde(default)]
    folder_path: Option<String>,
    #[serde(default)]
    file_name: Option<String>,
    uploaded_path: String,
    #[serde(default)]
    end: Option<bool>,
}

/// Studio: an array of files; the answer is an array.
pub(super) async fn register_many(
    State(app): State<App>,
    client: Client,
    query: Query<HashMap<String, String>>,
    body: Body,
) -> Answer {
    let begun = register_array(&app, &client, &query, body).await?;
    Ok(Json(json!([shown(&app, begun)])))
}

/// Reporters: the same array; the answer is an object.
pub(super) async fn register_reporter(
    State(app): State<App>,
    client: Client,
    query: Query<HashMap<String, String>>,
    body: Body,
) -> Answer {
    let begun = register_array(&app, &client, &query, body).await?;
    Ok(Json(shown(&app, begun)))
}

async fn register_array(
    app: &App,
    client: &Client,
    query: &HashMap<String, String>,
    body: Body,
) -> Result<Begun, Refusal> {
    let project = project_of(query)?;
    let batch = checked_batch(query.get("batch").map(String::as_str))?;
    let files: Vec<BatchFile> = serde_json::from_slice(&body?)
        .map_err(|error| Refusal::bad_request(format!("The list of files is not valid: {error}.")))?;
    if files.is_empty() || files.len() > FILES_MAX {
        return Err(Refusal::bad_request(format!("Register 1 to {FILES_MAX} files.")));
    }
    // The whole batch is in one request; a client that marks no end means the same.
    let has_end = files.iter().any(|file| file.end.is_some());
    let is_end = !has_end || files.iter().any(|file| file.end == Some(true));
    let files: Vec<Registered> = files
        .into_iter()
        .map(|file| Registered {
            name: name_of(file.folder_path.as_deref(), file.file_name.as_deref()),
            path: file.uploaded_path,
        })
        .collect();
    Ok(register(app, client, project, &batch, &files, is_end).await?)
}

/// The uploader and Studio: one file; the answer is an array.
pub(super) async fn register_katalon(
    State(app): State<App>,
    client: Client,
    parameters: Parameters,
) -> Answer {
    let begun = register_one(&app, &client, &parameters).await?;
    Ok(Json(json!([shown(&app, begun)])))
}

/// JUnit and TestNG reports: one file; nothing is read from the answer.
pub(super) async fn register_quietly(
    State(app): State<App>,
    client: Client,
    parameters: Parameters,
) -> Result<StatusCode, Refusal> {
    register_one(&app, &client, &parameters).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn register_recorder(
    State(app): State<App>,
    client: Client,
    parameters: Parameters,
) -> Result<StatusCode, Refusal> {
    register_one(&app, &client, &parameters).await?;
    Ok(StatusCode::OK)
}

async fn register_one(app: &App, client: &Client, parameters: &Parameters) -> Result<Begun, Refusal> {
    let project = parameters.required_id("projectId")?;
    let batch = checked_batch(parameters.text("batch"))?;
    let path = parameters.text("uploadedPath");
    let path = path.ok_or_else(|| Refusal::bad_request("uploadedPath is missing."))?.to_owned();
    let name = name_of(parameters.text("folderPath"), parameters.text("fileName"));
    let is_end = parameters.text("isEnd").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    Ok(register(app, client, project, &batch, &[Registered { name, path }], is_end).await?)
}

/// The project of a request whose body is JSON.
pub(super) fn project_of(query: &HashMap<String, String>) -> Result<i64, Refusal> {
    let project = query.get("projectId").and_then(|text| text.trim().parse().ok());
    project.ok_or_else(|| Refusal::bad_request("projectId is missing or no number."))
}

fn checked_batch(batch: Option<&str>) -> Result<String, Refusal> {
    let batch = batch.filter(|text| !text.is_empty() && text.len() <= BATCH_MAX && !text.contains('\0'));
    batch.map(str::to_owned).ok_or_else(|| {
        Refusal::bad_request(format!(
            "batch is missing or longer than {BATCH_MAX} bytes. Send one name for all files of an upload."
        ))
    })
}

/// The folder is a label; its separators are the client's.
fn name_of(folder: Option<&str>, file: Option<&str>) -> String {
    let folder = folder.unwrap_or_default().replace('\\', "/");
    let file = file.filter(|name| !name.is_empty()).unwrap_or("file");
    let folder = folder.trim_matches('/');
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

fn shown(app: &App, begun: Begun) -> Value {
    json!({ "id": begun.id, "done": true, "webUrl": page_of(app, begun.id) })
}
