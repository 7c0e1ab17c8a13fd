//! The native API, `/api/v2`: a folder per area, a file per resource. It parses requests, calls `ops` and shapes the
//! answers. Must never decide a rule.
//!
//! Each area has its own limits ([`Limits`]) for the size of a request and the time until its answer.

pub(crate) mod audit_events;
pub(crate) mod body;
pub(crate) mod bulk;
pub(crate) mod csv;
pub(crate) mod document;
pub(crate) mod installation;
pub(crate) mod level;
pub(crate) mod licenses;
pub(crate) mod list;
pub(crate) mod mail;
pub(crate) mod path;
pub(crate) mod people;
pub(crate) mod query;
pub(crate) mod refusals;
pub(crate) mod reports;
pub(crate) mod scopes;
pub(crate) mod search;
pub(crate) mod types;
pub(crate) mod word;

use utoipa_axum::router::OpenApiRouter;

use crate::App;
use crate::http::limits::Limits;
use crate::http::openapi;

/// All areas, with their OpenAPI document.
pub(crate) fn routes() -> OpenApiRouter<App> {
    let areas = [
        (installation::routes(), Limits::SMALL),
        (people::routes(), Limits::SMALL),
        (scopes::routes(), Limits::SMALL),
        (licenses::routes(), Limits::SMALL),
        (mail::routes(), Limits::SMALL),
        (audit_events::routes(), Limits::SMALL),
        (search::routes(), Limits::SMALL),
        (reports::routes(), Limits::SMALL),
        (reports::upload_routes(), Limits::UPLOADS),
    ];
    let api = OpenApiRouter::with_openapi(openapi::base());
    areas.into_iter().fold(api, |api, (routes, limits)| {
        api.merge(routes.layer(limits.of_bodies()).layer(limits.of_time()))
    })
}
