//! `testkeep license status`: prints the seat in the state file, verified on this machine, and what the server reports
//! when it can be reached.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use testkeep_client::{ClientError, Lease, MachineKey, ServerUrl};
use testkeep_domain::Clock;

use super::failure::{ENDED, Failure};
use super::report;
use super::setup::{ServerArguments, TrustArguments, read_text};
use super::state::StateFile;

#[derive(Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    trust: TrustArguments,
    /// A lease document to show, for example an offline license, instead of the state file's
    #[arg(long, value_name = "FILE", conflicts_with = "state")]
    lease: Option<PathBuf>,
    /// State file to use instead of this account's
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// List every session that the server counts for the API key's owner, on any machine
    #[arg(long, conflicts_with_all = ["lease", "state"])]
    all: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What the server reports about the seat.
enum Said {
    /// The server was not contacted, with the reason.
    NotAsked(&'static str),
    Live,
    /// The server counts no such session for this key.
    Ended,
    Failed(ClientError),
}

pub(crate) async fn status(arguments: StatusArguments) -> Result<i32, Failure> {
    if arguments.all {
        return list_all(&arguments).await;
    }
    let (lease, server) = held(&arguments)?;
    let said = match &server {
        Some(server) => ask(&arguments, server, &lease).await?,
        None => Said::NotAsked("no server stands behind it"),
    };
    let code = if matches!(said, Said::Ended) { ENDED } else { 0 };
    if arguments.json {
        let mut object = report::json_of(&lease, server.as_ref());
        let (word, message) = in_words(&said, &lease);
        object["server_says"] = json!({ "state": word, "message": message });
        object["held"] = Value::Bool(code == 0);
        report::print(&object.to_string());
    } else {
        report::print(&format!("{}.", report::sentence(&lease)));
        report::print(&in_words(&said, &lease).1);
    }
    Ok(code)
}

async fn list_all(arguments: &StatusArguments) -> Result<i32, Failure> {
    let client = arguments.server.client(arguments.server.require_server()?, arguments.trust.trusted()?)?;
    let sessions = client.list_sessions().await?;
    if arguments.json {
        report::print(&json!({ "sessions": sessions }).to_string());
        return Ok(0);
    }
    if sessions.is_empty() {
        report::print("The server counts no session of yours.");
    }
    for session in &sessions {
        report::print(&format!(
            "{}  {} on {} since {}, until {} unless it is renewed",
            session.id,
            session.product,
            session.hostname,
            report::moment(session.started_at),
            report::moment(session.expires_at)
        ));
    }
    if !sessions.is_empty() {
        report::print("`testkeep license release --id NUMBER` ends one.");
    }
    Ok(0)
}

/// The verified lease, and the server that gave it.
fn held(arguments: &StatusArguments) -> Result<(Lease, Option<ServerUrl>), Failure> {
    let verifier = arguments.trust.verifier()?;
    let now = Clock::system().now();
    if let Some(file) = &arguments.lease {
        let lease = Lease::verify(&verifier, None, &read_text(file)?, &arguments.trust.machine()?, now)?;
        return Ok((lease, None));
    }
    let state = StateFile::open(arguments.state.clone())?;
    let nothing = |message| Failure::new(ENDED, message);
    let held = state.read()?.ok_or_else(|| nothing("Nothing is held."))?;
    let noted = held.lease.ok_or_else(|| {
        nothing("A seat was requested, but the answer was lost. Run `testkeep license checkout` again.")
    })?;
    let machine = MachineKey::parse(&held.machine_id)?;
    let lease = Lease::verify(&verifier, Some(noted.id), &noted.document, &machine, now)?;
    Ok((lease, Some(held.server)))
}

async fn ask(arguments: &StatusArguments, server: &ServerUrl, lease: &Lease) -> Result<Said, Failure> {
    if arguments.server.api_key()?.is_none() {
        return Ok(Said::NotAsked("there is no API key"));
    }
    let client = arguments.server.client(server.clone(), arguments.trust.trusted()?)?;
    match client.list_sessions().await {
        Ok(sessions) if sessions.iter().any(|session| Some(session.id) == lease.id()) => Ok(Said::Live),
        Ok(_) => Ok(Said::Ended),
        Err(error) if error.is_refusal() => Err(error.into()),
        Err(error) => Ok(Said::Failed(error)),
    }
}

fn in_words(said: &Said, lease: &Lease) -> (&'static str, String) {
    match said {
        Said::NotAsked(why) => ("not_asked", format!("The server was not contacted: {why}.")),
        Said::Live => ("live", "The server counts it.".into()),
        Said::Ended => ("ended", "The server has ended it: it was revoked, taken over or missed.".into()),
        Said::Failed(error) => {
            let until = report::moment(lease.expires_at());
            ("unreachable", format!("{error} The lease is valid without it until {until}."))
        }
    }
}
