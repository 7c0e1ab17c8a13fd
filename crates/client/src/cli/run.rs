//! `testkeep license run -- COMMAND`: holds a seat exactly as long as the command runs.
//!
//! The seat is returned however the command ends. The command is stopped when the seat is lost. If this program itself
//! is killed, its watcher process does both.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use testkeep_client::{Lease, LeaseGuard, LeaseState, MachineKey};
use testkeep_domain::Clock;

use super::checkout::{SeatArguments, ask, watch_signals};
use super::command::Running;
use super::failure::{ENDED, Failure, say};
use super::report;
use super::setup::{ServerArguments, TrustArguments, read_text};
use super::signals::Signals;
use super::state::StateFile;
use super::watcher::Watcher;

#[derive(Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    seat: SeatArguments,
    /// Use a lease document, for example an offline license, without a server
    #[arg(long, value_name = "FILE", conflicts_with = "held")]
    lease: Option<PathBuf>,
    /// Use the seat that `checkout` wrote to the state file, for example a borrowed one, without a server
    #[arg(long)]
    held: bool,
    /// State file to use instead of this account's, with --held
    #[arg(long, value_name = "FILE", requires = "held")]
    state: Option<PathBuf>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

pub(crate) async fn run(arguments: RunArguments) -> Result<i32, Failure> {
    let mut signals = watch_signals()?;
    let mut guard = if arguments.lease.is_some() || arguments.held {
        LeaseGuard::without_server(kept_lease(&arguments)?, Clock::system())
    } else {
        take_seat(&arguments, &mut signals).await?
    };
    let mut watcher = Watcher::start(&arguments.server);
    if let (Some(watcher), Some(seat)) = (&mut watcher, guard.lease().id().filter(|_| !arguments.held)) {
        watcher.tell_seat(seat).await;
    }
    let done = match Running::start(&arguments.command) {
        Ok(running) => {
            if let (Some(watcher), Some(number)) = (&mut watcher, running.number()) {
                watcher.tell_command(number).await;
            }
            supervise(running, &mut guard, &mut signals).await
        }
        Err(failure) => Err(failure),
    };
    if let Err(error) = guard.release().await {
        say(&format!("The seat was not given back: {error} The server frees it when it is not renewed."));
    }
    if let Some(watcher) = watcher {
        watcher.dismiss().await;
    }
    done
}

async fn take_seat(arguments: &RunArguments, signals: &mut Signals) -> Result<LeaseGuard, Failure> {
    let server = arguments.server.require_server()?;
    let client = Arc::new(arguments.server.client(server, arguments.trust.trusted()?)?);
    let request = arguments.seat.request(arguments.trust.machine()?);
    let lease = ask(&client, &request, signals).await?;
    // A running command counts as activity, even if its user does nothing.
    Ok(LeaseGuard::keep(client, lease, || None))
}

fn kept_lease(arguments: &RunArguments) -> Result<Lease, Failure> {
    let verifier = arguments.trust.verifier()?;
    let now = Clock::system().now();
    if let Some(file) = &arguments.lease {
        return Ok(Lease::verify(&verifier, None, &read_text(file)?, &arguments.trust.machine()?, now)?);
    }
    let state = StateFile::open(arguments.state.clone())?;
    let held = state.read()?.and_then(|held| held.lease.map(|lease| (lease, held.machine_id)));
    let (noted, machine) = held.ok_or_else(|| {
        Failure::new(ENDED, "Nothing is held. Take a seat with `testkeep license checkout` first.")
    })?;
    Ok(Lease::verify(&verifier, Some(noted.id), &noted.document, &MachineKey::parse(&machine)?, now)?)
}

/// Waits until the command ends or the seat is lost.
async fn supervise(
    mut running: Running,
    guard: &mut LeaseGuard,
    signals: &mut Signals,
) -> Result<i32, Failure> {
    loop {
        tokio::select! {
            // `biased`: if the command has ended, its exit code is the result, even if the seat was lost at the same
            // moment.
            biased;
            code = running.wait() => return code,
            signal = signals.next() => running.forward(signal),
            state = guard.changed() => match state {
                LeaseState::Held => say("The server answers again; the seat is renewed."),
                LeaseState::Grace { until, reason } => {
                    say(&format!("{reason} The command continues: the seat is valid until {}.", report::moment(until)));
                }
                LeaseState::Ended(end) => {
                    say(&format!("{end} The command is stopped."));
                    running.stop().await;
                    return Err(Failure::from(end));
                }
            }
        }
    }
}
