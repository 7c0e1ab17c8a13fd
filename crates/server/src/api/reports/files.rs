//! Files of executions, for download and for showing in place.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{self, HeaderName};
use axum::response::IntoResponse;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use testkeep_store::reports::execution_file::{self, ExecutionFile};
use utoipa::{IntoParams, ToSchema};

use super::viewer;
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScope;
use crate::identity::auth::Caller;
use crate::ops::reports::media_type;
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FileOut {
    pub id: i64,
    /// With its relative path.
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// A report was read from it.
    pub is_report: bool,
}

impl From<ExecutionFile> for FileOut {
    fn from(row: ExecutionFile) -> Self {
        let is_report = row.kind == "report";
        Self { id: row.id, name: row.name, media_type: row.media_type, size: row.size, is_report }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileQuery {
    /// `true`: to show it in a page. Only images, videos and text; others are downloads anyway.
    pub inline: Option<bool>,
}

/// Nothing in a file may run, load or be framed.
const SANDBOX: &str =
    "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The content of a file.
#[utoipa::path(get, path = "/api/v2/files/{id}", tag = "executions", params(("id" = i64, Path), FileQuery),
    responses((status = OK, content_type = "application/octet-stream"), AtScope))]
pub(crate) async fn download_file(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(query): UrlQuery<FileQuery>,
) -> Result<impl IntoResponse, Error> {
    let file = execution_file::find_file(&app.db, id).await?.ok_or(Error::NotFound)?;
    viewer(&app, &caller, file.project_id).await?;
    if file.place.is_empty() {
        return Err(Error::NotFound);
    }
    let (size, content) = app.files.stream(&file.place).await?;
    let shown = query.inline == Some(true) && media_type::is_shown(&file.media_type);
    let kind = if shown { "inline" } else { "attachment" };
    let media_type = match file.media_type.as_str() {
        "text/plain" => "text/plain; charset=utf-8".to_owned(),
        known if media_type::is_shown(known) => known.to_owned(),
        _ => "application/octet-stream".to_owned(),
    };
    let name = file.name.rsplit(['/', '\\']).next().unwrap_or("file");
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC).to_string();
    let headers: [(HeaderName, String); 4] = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, format!("{kind}; filename*=UTF-8''{name}")),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
    ];
    Ok((headers, Body::from_stream(content)))
}
