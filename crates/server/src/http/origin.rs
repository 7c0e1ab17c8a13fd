//! Whether a browser's request comes from a page of this server, and what to do where a proxy hides that.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site`, older ones and those on plain http in `Origin`. Programs
//! say neither.

use axum::http::{HeaderMap, Method, header};
use url::Url;

use crate::{App, Error};

/// The origins of the desktop window on Linux and Windows. Nobody else gets CORS.
pub const DESKTOP: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
/// Characters of a header that a message repeats.
const SHOWN: usize = 200;

/// For a request that the browser adds its cookie to.
///
/// # Errors
/// [`Error::Forbidden`] when it changes something and comes from elsewhere.
pub fn require_own_page(method: &Method, headers: &HeaderMap, app: &App) -> Result<(), Error> {
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if is_read || is_own_page(headers, app) { Ok(()) } else { Err(refusal(headers, app)) }
}

/// For the sign-in that begins a session: whoever could not use it afterwards is told before.
///
/// # Errors
/// [`Error::Forbidden`] when the request comes from a page that is neither ours nor the desktop's.
pub fn require_page_for_sign_in(headers: &HeaderMap, app: &App) -> Result<(), Error> {
    let is_desktop = text(headers, header::ORIGIN).is_some_and(|origin| DESKTOP.contains(&origin));
    if is_desktop || is_own_page(headers, app) { Ok(()) } else { Err(refusal(headers, app)) }
}

/// Whether a browser says that the request comes from a page of the same origin.
pub fn is_page(headers: &HeaderMap) -> bool {
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

/// Names both addresses, and the line for the proxy that most often stands in between.
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

/// What nginx needs so that the host arrives as the browser sent it; `$host` has no port.
fn host_line(page: &str) -> &'static str {
    let has_port = Url::parse(page).is_ok_and(|url| url.port().is_some());
    if has_port { "proxy_set_header Host $http_host;" } else { "proxy_set_header Host $host;" }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
