//! All routes, and what every request passes through.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    activation, adding, api_keys, audit_events, default_account, group_users, groups, invitations, leases,
    licenses, mail, me, notifications, organizations, password_resets, profile, projects, sessions, status,
    teams, users,
};
use crate::{App, Error, VERSION, control, katalon, metrics, openapi, ui};

/// No request of the native API needs more, in bytes. Above what a license file may have, so that a file that is too
/// large gets its own message.
const BODY_LIMIT: usize = 1024 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// The origins of the desktop window on Linux and Windows. Nobody else gets CORS.
const DESKTOP_ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// The native API with its OpenAPI document.
pub fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(status::find_status))
        .routes(routes!(activation::find_activation, activation::create_activation))
        .routes(routes!(default_account::create_default_account))
        .routes(routes!(sessions::create_session))
        .routes(routes!(sessions::delete_current_session))
        .routes(routes!(me::find_me, profile::update_me))
        .routes(routes!(profile::change_password))
        .routes(routes!(profile::list_sessions, profile::delete_other_sessions))
        .routes(routes!(profile::delete_session))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::delete_api_key))
        .routes(routes!(organizations::find_account, organizations::update_account))
        .routes(routes!(organizations::list_organizations, organizations::create_organization))
        .routes(routes!(
            organizations::find_organization,
            organizations::update_organization,
            organizations::delete_organization
        ))
        .routes(routes!(teams::list_teams, teams::create_team))
        .routes(routes!(teams::find_team, teams::update_team, teams::delete_team))
        .routes(routes!(projects::list_projects, projects::create_project))
        .routes(routes!(projects::find_project, projects::update_project, projects::delete_project))
        .routes(routes!(groups::list_groups, groups::create_group))
        .routes(routes!(groups::find_group, groups::update_group, groups::delete_group))
        .routes(routes!(group_users::list_group_users, group_users::add_group_users))
        .routes(routes!(group_users::remove_group_user))
        .routes(routes!(group_users::list_group_candidates))
        .routes(routes!(adding::add_users))
        .routes(routes!(adding::list_candidates))
        .routes(routes!(users::list_users))
        .routes(routes!(users::export_users))
        .routes(routes!(users::update_user, users::delete_user))
        .routes(routes!(users::transfer_ownership))
        .routes(routes!(users::list_removed_users))
        .routes(routes!(invitations::create_invitations, invitations::list_invitations))
        .routes(routes!(invitations::resend_invitation))
        .routes(routes!(invitations::delete_invitation))
        .routes(routes!(invitations::look_at_invitation_link))
        .routes(routes!(invitations::set_password_by_invitation))
        .routes(routes!(invitations::accept_invitation_link))
        .routes(routes!(invitations::accept_own_invitation))
        .routes(routes!(invitations::decline_own_invitation))
        .routes(routes!(mail::find_mail_settings, mail::update_mail_settings, mail::delete_mail_settings))
        .routes(routes!(mail::send_test_mail))
        .routes(routes!(mail::list_mails))
        .routes(routes!(mail::resend_mail))
        .routes(routes!(password_resets::create_password_reset))
        .routes(routes!(password_resets::look_at_reset_link))
        .routes(routes!(password_resets::set_password_by_reset_link))
        .routes(routes!(notifications::find_notifications, notifications::update_notifications))
        .routes(routes!(licenses::overview::find_organization_licenses))
        .routes(routes!(licenses::users::list_licensed_users, licenses::users::assign_licenses))
        .routes(routes!(licenses::users::export_licensed_users))
        .routes(routes!(licenses::users::revoke_license))
        .routes(routes!(licenses::users::transfer_license))
        .routes(routes!(licenses::sessions::list_license_sessions))
        .routes(routes!(licenses::sessions::end_license_session))
        .routes(routes!(licenses::offline::list_offline_licenses, licenses::offline::create_offline_license))
        .routes(routes!(licenses::offline::download_offline_license))
        .routes(routes!(licenses::machines::list_machines))
        .routes(routes!(licenses::machines::remove_machine))
        .routes(routes!(
            licenses::settings::find_license_settings,
            licenses::settings::update_license_settings
        ))
        .routes(routes!(licenses::usage::find_license_usage))
        .routes(routes!(licenses::usage::list_license_utilization))
        .routes(routes!(licenses::usage::export_license_utilization))
        .routes(routes!(licenses::account::find_account_licenses))
        .routes(routes!(licenses::account::update_license_share))
        .routes(routes!(leases::check_out_lease, leases::list_own_leases, leases::give_up_lease))
        .routes(routes!(leases::renew_lease))
        .routes(routes!(leases::release_lease))
        .routes(routes!(audit_events::list_audit_events))
        .routes(routes!(audit_events::export_audit_events))
}

pub fn router(app: App) -> Router {
    let (api, document) = api().split_for_parts();
    let document = openapi::render(&document);
    Router::new()
        .merge(api)
        .merge(katalon::routes(&app))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(is_ready))
        .route("/info", get(info))
        .route("/metrics", get(show_metrics))
        .route(
            "/api/v2/openapi.json",
            get(|| async move { ([(header::CONTENT_TYPE, "application/json")], document.clone()) }),
        )
        .fallback(ui::serve)
        .method_not_allowed_fallback(|| async {
            (StatusCode::METHOD_NOT_ALLOWED, "This address does not take this method.\n")
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(app.clone(), metrics::measure))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CompressionLayer::new())
        .layer(cors())
        .layer(header_always("x-content-type-options", "nosniff"))
        .layer(header_always("x-frame-options", "DENY"))
        .layer(header_always("referrer-policy", "no-referrer"))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

fn header_always(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(
        header::HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(DESKTOP_ORIGINS.map(HeaderValue::from_static))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .max_age(Duration::from_hours(1))
}

async fn is_ready(State(app): State<App>) -> impl IntoResponse {
    match app.db.ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "The database does not answer.")
        }
    }
}

/// Clients probe this to see whether a server is there and of which kind (client protocol 2.1 and 4.1).
async fn info() -> impl IntoResponse {
    Json(json!({ "name": "Testkeep", "version": VERSION, "profiles": { "active": ["on-premise"] } }))
}

/// For a scraper on this machine, or one that holds the control token.
async fn show_metrics(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Error> {
    // A proxy on this machine forwards strangers.
    let local = peer.ip().to_canonical().is_loopback() && !headers.contains_key("x-forwarded-for");
    if !local && !control::has_control_token(&headers, &app.layout) {
        return Err(Error::Forbidden(
            "Metrics are shown on the server machine, or to the bearer of conf/control.token.".into(),
        ));
    }
    let text = app.metrics.encode(app.started_at)?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
