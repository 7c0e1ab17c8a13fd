//! The commands of `testkeep-server`. Each file parses its arguments, calls one function and prints the result.
//!
//! Exit codes: 0 success, 1 failed, 2 refused (nothing was changed), 3 install failed and was undone, 4 cancelled.

mod account;
mod activate;
mod audit;
mod check;
mod clock;
mod control;
mod database;
mod desktop_types;
mod install;
mod machine_id;
mod root;
mod run;
mod service;
mod standard_input;
mod supervise;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use testkeep_domain::Clock;
use testkeep_domain::license::{PublicKey, TrustedKeys};

use standard_input::read_password;

use crate::App;
use crate::api::document;
use crate::app::{OpenError, read_config};
use crate::entitlements::Licensing;
use crate::keys::trust;

/// Testkeep, the on-premise test-operations and license server.
#[derive(Parser)]
#[command(version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server in the foreground.
    Run(run::RunArguments),
    /// Start the server in the background.
    Start(run::RunArguments),
    /// Stop the server that runs with this configuration.
    Stop(ConfigFile),
    /// Run the server as a service of this machine, or as your own.
    #[command(subcommand)]
    Service(service::ServiceCommand),
    /// Run the server and start it again after a crash.
    #[command(hide = true)]
    Supervise(run::RunArguments),
    /// Print a new link to the next setup step.
    SetupLink(ConfigFile),
    /// Install from an answer file.
    Install(install::InstallArguments),
    /// Remove an installation; its data stays unless you say otherwise.
    Uninstall(install::UninstallArguments),
    /// Check one answer; prints JSON.
    #[command(subcommand)]
    Check(check::CheckCommand),
    /// Print this machine's ID, which a license is bound to.
    MachineId(machine_id::MachineIdArguments),
    /// Import a license file.
    Activate(activate::ActivateArguments),
    /// Create the default account, reset a password.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Accept the machine's clock as right after it was in the future.
    #[command(subcommand)]
    Clock(clock::ClockCommand),
    /// Verify or export the audit log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Copy the built-in database.
    #[command(subcommand)]
    Database(database::DatabaseCommand),
    /// Print the API's OpenAPI document.
    #[command(hide = true)]
    Openapi,
    /// Print the types of the desktop window's commands.
    #[command(hide = true)]
    DesktopTypes,
    /// Print a page with the API's endpoints between its marks.
    #[command(hide = true)]
    Endpoints {
        /// `docs/api-design.md`
        page: PathBuf,
    },
    /// Print the permission table.
    #[command(hide = true)]
    Permissions,
    /// Write man pages and shell completions.
    #[command(hide = true)]
    Manual(testkeep_manual::ManualArguments),
}

#[derive(clap::Args)]
struct ConfigFile {
    /// `<destination>/conf/testkeep.toml`
    #[arg(long)]
    config: PathBuf,
}

impl Cli {
    pub fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return Failure::Failed(error.to_string()).report(),
        };
        let result = runtime.block_on(self.command.run());
        // A blocked read of standard input must not keep the process from ending.
        runtime.shutdown_background();
        match result {
            Ok(code) => code,
            Err(failure) => failure.report(),
        }
    }
}

impl Command {
    /// The configuration of a command that opens the installation's data.
    fn opens(&self) -> Option<&Path> {
        match self {
            Self::Activate(arguments) => Some(arguments.config()),
            Self::Account(command) => Some(command.config()),
            Self::Clock(command) => Some(command.config()),
            Self::Audit(command) => Some(command.config()),
            Self::Database(command) => Some(command.config()),
            _ => None,
        }
    }

    async fn run(self) -> Result<ExitCode, Failure> {
        if let Some(config) = self.opens() {
            root::step_down(config)?;
        }
        match self {
            Self::Run(arguments) => run::run(&arguments).await,
            Self::Start(arguments) => control::start(&arguments).await,
            Self::Stop(file) => control::stop(&file.config).await,
            Self::Service(command) => command.run().await,
            Self::Supervise(arguments) => supervise::supervise(&arguments).await,
            Self::SetupLink(file) => control::print_setup_link(&file.config).await,
            Self::Install(arguments) => install::install(arguments).await,
            Self::Uninstall(arguments) => install::uninstall(arguments).await,
            Self::Check(command) => command.run().await,
            Self::MachineId(arguments) => machine_id::print_machine_id(&arguments),
            Self::Activate(arguments) => activate::activate(arguments).await,
            Self::Account(command) => command.run().await,
            Self::Clock(command) => command.run().await,
            Self::Audit(command) => command.run().await,
            Self::Database(command) => command.run().await,
            Self::Openapi => print(&document::to_json()),
            Self::DesktopTypes => print(&desktop_types::to_json()),
            Self::Endpoints { page } => print_endpoints(&page),
            Self::Permissions => print(&testkeep_domain::permission::print()),
            Self::Manual(arguments) => write_manual(&arguments.folder),
        }
    }
}

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Exit code 2: the input is wrong, or the machine does not allow the command.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    fn report(self) -> ExitCode {
        let (code, message) = match self {
            Self::Failed(message) => (1, message),
            Self::Refused(message) => (2, message),
        };
        say(&format!("testkeep-server: {message}"));
        ExitCode::from(code)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Config { .. } | OpenError::ReadConfig(_) | OpenError::Place(_) => {
                Self::Refused(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        match error {
            error @ (crate::Error::Internal(_) | crate::Error::Unavailable { .. }) => {
                Self::Failed(error.to_string())
            }
            crate::Error::Invalid { message, fields } if !fields.is_empty() => {
                let fields: Vec<String> =
                    fields.iter().map(|(field, problem)| format!("{field}: {problem}")).collect();
                Self::Refused(if fields.len() == 1 { message } else { fields.join("\n") })
            }
            other => Self::Refused(other.to_string()),
        }
    }
}

/// The vendors' keys that this build trusts.
fn trusted_keys() -> Result<TrustedKeys, Failure> {
    let keys: Result<Vec<PublicKey>, _> = trust::trusted_keys().collect();
    keys.map(TrustedKeys::new).map_err(|error| {
        Failure::Failed(format!("This build carries a vendor key that cannot be read: {error}"))
    })
}

fn licensing() -> Result<Licensing, Failure> {
    Ok(Licensing::new(trusted_keys()?, testkeep_setup::machine::machine_id()))
}

async fn open_app(config: &Path) -> Result<App, Failure> {
    let (config, layout) = read_config(config)?;
    root::trust(&layout)?;
    Ok(App::open(config, layout, Clock::system(), licensing()?).await?)
}

fn print_endpoints(page: &Path) -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(page)
        .map_err(|error| Failure::Refused(format!("{} cannot be read: {error}", page.display())))?;
    print(&document::with_endpoints(&text).map_err(Failure::Refused)?)
}

fn write_manual(folder: &std::path::Path) -> Result<ExitCode, Failure> {
    testkeep_manual::write(&Cli::command(), testkeep_manual::Section::Administrators, folder)
        .map(|()| ExitCode::SUCCESS)
        .map_err(|error| Failure::Failed(format!("{} cannot be written: {error}.", folder.display())))
}

/// Prints to standard error. It may be a file on a full disk, which must not change the exit code.
fn say(text: &str) {
    let _lost = writeln!(std::io::stderr(), "{text}");
}

/// Prints to standard output. A closed pipe is not a failure, because its reader chose to close it.
fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}
