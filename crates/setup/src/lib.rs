//! The install engine: pre-flight checks, installation in steps with undo, removal, and requests to a running server.
//!
//! Runs inside `testkeep-server install …`, so the wizard and a silent install are the same code. Must never need a
//! network, and never change files it did not make. A run killed at any point must leave a folder that the next run can
//! complete.

mod apps_and_features;
pub mod check;
pub mod install;
pub mod machine;
mod uninstall;
mod upgrade;

pub use install::{Events, InstallOptions, install};
pub use uninstall::uninstall;
pub use upgrade::Upgrade;

use testkeep_domain::progress::Outcome;

/// The exit code of `install` and `uninstall`: 0 success, 2 refused and nothing changed, 3 failed and undone, 4
/// cancelled and undone.
pub fn exit_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Installed { .. } | Outcome::Uninstalled { .. } | Outcome::Planned => 0,
        Outcome::Refused { .. } => 2,
        Outcome::Failed { .. } => 3,
        Outcome::Cancelled { .. } => 4,
    }
}
