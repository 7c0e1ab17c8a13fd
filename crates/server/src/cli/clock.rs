//! `clock reset`: accepts the machine's clock as right after it was in the future.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;

use super::{ConfigFile, Failure, open_app, print};
use crate::clock_guard::{self, ClockState};
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::installation::clock;

#[derive(Subcommand)]
pub(super) enum ClockCommand {
    /// Set the latest time seen to this machine's current time, so that seats are given out again.
    Reset(ConfigFile),
}

impl ClockCommand {
    pub(super) fn config(&self) -> &Path {
        let Self::Reset(file) = self;
        &file.config
    }

    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let Self::Reset(config) = self;
        let app = open_app(&config.config).await?;
        let now = app.clock.now();
        let state = clock_guard::clock_state(&app.db, now).await?;
        let change = Change::of(&app, Authorized::at_the_console()).await?;
        let reset = clock::reset_clock(&app, change).await;
        app.db.close().await;
        let before =
            reset?.map_or_else(|| "never".into(), |time| time.format("%Y-%m-%d %H:%M UTC").to_string());
        let after = match state {
            ClockState::SetBack => "Seats are given out again.",
            ClockState::Ok => "Seats were given out before as well.",
        };
        print(&format!(
            "The latest time seen was {before}, and is {} now. {after}\n",
            now.format("%Y-%m-%d %H:%M UTC")
        ))
    }
}
