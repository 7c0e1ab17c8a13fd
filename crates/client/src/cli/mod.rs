//! Arguments and commands of `testkeep`. Each file has one command, or one part that several commands use.
//!
//! Must never take a secret as an argument: every account of a machine can read the arguments of every program.

mod checkout;
mod command;
mod failure;
mod inspect;
mod machine_id;
mod release;
mod report;
mod run;
mod setup;
mod signals;
mod state;
mod status;
mod tree;
mod upload;
mod watcher;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

use failure::Failure;

const VERSION: &str = if testkeep_client::IS_DEMO {
    concat!(env!("CARGO_PKG_VERSION"), " (demo: trusts the published demo key)")
} else {
    env!("CARGO_PKG_VERSION")
};

const EXIT_CODES: &str = "\
Exit codes:
   0  success
  64  wrong arguments, or a file that they name cannot be used
  69  the server cannot be reached, or does not work properly
  70  something failed on this machine
  75  no seat is free; try again later, or use --wait
  76  the session has ended: revoked, taken over, idle, expired; or none is held
  77  the server refuses: API key refused, or not licensed
  78  the lease is not trusted: signature, vendor, machine
 128+ ended by a signal (130: Ctrl-C)
`run` ends with the command's own code, unless the seat is lost (76). 126, 127: the command cannot be started.

Environment:
  TESTKEEP_SERVER   the server, when --server is absent
  TESTKEEP_API_KEY  the API key, when --api-key-file is absent. There is no argument for the key itself: every
                    account of a machine can read the arguments of every program.";

/// Command line of a Testkeep server, for people and CI
#[derive(Parser)]
#[command(name = "testkeep", version = VERSION, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take, keep and return seats
    #[command(subcommand)]
    License(Box<License>),
    /// Upload test reports to a project
    #[command(after_help = upload::EXIT_CODES)]
    Upload(Box<upload::UploadArguments>),
    /// Read test reports.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Write man pages and shell completions
    #[command(hide = true)]
    Manual(testkeep_manual::ManualArguments),
}

#[derive(Subcommand)]
enum ReportCommand {
    /// Show what test reports contain, without a server. Exits with 0 when all files are reports, otherwise with 2
    Inspect(inspect::InspectArguments),
}

#[derive(Subcommand)]
enum License {
    /// Take a seat and write it to the state file. A second run keeps the same seat
    #[command(after_help = EXIT_CODES)]
    Checkout(checkout::CheckoutArguments),
    /// Return the seat in the state file, including a borrowed one
    #[command(after_help = EXIT_CODES)]
    Release(release::ReleaseArguments),
    /// Show the seat in the state file, its end, and what the server reports about it
    #[command(after_help = EXIT_CODES)]
    Status(status::StatusArguments),
    /// Take a seat, run a command, keep the seat while the command runs, then return it
    #[command(after_help = EXIT_CODES)]
    Run(run::RunArguments),
    /// Clean up after a `run` that was killed; started by `run` itself
    #[command(name = watcher::NAME, hide = true)]
    WatchRun(watcher::WatchArguments),
    /// Print the ID of this machine and account, for which an offline license is made
    MachineId,
}

/// Runs the program and returns its exit code.
pub(crate) fn run() -> i32 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _nobody_reads = error.print();
            let fine = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if fine { 0 } else { usage_code() };
        }
    };
    match cli.command {
        Command::License(command) => block_on(run_license(*command)),
        Command::Upload(arguments) => block_on(upload::upload(*arguments)),
        Command::Report(ReportCommand::Inspect(arguments)) => inspect::inspect(&arguments),
        Command::Manual(arguments) => write_manual(&arguments.folder),
    }
}

/// The exit code of wrong arguments. `upload` has its own, because builds read it.
fn usage_code() -> i32 {
    let is_upload = std::env::args_os().nth(1).is_some_and(|word| word == "upload");
    if is_upload { upload::USAGE } else { failure::USAGE }
}

fn block_on(command: impl Future<Output = Result<i32, Failure>>) -> i32 {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::here(format!("No threads can be started: {error}.")).report(),
    };
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result.unwrap_or_else(Failure::report)
}

async fn run_license(command: License) -> Result<i32, Failure> {
    match command {
        License::Checkout(arguments) => checkout::checkout(arguments).await,
        License::Release(arguments) => release::release(arguments).await,
        License::Status(arguments) => status::status(arguments).await,
        License::Run(arguments) => run::run(arguments).await,
        License::WatchRun(arguments) => watcher::watch(arguments).await,
        License::MachineId => machine_id::print_machine_id(),
    }
}

fn write_manual(folder: &std::path::Path) -> i32 {
    match testkeep_manual::write(&Cli::command(), testkeep_manual::Section::Users, folder) {
        Ok(()) => 0,
        Err(error) => Failure::here(format!("{} cannot be written: {error}.", folder.display())).report(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_key_is_no_argument() {
        for key in ["--api-key", "--key", "--password"] {
            let words = ["testkeep", "license", "checkout", "--server", "http://a", key, "tkk_1"];
            assert!(Cli::try_parse_from(words).is_err(), "{key}");
        }
    }

    fn parse_run(words: &[&str]) -> Result<run::RunArguments, clap::Error> {
        let all = ["testkeep", "license", "run"].iter().chain(words);
        let Command::License(command) = Cli::try_parse_from(all)?.command else { unreachable!() };
        let License::Run(arguments) = *command else { unreachable!() };
        Ok(arguments)
    }

    #[test]
    fn a_commands_own_options_stay_its_own() {
        let arguments = parse_run(&["--wait", "--", "make", "--wait", "5", "-j"]).unwrap();
        assert_eq!(arguments.command, ["make", "--wait", "5", "-j"]);
        let arguments = parse_run(&["--wait", "5", "--", "make"]).unwrap();
        assert_eq!(arguments.command, ["make"]);
        assert!(parse_run(&["--wait"]).is_err(), "no command");
        assert!(parse_run(&["--held", "--lease", "a.lic", "--", "make"]).is_err());
        assert!(parse_run(&["--wait", "soon", "--", "make"]).is_err());
    }
}
