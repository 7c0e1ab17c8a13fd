//! The control port: a loopback listener for the manager. It offers status, stop, logs, the setup link, and a new
//! password for a person.
//!
//! Its secret is in a file that only the service account and administrators can read.

mod gate;

use std::net::{Ipv4Addr, SocketAddr};

use std::sync::Arc;

use axum::extract::{FromRef, Query, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_domain::control::{ControlKey, HELLO};
use testkeep_domain::desktop::{ControlStatus, DatabaseKind, DatabaseStatus, DiskSpace};
use testkeep_domain::log_tail::LogLines;
use testkeep_setup::check;
use tokio::sync::watch;

use self::gate::Gate;
use crate::api::body::Body;
use crate::ops::authorized::Authorized;
use crate::ops::installation::running::record_stop;
use crate::ops::installation::setup_link::{create_setup_link, setup_state};
use crate::ops::people::passwords;
use crate::{App, Error, VERSION, log};

#[derive(Clone)]
struct Control {
    app: App,
    stop: watch::Sender<bool>,
    gate: Arc<Gate>,
}

impl FromRef<Control> for Arc<Gate> {
    fn from_ref(control: &Control) -> Self {
        Self::clone(&control.gate)
    }
}

pub(crate) fn address(config: &ServerConfig) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, config.control_port.get()))
}

/// The router accepts the secret that is in `conf/control.token` now, and no other. Without a secret it refuses every
/// request; the server keeps running, and the next start writes a new secret.
pub(crate) async fn router(app: App, stop: watch::Sender<bool>) -> Router {
    let Some(key) = read_key(&app).await else {
        return Router::new().fallback(|| async { gate::refused() });
    };
    let gate = Arc::new(Gate::new(key, app.config.control_port.get()));
    let control = Control { app, stop, gate: Arc::clone(&gate) };
    Router::new()
        .route("/status", get(find_status))
        .route("/stop", post(stop_server))
        .route("/logs", get(list_log_lines))
        .route("/setup-link", post(create_link))
        .route("/reset-password", post(reset_password))
        .layer(middleware::from_fn_with_state(gate, gate::require_proof))
        .route(HELLO, get(gate::say_hello))
        .with_state(control)
}

async fn read_key(app: &App) -> Option<ControlKey> {
    let file = app.layout.control_token();
    let read = app.disk.read_text(file.clone()).await.map_err(|error| error.to_string());
    let key = read.and_then(|text| ControlKey::parse(&text).map_err(|error| error.to_string()));
    key.inspect_err(|reason| {
        tracing::error!(file = %file.display(), reason, "the control port is closed: its secret cannot be read");
    })
    .ok()
}

async fn find_status(State(Control { app, .. }): State<Control>) -> Result<Json<ControlStatus>, Error> {
    let now = app.clock.now();
    let (kind, location) = match &app.config.database {
        DatabaseConfig::BuiltIn => (DatabaseKind::BuiltIn, app.layout.database_file().display().to_string()),
        DatabaseConfig::Postgresql(postgres) => {
            (DatabaseKind::Postgresql, testkeep_store::postgres::describe(postgres))
        }
    };
    Ok(Json(ControlStatus {
        version: VERSION,
        pid: std::process::id(),
        started_at: app.started_at,
        uptime_seconds: (now - app.started_at).num_seconds(),
        server_url: app.config.server_url.to_string(),
        http_port: app.config.http_port.get(),
        control_port: app.config.control_port.get(),
        database: DatabaseStatus {
            kind,
            version: app.db.version().await?,
            location,
            size_bytes: app.db.size().await?,
        },
        setup_state: setup_state(&app).await?,
        license: app.licensing.summary(&app.db, now).await?,
        connections: app.metrics.open_connections(),
        requests: app.metrics.answered(),
        disk: find_disk_space(&app).await,
    }))
}

async fn find_disk_space(app: &App) -> Option<DiskSpace> {
    let folder = app.layout.destination().to_owned();
    let owned = folder.clone();
    app.disk.run(&folder, move || Ok(check::disk_space(&owned))).await.ok().flatten()
}

async fn stop_server(State(control): State<Control>) -> StatusCode {
    tracing::info!("stop requested on the control port");
    record_stop(&control.app, Authorized::at_the_control_port(), "control port").await;
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
    let owned = file.clone();
    let read = app.disk.run(&file, move || log::read_lines(&owned, query.after)).await;
    Ok(Json(read.map_err(Error::internal)?))
}

async fn create_link(State(Control { app, .. }): State<Control>) -> Result<Json<Value>, Error> {
    Ok(Json(json!({ "url": create_setup_link(&app, Authorized::at_the_control_port()).await? })))
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
    passwords::reset_password(&app, Authorized::at_the_control_port(), &email, &password).await?;
    Ok(StatusCode::NO_CONTENT)
}
