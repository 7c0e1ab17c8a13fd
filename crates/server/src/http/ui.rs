//! The embedded UI: one page for every route of the app, and its assets.
//!
//! Must never answer a path below `/api`: an unknown API path must get the API's error envelope.

use std::io::Read;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
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
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
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
        Some(file) if path != INDEX => asset(path, file, accepts_gzip(&headers)),
        // A missing asset must not be answered with the page: the browser would read HTML as a script.
        None if path.starts_with("_app/") => StatusCode::NOT_FOUND.into_response(),
        _ => page(),
    }
}

fn asset(path: &str, file: EmbeddedFile, accepts_gzip: bool) -> Response {
    let cache = if path.starts_with("_app/immutable/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let mime = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, HeaderValue::from_static(cache))];
    if !file.data.starts_with(&GZIP) {
        return (headers, Body::from(file.data)).into_response();
    }
    let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
    if accepts_gzip {
        let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (headers, [vary, encoding], Body::from(file.data)).into_response();
    }
    match unpacked(&file.data) {
        Ok(content) => (headers, [vary], content).into_response(),
        Err(error) => Error::internal(error).into_response(),
    }
}

/// The first bytes of a file that the build has compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn unpacked(data: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    GzDecoder::new(data).read_to_end(&mut content)?;
    Ok(content)
}

/// `gzip` or `*` in `Accept-Encoding`, unless its quality is 0.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = quality.trim().strip_prefix("q=").map(str::trim);
        matches!(name.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip" | "*")
            && quality.is_none_or(|quality| quality.parse().is_ok_and(|value: f32| value > 0.0))
    })
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

    #[test]
    fn sends_compressed_assets_only_to_those_that_accept_them() {
        let accepts = |value: &'static str| {
            accepts_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(["gzip", "deflate, GZIP;q=0.5, br", "*", "x-gzip"].into_iter().all(accepts));
        assert!(!["", "br", "gzip;q=0", "gzip; q=0.000, br", "gzipped"].into_iter().any(accepts));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn every_script_is_embedded_compressed_and_sent_whole_to_others() {
        for path in Assets::iter().filter(|path| path.ends_with(".js") || path.ends_with(".css")) {
            let data = Assets::get(&path).unwrap().data;
            assert!(data.starts_with(&GZIP), "{path}");
            assert!(!unpacked(&data).unwrap().is_empty(), "{path}");
        }
    }
}
