//! `testkeep license release`: returns the seat in the state file. A borrowed seat can be returned early.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use testkeep_client::{Asked, CheckoutRequest, ClientError, LicenseClient, MachineKey};

use super::failure::{Failure, REFUSED};
use super::report;
use super::setup::{ServerArguments, TrustArguments};
use super::state::{Held, StateFile};

#[derive(Args)]
pub(crate) struct ReleaseArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    trust: TrustArguments,
    /// State file to use instead of this account's
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Number of a session of the API key's owner, as `status --all` lists it, instead of the session in the state file
    #[arg(long, value_name = "NUMBER", conflicts_with = "state")]
    id: Option<i64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn release(arguments: ReleaseArguments) -> Result<i32, Failure> {
    if let Some(id) = arguments.id {
        return release_one(&arguments, id).await;
    }
    let state = StateFile::open(arguments.state)?;
    let Some(held) = state.read()? else {
        tell(arguments.json, None, "Nothing is held.");
        return Ok(0);
    };
    if let Some(named) = arguments.server.server()?.filter(|named| *named != held.server) {
        return Err(Failure::usage(format!(
            "The seat in {} is of {}, not of {named}. Leave --server and TESTKEEP_SERVER out, or use another file with \
             --state.",
            state.path().display(),
            held.server
        )));
    }
    let client = arguments.server.client(held.server.clone(), arguments.trust.trusted()?)?;
    if let Some(id) = number(&client, &held).await? {
        client.release(id).await.map_err(|error| unknown_to_the_server(error, &state))?;
    }
    state.remove()?;
    tell(arguments.json, Some(&held), &format!("Given back: the seat for {}.", held.package.word()));
    Ok(0)
}

/// Ends a session by its number, for an agent that no longer exists or runs on another machine.
async fn release_one(arguments: &ReleaseArguments, id: i64) -> Result<i32, Failure> {
    let client = arguments.server.client(arguments.server.require_server()?, arguments.trust.trusted()?)?;
    client.release(id).await.map_err(|error| match error {
        ClientError::Refused { code, .. } if code == "not_found" => Failure::new(
            REFUSED,
            format!("The API key's owner has no session {id}. `testkeep license status --all` lists them."),
        ),
        other => other.into(),
    })?;
    if arguments.json {
        report::print(&json!({ "released": true, "id": id }).to_string());
    } else {
        report::print(&format!("Given back: session {id}."));
    }
    Ok(0)
}

/// The failure for a session that belongs to another person, according to the server.
fn unknown_to_the_server(error: ClientError, state: &StateFile) -> Failure {
    match error {
        ClientError::Refused { code, .. } if code == "not_found" => Failure::new(
            REFUSED,
            format!(
                "The server has no such seat for this API key's owner. Use the key it was taken with, or remove {}.",
                state.path().display()
            ),
        ),
        other => other.into(),
    }
}

/// The server's number of the session. If the answer was lost, the request is sent again with the same session ID, so
/// it takes no second seat.
async fn number(client: &LicenseClient, held: &Held) -> Result<Option<i64>, Failure> {
    if let Some(lease) = &held.lease {
        return Ok(Some(lease.id));
    }
    let request = CheckoutRequest {
        session_id: held.session_id,
        organization_id: held.organization_id,
        borrow_days: held.borrow_days,
        ..CheckoutRequest::new(held.package, MachineKey::parse(&held.machine_id)?)
    };
    match client.ask(&request).await {
        Ok(Asked::Granted(lease)) => Ok(lease.id()),
        Ok(Asked::Waiting(_)) => Ok(None),
        Err(ClientError::SignInRefused) => Err(ClientError::SignInRefused.into()),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn tell(as_json: bool, held: Option<&Held>, sentence: &str) {
    if as_json {
        let id = held.and_then(|held| held.lease.as_ref()).map(|lease| lease.id);
        report::print(&json!({ "released": held.is_some(), "id": id }).to_string());
    } else {
        report::print(sentence);
    }
}
