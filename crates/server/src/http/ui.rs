//! The embedded UI: one page for every route of the app, and its assets.
//!
//! Must never answer a path below `/api`: an unknown API path must get the API's error envelope.

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use crate::Error;

#[derive(RustEmbed)]
#[folder = "$TESTKEEP_UI_BUILD"]
struct Assets;

const INDEX: &str = "index.html";
/// The text of a 405 answer.
pub(crate) const NOT_THIS_METHOD: &str = "This address does not support this method.\n";

const NO_SUCH_PAGE: &str =
    "There is no such page. Its address has a % that is not followed by letters of UTF-8.\n";

/// The router's fallback.
pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path == "oauth/token" {
        return Error::NotFound.into_response();
    }
    // Pages and assets can only be read.
    if !matches!(method, Method::GET | Method::HEAD) {
        let allowed = [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allowed, NOT_THIS_METHOD).into_response();
    }
    // The page could not decode its own address.
    if percent_decode_str(path).decode_utf8().is_err() {
        return (StatusCode::NOT_FOUND, NO_SUCH_PAGE).into_response();
    }
    match Assets::get(path) {
        Some(file) if path != INDEX => asset(path, file),
        // A missing asset must not be answered with the page: the browser would read HTML as a script.
        None if path.starts_with("_app/") => StatusCode::NOT_FOUND.into_response(),
        _ => page(),
    }
}

fn asset(path: &str, file: EmbeddedFile) -> Response {
    let cache = if path.starts_with("_app/immutable/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let mime = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, HeaderValue::from_static(cache))];
    (headers, Body::from(file.data)).into_response()
}

fn page() -> Response {
    let Some(file) = Assets::get(INDEX) else { return StatusCode::NOT_FOUND.into_response() };
    let policy = content_security_policy(&String::from_utf8_lossy(&file.data));
    let mut response = Body::from(file.data).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Allows the page's inline scripts by their hashes and our own scripts; nothing else.
fn content_security_policy(page: &str) -> String {
    let hashes: Vec<String> = inline_scripts(page)
        .map(|script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes()))))
        .collect();
    let hashes = hashes.join(" ");
    format!(
        "default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_inline_scripts_only() {
        let page = "<script src=\"/a.js\"></script><script type=\"module\">start()</script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["start()"]);
    }
}
