//! What `install --progress json` prints, one JSON object a line, and the wizard's progress page shows.

use serde::{Deserialize, Serialize};

use crate::Finding;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// First line: what will be done, in order.
    Plan {
        steps: Vec<PlannedStep>,
    },
    /// What pre-flight found; errors end the run before anything was changed.
    Findings {
        findings: Vec<Finding>,
    },
    Step {
        name: String,
        state: StepState,
        /// Of the whole run, 0 to 100.
        percent: u8,
        elapsed_ms: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    Log {
        line: String,
    },
    /// Last line.
    Result(Outcome),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedStep {
    /// Stable word: `create_folders`.
    pub name: String,
    /// For people: “Create folders”.
    pub title: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Running,
    Done,
    /// Nothing to do: it was done before, or was not asked for.
    Skipped,
    Failed,
    Undone,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Installed {
        destination: String,
        server_url: String,
        /// Where the browser goes next: the Activate or default-account page with a one-time token, or sign-in.
        /// `None` when the server was not started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_url: Option<String>,
    },
    Uninstalled {
        destination: String,
        /// Folders left in place.
        kept: Vec<String>,
    },
    /// `--dry-run`: nothing was changed.
    Planned,
    Refused {
        message: String,
    },
    Failed {
        message: String,
    },
    Cancelled {
        message: String,
    },
}
