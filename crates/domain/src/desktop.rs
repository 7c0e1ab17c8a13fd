//! The shapes that the UI receives from the desktop program and from the server's control port.
//!
//! Types only: `src-tauri` and the server fill them, and `cargo xtask gen` makes the UI's types from them.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::license::LicenseSummary;

words! {
    /// The state of the setup.
    SetupState {
        ActivationRequired "activation_required",
        AccountRequired "account_required",
        Ready "ready",
    }
}

/// The kind of database in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseKind {
    BuiltIn,
    Postgresql,
}

/// The result of the command `host_info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostInfo {
    pub version: &'static str,
    /// `linux` or `windows`.
    pub platform: &'static str,
    pub installation: Option<Installation>,
}

/// The installation that the window shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Installation {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub destination: PathBuf,
    pub version: String,
    pub http_port: u16,
    pub control_port: u16,
    pub server_url: String,
    pub database: DatabaseKind,
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

/// The result of the command `server_state`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerReport {
    #[serde(flatten)]
    pub state: ServerState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Percent of the whole machine, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The answer of the control port, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ControlStatus>))]
    pub status: Option<Value>,
}

/// The answer to `GET /status` of the control port.
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
    /// Number of open connections of browsers and programs.
    pub connections: i64,
    /// Number of requests answered since the start.
    pub requests: u64,
    /// The disk of the destination; `None` if the system does not report it.
    pub disk: Option<DiskSpace>,
}

/// Sizes of a disk in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiskSpace {
    pub free: u64,
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatabaseStatus {
    pub kind: DatabaseKind,
    pub version: String,
    /// The path of the file, or the address of the database server.
    pub location: String,
    pub size_bytes: u64,
}
