//! What the desktop program and the server's control port say, as the screens receive it.
//!
//! Shapes alone: `src-tauri` and the server fill them, `cargo xtask gen` makes the UI's types from them.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::license::LicenseSummary;

words! {
    /// How far the setup is.
    SetupState {
        ActivationRequired "activation_required",
        AccountRequired "account_required",
        Ready "ready",
    }
}

/// Where the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseKind {
    BuiltIn,
    Postgresql,
}

/// `host_info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostInfo {
    pub version: &'static str,
    /// `linux`, `windows`
    pub platform: &'static str,
    pub installation: Option<Installation>,
}

/// The installation that the window is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Installation {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub destination: PathBuf,
    pub version: String,
    pub http_port: u16,
    pub server_url: String,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub config_file: PathBuf,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ServerState {
    NotInstalled,
    #[default]
    Stopped,
    Starting,
    Running,
    Failed {
        reason: String,
    },
}

/// `server_state`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerReport {
    #[serde(flatten)]
    pub state: ServerState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Of the whole machine, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// As the control port said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ControlStatus>))]
    pub status: Option<Value>,
}

/// `GET /status` of the control port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ControlStatus {
    pub version: &'static str,
    pub pid: u32,
    pub started_at: DateTime<Utc>,
    pub uptime_seconds: i64,
    pub server_url: String,
    pub http_port: u16,
    pub control_port: u16,
    pub database: DatabaseStatus,
    pub setup_state: SetupState,
    pub license: Option<LicenseSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatabaseStatus {
    pub kind: DatabaseKind,
    pub version: String,
    /// A file, or the server's address.
    pub location: String,
}
