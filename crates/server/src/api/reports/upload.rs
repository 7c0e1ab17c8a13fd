//! `POST /api/v2/projects/{id}/reports`: one file, or an archive of several, becomes an execution.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use flate2::write::GzDecoder;
use futures_util::{Stream, StreamExt as _};
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use testkeep_domain::execution::ExecutionState;
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_domain::text::fold;
use testkeep_store::reports::execution::About;
use testkeep_store::scopes::project;
use utoipa::{IntoParams, ToSchema};

use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScopeWithInput;
use crate::http::streamed::Streamed;
use crate::identity::auth::Caller;
use crate::ops::reports::media_type;
use crate::ops::reports::upload::{self, Begun, UploadedFile, clean, clean_link};
use crate::stored_files::{FILE_MAX, Saved};
use crate::{App, Error};

/// Bytes that are unpacked at once. They may become a thousand times as many.
const PACKED_PIECE: usize = 4 * 1024;
const KEY: &str = "idempotency-key";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// The name of the file, with its relative path.
    pub file: Option<String>,
    /// The name of the execution. Executions of the same name are compared. Default: the name of the file.
    pub name: Option<String>,
    pub build: Option<String>,
    /// `https://…` or `http://…`.
    pub build_url: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub environment: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct UploadOut {
    pub execution_id: i64,
    /// Counted in the project, from 1.
    pub number: i64,
    /// The page of the execution.
    pub url: String,
    #[schema(inline)]
    pub state: ExecutionState,
}

/// Uploads a test report, or an archive (zip, tar, tar.gz) of reports. The body is the file itself, at most 2 GiB, with
/// `Content-Encoding: gzip` if it is packed only for the transport. `{id}`: the id or the name of the project. With the
/// header `Idempotency-Key` (8 to 128 visible characters) a repeated upload is answered with the execution of the first.
#[utoipa::path(post, path = "/api/v2/projects/{id}/reports", tag = "executions",
    params(("id" = String, Path), UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = CREATED, body = UploadOut), (status = OK, body = UploadOut, description = "Uploaded before."),
    AtScopeWithInput))]
pub(crate) async fn upload_report(
    State(app): State<App>,
    caller: Caller,
    UrlPath(project): UrlPath<String>,
    UrlQuery(query): UrlQuery<UploadQuery>,
    streamed: Option<Extension<Streamed>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<UploadOut>), Error> {
    let project_id = find_project(&app, &caller, &project).await?;
    upload::require_upload(&app, &caller, project_id).await?;
    let key = key(&headers)?;
    let is_packed = is_packed(&headers)?;
    if let Some(key) = &key
        && let Some(found) = upload::find_repeated(&app, project_id, key).await?
    {
        return Ok(answer(&app, found));
    }
    let name = query.file.as_deref().and_then(clean).unwrap_or_else(|| "report".into());
    let about = about(&query, &name)?;
    if let Some(Extension(streamed)) = streamed {
        streamed.set();
    }
    let saved = save(&app, project_id, body, is_packed).await?;
    if saved.size == 0 {
        app.files.delete(&saved.place).await?;
        return Err(Error::field("file", "The body is empty. Send the report file itself as the body."));
    }
    let file = UploadedFile { media_type: media_type::of(&name), name, saved };
    let begun = upload::begin_execution(&app, &caller, project_id, &about, key.as_deref(), &file).await;
    if !matches!(&begun, Ok(begun) if !begun.is_repeated) {
        app.files.delete(&file.saved.place).await?;
    }
    Ok(answer(&app, begun?))
}

fn answer(app: &App, begun: Begun) -> (StatusCode, Json<UploadOut>) {
    let Begun { id, number, is_repeated } = begun;
    let status = if is_repeated { StatusCode::OK } else { StatusCode::CREATED };
    let url = upload::page_of(app, id);
    (status, Json(UploadOut { execution_id: id, number, url, state: ExecutionState::Reading }))
}

