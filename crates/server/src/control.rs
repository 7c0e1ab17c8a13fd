//! The control port: a loopback listener for the manager, behind a token that only the service account and
//! administrators can read. Status, stop, logs, setup link, a person's new password.

use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_domain::log_tail::LogLines;
use testkeep_domain::{Layout, Secret};
use tokio::sync::watch;

use crate::api::body::Body;
use crate::ops::authorized::Authorized;
use crate::ops::passwords;
use crate::ops::setup_link::{create_setup_link, setup_state};
use crate::token::same_secret;
use crate::{App, Error, VERSION, auth, log};

#[derive(Clone)]
struct Control {
    app: App,
    stop: watch::Sender<bool>,
}

pub fn address(config: &ServerConfig) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, config.control_port.get()))
}

pub fn router(app: App, stop: watch::Sender<bool>) -> Router {
    let control = Control { app, stop };
    Router::new()
        .route("/status", get(find_status))
        .route("/stop", post(stop_server))
        .route("/logs", get(list_log_lines))
        .route("/setup-link", post(create_link))
        .route("/reset-password", post(reset_password))
        .layer(middleware::from_fn_with_state(control.clone(), require_token))
        .with_state(control)
}

/// Read at every request: the file may be replaced, and nobody polls this hard.
pub fn has_control_token(headers: &HeaderMap, layout: &Layout) -> bool {
    let Ok(expected) = std::fs::read_to_string(layout.control_token()) else { return false };
    let expected = expected.trim();
    !expected.is_empty()
        && auth::bearer(headers).is_some_and(|given| same_secret(given.as_bytes(), expected.as_bytes()))
}

async fn require_token(
    State(control): State<Control>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if !has_control_token(request.headers(), &control.app.layout) {
        return Err(Error::Forbidden("The control port needs the token from conf/control.token.".into()));
    }
    Ok(next.run(request).await)
}

async fn find_status(State(Control { app, .. }): State<Control>) -> Result<Json<Value>, Error> {
    let now = app.clock.now();
    let location = match &app.config.database {
        DatabaseConfig::BuiltIn => app.layout.database_file().display().to_string(),
        DatabaseConfig::Postgresql(postgres) => testkeep_store::postgres::describe(postgres),
    };
    let kind = match &app.config.database {
        DatabaseConfig::BuiltIn => "built-in",
        DatabaseConfig::Postgresql(_) => "postgresql",
    };
    Ok(Json(json!({
        "version": VERSION,
        "pid": std::process::id(),
        "started_at": app.started_at,
        "uptime_seconds": (now - app.started_at).num_seconds(),
        "server_url": app.config.server_url,
        "http_port": app.config.http_port,
        "control_port": app.config.control_port,
        "database": { "kind": kind, "version": app.db.version().await?, "location": location },
        "setup_state": setup_state(&app).await?.as_str(),
        "license": app.licensing.summary(&app.db, now).await?,
    })))
}

async fn stop_server(State(control): State<Control>) -> StatusCode {
    tracing::info!("stop asked for on the control port");
    control.stop.send_replace(true);
    StatusCode::ACCEPTED
}

#[derive(Deserialize)]
struct LogsQuery {
    after: Option<u64>,
}

async fn list_log_lines(
    State(Control { app, .. }): State<Control>,
    Query(query): Query<LogsQuery>,
) -> Result<Json<LogLines>, Error> {
    let file = app.layout.log_file();
    let read = tokio::task::spawn_blocking(move || log::read_lines(&file, query.after));
    Ok(Json(read.await.map_err(Error::internal)?.map_err(Error::internal)?))
}

async fn create_link(State(Control { app, .. }): State<Control>) -> Result<Json<Value>, Error> {
    Ok(Json(json!({ "url": create_setup_link(&app, &Authorized::at_the_control_port()).await? })))
}

#[derive(Deserialize)]
struct PasswordReset {
    email: String,
    password: Secret,
}

async fn reset_password(
    State(Control { app, .. }): State<Control>,
    Body(PasswordReset { email, password }): Body<PasswordReset>,
) -> Result<StatusCode, Error> {
    passwords::reset_password(&app, &Authorized::at_the_control_port(), &email, &password).await?;
    Ok(StatusCode::NO_CONTENT)
}
