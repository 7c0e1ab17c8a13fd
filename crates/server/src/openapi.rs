//! `openapi.json`, generated from the handlers. A test fails when the committed copy differs.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder};

use crate::auth::COOKIE;

/// What every document starts from; the router adds paths and schemas.
pub fn base() -> OpenApi {
    let mut components = Components::new();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    components
        .add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Testkeep").version("2").build())
        .components(Some(components))
        .build()
}

/// The document as committed.
pub fn to_json() -> String {
    let (_, document) = crate::router::api().split_for_parts();
    render(&document)
}

pub fn render(document: &OpenApi) -> String {
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
