//! `openapi.json`, generated from the handlers. A test fails when the committed copy differs.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder};

use crate::identity::auth::SESSION_COOKIE;

/// The base of the document; the router adds paths and schemas.
pub(crate) fn base() -> OpenApi {
    let mut components = Components::new();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    let cookie = "Without https its name is `testkeep_session_` and the port of the server URL.";
    let cookie =
        ApiKey::Cookie(ApiKeyValue::with_description(format!("__Host-{SESSION_COOKIE}"), cookie.to_owned()));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Testkeep").version("2").build())
        .components(Some(components))
        .build()
}

pub(crate) fn render(document: &OpenApi) -> String {
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
