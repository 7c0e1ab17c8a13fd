//! `testkeep license run -- COMMAND`: a seat for as long as the command runs, and no longer.
//!
//! The seat is given back whatever happens to the command; the command is stopped when the seat is lost. If this
//! program itself is killed, its watcher does both.

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
    /// Run on a lease document, such as an offline license, without a server
    #[arg(long, value_name = "FILE", conflicts_with = "held")]
    lease: Option<PathBuf>,
    /// Run on the seat that `checkout` noted, such as a borrowed one, without a server
    #[arg(long)]
    held: bool,
    /// State file in place of this account's, for --held
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
        say(&format!("The seat was not given back: {error} The server takes it back when nobody renews it."));
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
    // A running command is work, whatever its user does.
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

/// Until the command ends, or the seat does.
async fn supervise(
    mut running: Running,
    guard: &mut LeaseGuard,
    signals: &mut Signals,
) -> Result<i32, Failure> {
    loop {
        tokio::select! {
            // A command that has ended has ended, whatever else happens.
            biased;
            code = running.wait() => return code,
            signal = signals.next() => running.forward(signal),
            state = guard.changed() => match state {
                LeaseState::Held => say("The server answers again; the seat is renewed."),
                LeaseState::Grace { until, reason } => {
                    say(&format!("{reason} The command goes on: the seat holds until {}.", report::moment(until)));
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
