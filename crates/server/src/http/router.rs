//! All routes, and the layers that every request passes.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;

use crate::http::error::answer_panic;
use crate::http::limits::Limits;
use crate::http::{address, headers, metrics, openapi, origin, readiness, ui};
use crate::{App, Error, VERSION, api, katalon};

pub(crate) fn router(app: App) -> Router {
    let (api, document) = api::routes().split_for_parts();
    let document = openapi::render(&document);
    let others = Router::new()
        .merge(katalon::routes(&app))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(is_ready))
        .route("/info", get(info))
        .route("/metrics", get(show_metrics))
        .route(
            "/api/v2/openapi.json",
            get(|| async move { ([(header::CONTENT_TYPE, "application/json")], document.clone()) }),
        )
        .layer(Limits::SMALL.of_bodies())
        .layer(Limits::SMALL.of_time());
    let uploads =
        katalon::upload_routes(&app).layer(Limits::UPLOADS.of_bodies()).layer(Limits::UPLOADS.of_time());
    Router::new()
        .merge(others)
        .merge(uploads)
        .merge(api)
        .fallback(ui::serve)
        .method_not_allowed_fallback(|| async { (StatusCode::METHOD_NOT_ALLOWED, ui::NOT_THIS_METHOD) })
        // Inside the metrics layer, so that panics are counted. It is repeated outside, for panics of the layers
        // themselves.
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::from_fn_with_state(app.clone(), metrics::measure))
        .layer(middleware::from_fn_with_state(app.clone(), address::notice_proxies))
        .layer(CompressionLayer::new())
        .layer(cors())
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::from_fn_with_state(app.clone(), headers::add))
        .with_state(app)
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origin::DESKTOP.map(HeaderValue::from_static))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .max_age(Duration::from_hours(1))
}

/// Whether the database can be read and written.
async fn is_ready(State(app): State<App>) -> impl IntoResponse {
    match readiness::check(&app).await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(message) => (StatusCode::SERVICE_UNAVAILABLE, message),
    }
}

/// Clients use this to detect a server and its kind (client protocol 2.1 and 4.1).
async fn info() -> impl IntoResponse {
    Json(json!({ "name": "Testkeep", "version": VERSION, "profiles": { "active": ["on-premise"] } }))
}

/// For a scraper on this machine, or for one that sends the metrics token.
async fn show_metrics(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Error> {
    // A proxy on this machine forwards requests of strangers, and not every proxy adds a header. With https there is a
    // proxy.
    let local = peer.ip().to_canonical().is_loopback()
        && !address::is_forwarded(&headers)
        && !app.config.server_url.is_https();
    if !local && !metrics::has_token(&headers, &app).await {
        return Err(Error::Forbidden(
            "Metrics are shown on the server machine, or to the bearer of conf/metrics.token.".into(),
        ));
    }
    let text = app.metrics.encode(app.started_at)?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
