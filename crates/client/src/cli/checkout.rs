//! `testkeep license checkout`: takes a seat and writes it to the state file. A second run keeps the same seat.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use testkeep_client::{
    CheckoutRequest, ClientError, Lease, LeaseVerifier, LicenseClient, MachineKey, Progress, Wait,
};
use testkeep_domain::Clock;
use uuid::Uuid;

use super::failure::{Failure, say};
use super::report;
use super::setup::{PackageName, ServerArguments, TrustArguments};
use super::signals::{Signal, Signals};
use super::state::{Held, StateFile};

#[derive(Args)]
pub(crate) struct CheckoutArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    seat: SeatArguments,
    /// Borrow the seat for this many days, for use without the server
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u8).range(1..=30))]
    borrow: Option<u8>,
    /// State file to use instead of this account's
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which seat to take, and how long to wait for it.
#[derive(Args)]
pub(crate) struct SeatArguments {
    /// Kind of program that needs the seat
    #[arg(long, value_enum, default_value = "ENGINE")]
    package: PackageName,
    /// Number of the organization; required for members of several organizations
    #[arg(long, value_name = "ID")]
    organization: Option<i64>,
    /// When every seat is taken, wait in the queue: for this many seconds, or without a limit if no number is given
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = false)]
    #[expect(clippy::option_option, reason = "absent, without a value, with one")]
    wait: Option<Option<u64>>,
}

impl SeatArguments {
    /// A new session.
    pub(crate) fn request(&self, machine: MachineKey) -> CheckoutRequest {
        let wait = match self.wait {
            None => Wait::No,
            Some(None) => Wait::AsLongAsItTakes,
            Some(Some(seconds)) => Wait::AtMost(Duration::from_secs(seconds)),
        };
        CheckoutRequest {
            organization_id: self.organization,
            wait,
            ..CheckoutRequest::new(self.package.into(), machine)
        }
    }
}

pub(crate) async fn checkout(arguments: CheckoutArguments) -> Result<i32, Failure> {
    let server = arguments.server.require_server()?;
    let trusted = arguments.trust.trusted()?;
    let client = arguments.server.client(server.clone(), trusted)?;
    let mut request = arguments.seat.request(arguments.trust.machine()?);
    request.borrow_days = arguments.borrow;
    let state = StateFile::open(arguments.state)?;
    let mut signals = watch_signals()?;
    let asked = Held::asked(server.clone(), &request);
    if let Some(session_id) = session_to_keep(&state, &asked, &arguments.trust.verifier()?)? {
        request.session_id = session_id;
    }
    let lease = take(&client, &state, &request, &mut signals).await?;
    if arguments.json {
        report::print(&report::json_of(&lease, Some(&server)).to_string());
    } else {
        report::print(&format!("{}, noted in {}.", report::sentence(&lease), state.path().display()));
    }
    Ok(0)
}

/// Writes the session to the state file, requests a lease, writes the answer to the state file.
async fn take(
    client: &LicenseClient,
    state: &StateFile,
    request: &CheckoutRequest,
    signals: &mut Signals,
) -> Result<Lease, Stopped> {
    let asked = Held::asked(client.server().clone(), request);
    // A valid lease stays in the state file until there is a newer one.
    let noted = state.read()?.filter(|held| held.session_id == request.session_id && held.lease.is_some());
    if noted.is_none() {
        state.write(&asked)?;
    }
    match ask(client, request, signals).await {
        Ok(lease) => state.write(&asked.with(&lease)).map(|()| lease).map_err(Stopped::Failed),
        Err(stopped) => {
            // A refused request took no seat. If the answer was lost, the server may have given a seat.
            let nothing = match &stopped {
                Stopped::Refused(ClientError::SessionEnded { .. }) => true,
                Stopped::Refused(ClientError::Unreachable { .. } | ClientError::Unexpected { .. }) => false,
                _ => noted.is_none(),
            };
            if nothing {
                state.remove()?;
            }
            Err(stopped)
        }
    }
}

/// Why there is no lease.
pub(crate) enum Stopped {
    Refused(ClientError),
    BySignal(Signal),
    Failed(Failure),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Refused(error) => error.into(),
            Stopped::BySignal(signal) => Self::new(signal.exit_code(), "Given up before a seat was free."),
            Stopped::Failed(failure) => failure,
        }
    }
}

/// Requests a lease, waits for it, and reports progress on standard error. A signal ends the wait.
pub(crate) async fn ask(
    client: &LicenseClient,
    request: &CheckoutRequest,
    signals: &mut Signals,
) -> Result<Lease, Stopped> {
    let mut told = None;
    let progress = |progress: Progress<'_>| match progress {
        Progress::Waiting(place) if told != Some((place.position, place.waiting)) => {
            told = Some((place.position, place.waiting));
            say(&format!(
                "Every seat is taken. Waiting: place {} of {} in the queue.",
                place.position, place.waiting
            ));
        }
        Progress::Waiting(_) => {}
        Progress::Failed(error) => say(&format!("{error} Trying again.")),
    };
    let mut signal = None;
    let given_up = async { signal = Some(signals.next().await) };
    let result = client.checkout_until(request, progress, given_up).await;
    match (result, signal) {
        (Ok(lease), _) => Ok(lease),
        (Err(ClientError::GivenUp), Some(signal)) => Err(Stopped::BySignal(signal)),
        (Err(error), _) => Err(Stopped::Refused(error)),
    }
}

pub(crate) fn watch_signals() -> Result<Signals, Failure> {
    Signals::watch().map_err(|error| Failure::here(format!("Signals cannot be watched: {error}.")))
}

/// The session in the state file, if it matches the arguments and can continue. `None`: start a new session.
fn session_to_keep(
    state: &StateFile,
    asked: &Held,
    verifier: &LeaseVerifier,
) -> Result<Option<Uuid>, Failure> {
    let Some(held) = state.read()? else { return Ok(None) };
    let same = held.server == asked.server
        && held.package == asked.package
        && held.machine_id == asked.machine_id
        && held.organization_id == asked.organization_id
        && held.borrow_days == asked.borrow_days;
    let holds = match &held.lease {
        // The answer was lost, so the server may have given this session a seat.
        None => same,
        Some(lease) => {
            let machine = MachineKey::parse(&held.machine_id)?;
            let now = Clock::system().now();
            Lease::verify(verifier, Some(lease.id), &lease.document, &machine, now).is_ok()
        }
    };
    match (holds, same) {
        (true, true) => Ok(Some(held.session_id)),
        (true, false) => Err(Failure::usage(format!(
            "{} notes another seat: {} at {}. Give it back with `testkeep license release`, or use another file with \
             --state.",
            state.path().display(),
            held.package.word(),
            held.server
        ))),
        (false, _) => Ok(None),
    }
}
