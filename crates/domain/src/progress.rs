//! The events that `install --progress json` prints, one JSON object a line. The wizard's progress page shows them.

use serde::{Deserialize, Serialize};

use crate::Finding;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first line: the steps in their order.
    Plan {
        steps: Vec<PlannedStep>,
    },
    /// The findings of the pre-flight checks. Errors end the run before it changes anything.
    Findings {
        findings: Vec<Finding>,
    },
    Step {
        name: String,
        state: StepState,
        /// Progress of the whole run, 0 to 100.
        percent: u8,
        elapsed_ms: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    Log {
        line: String,
    },
    /// The last line.
    Result(Outcome),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedStep {
    /// A stable word, for example `create_folders`.
    pub name: String,
    /// Text for people, for example “Create folders”.
    pub title: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Running,
    Done,
    /// There was nothing to do: it was done before or was not requested.
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
        /// The page to open next: Activate or default account, with a one-time token, or sign-in. `None`: the server
        /// was not started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_url: Option<String>,
    },
    Uninstalled {
        destination: String,
        /// Folders that were not removed.
        kept: Vec<String>,
    },
    /// The result of `--dry-run`: nothing was changed.
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
