//! Checks that a browser's request comes from a page of this server, and explains the fix when a proxy hides it.
//!
//! Browsers send the origin of a request in `Sec-Fetch-Site`; older browsers, and browsers on plain http, send
//! `Origin`. Programs send neither.

use axum::http::{HeaderMap, Method, header};
use url::Url;

use crate::{App, Error};

/// The origins of the desktop window on Linux and Windows. No other origin gets CORS.
pub(crate) const DESKTOP: [&str; 3] =
    ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
/// Maximum number of characters of a header in a message.
const SHOWN: usize = 200;

/// For a request that is authenticated by the browser's cookie.
///
/// # Errors
/// [`Error::Forbidden`] when the request changes data and comes from a page of another origin.
pub(crate) fn require_own_page(method: &Method, headers: &HeaderMap, app: &App) -> Result<(), Error> {
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if is_read || is_own_page(headers, app) { Ok(()) } else { Err(refusal(headers, app)) }
}

/// For the sign-in: it is refused where later requests of the session would be refused, so the person gets the message
/// at once.
///
/// # Errors
/// [`Error::Forbidden`] when the request comes from a page that is neither ours nor the desktop's.
pub(crate) fn require_page_for_sign_in(headers: &HeaderMap, app: &App) -> Result<(), Error> {
    let is_desktop = text(headers, header::ORIGIN).is_some_and(|origin| DESKTOP.contains(&origin));
    if is_desktop || is_own_page(headers, app) { Ok(()) } else { Err(refusal(headers, app)) }
}

/// Whether the browser states that the request comes from a page of the same origin.
pub(crate) fn is_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

fn is_own_page(headers: &HeaderMap, app: &App) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let Some(origin) = text(headers, header::ORIGIN).and_then(|origin| Url::parse(origin).ok()) else {
        return false;
    };
    let host = text(headers, header::HOST).unwrap_or_default();
    origin.authority().eq_ignore_ascii_case(host)
        || origin.origin().ascii_serialization() == app.config.server_url.as_str()
}

/// The message contains both addresses, and the configuration line for nginx, the most common proxy.
fn refusal(headers: &HeaderMap, app: &App) -> Error {
    let shown = |name| text(headers, name).map(|value| value.chars().take(SHOWN).collect::<String>());
    let page = shown(header::ORIGIN).unwrap_or_else(|| "another site".into());
    let host = shown(header::HOST).unwrap_or_else(|| "no host".into());
    let server = &app.config.server_url;
    let line = host_line(&page);
    Error::Forbidden(format!(
        "This request came from a page of {page} and reached this server as {host}; the server's address is {server}. It \
         was refused, because another site could have sent it. Open {server} and try again. If {page} is a reverse proxy \
         before this server, let it pass the host on; in nginx by the line “{line}”."
    ))
}

/// The line that makes nginx pass the host as the browser sent it; `$host` has no port.
fn host_line(page: &str) -> &'static str {
    let has_port = Url::parse(page).is_ok_and(|url| url.port().is_some());
    if has_port { "proxy_set_header Host $http_host;" } else { "proxy_set_header Host $host;" }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