/// Finds the project by its id, or by its name among the projects that the caller may upload to.
async fn find_project(app: &App, caller: &Caller, text: &str) -> Result<i64, Error> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let mut found = Vec::new();
    for id in project::list_projects_named(&app.db, &fold(text)).await? {
        let access = caller.access(&app.db, Level::Project, id).await;
        if access.is_ok_and(|access| access.may(ProjectAction::UploadTestResults)) {
            found.push(id);
        }
    }
    match found[..] {
        [] => Err(Error::NotFound),
        [id] => Ok(id),
        _ => Err(Error::Conflict(format!(
            "Several projects have the name “{text}”. Use the id of one of them; it is in the address of its page."
        ))),
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (8..=128).contains(&text.len()));
    match text.filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic())) {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Error::field(KEY, "Send 8 to 128 visible ASCII characters in Idempotency-Key.")),
    }
}

fn is_packed(headers: &HeaderMap) -> Result<bool, Error> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase()).as_deref()
    {
        None | Some(b"" | b"identity") => Ok(false),
        Some(b"gzip") => Ok(true),
        Some(_) => {
            Err(Error::field("content-encoding", "Send the body as it is, or with Content-Encoding: gzip."))
        }
    }
}

fn about(query: &UploadQuery, file: &str) -> Result<About, Error> {
    let text = |text: &Option<String>| text.as_deref().and_then(clean);
    let build_url = match &query.build_url {
        Some(url) if !url.trim().is_empty() => Some(clean_link(url.trim()).ok_or_else(|| {
            Error::field("build_url", "Enter a link that begins with https:// or http://.")
        })?),
        _ => None,
    };
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = base.split_once('.').map_or(base, |(stem, _)| stem);
    let name = text(&query.name).unwrap_or_else(|| if stem.is_empty() { base } else { stem }.to_owned());
    Ok(About {
        name,
        build: text(&query.build),
        build_url,
        branch: text(&query.branch),
        commit: text(&query.commit),
        environment: text(&query.environment),
    })
}

async fn save(app: &App, project_id: i64, body: Body, is_packed: bool) -> Result<Saved, Error> {
    let pieces = body.into_data_stream();
    if is_packed {
        let pieces = Box::pin(unpacked(pieces));
        return Ok(app.files.save(project_id, pieces, FILE_MAX).await?);
    }
    Ok(app.files.save(project_id, pieces, FILE_MAX).await?)
}

/// The pieces of a gzip stream, unpacked.
fn unpacked<E: std::fmt::Display>(
    pieces: impl Stream<Item = Result<Bytes, E>>,
) -> impl Stream<Item = Result<Bytes, String>> {
    let small = pieces.flat_map(|piece| {
        let parts: Vec<_> = match piece {
            Ok(piece) => piece.chunks(PACKED_PIECE).map(|part| Ok(piece.slice_ref(part))).collect(),
            Err(error) => vec![Err(error.to_string())],
        };
        futures_util::stream::iter(parts)
    });
    let end = futures_util::stream::once(async { Ok(Bytes::new()) });
    small.chain(end).scan(GzDecoder::new(Vec::new()), |decoder, piece| {
        let unpacked = piece.and_then(|piece| {
            let written = if piece.is_empty() { decoder.try_finish() } else { decoder.write_all(&piece) };
            written.map_err(|error| format!("it is no gzip: {error}"))?;
            Ok(Bytes::from(std::mem::take(decoder.get_mut())))
        });
        std::future::ready(Some(unpacked))
    })
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    async fn unpack(packed: &[u8]) -> Result<Vec<u8>, String> {
        let pieces = packed.chunks(7).map(|piece| Ok::<_, String>(Bytes::copy_from_slice(piece)));
        let pieces: Vec<_> = unpacked(futures_util::stream::iter(pieces.collect::<Vec<_>>())).collect().await;
        let mut all = Vec::new();
        for piece in pieces {
            all.extend_from_slice(&piece?);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn a_packed_body_is_unpacked_whole_or_refused() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&b"report ".repeat(1000)).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(unpack(&packed).await.unwrap(), b"report ".repeat(1000));
        assert!(unpack(&packed[..packed.len() / 2]).await.is_err(), "cut off");
        assert!(unpack(b"<testsuite/>").await.is_err());
    }
}
