//! `testkeep-server`: see `docs/api-design.md` for its commands and exit codes.

use std::process::ExitCode;

use clap::Parser;
use testkeep_server::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
