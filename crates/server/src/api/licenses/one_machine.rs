//! `GET /api/v2/license-machines/{item_id}`: one registered machine, with its sessions and people.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{Denied, OrganizationAction};
use testkeep_store::licenses::machine::{self, MachineDetails};
use testkeep_store::licenses::offline;
use testkeep_store::licenses::session_list::{self, SessionDetails};
use utoipa::ToSchema;

use super::one_session::{ENDING, SessionDetailsOut};
use super::viewer;
use crate::api::path::UrlPath;
use crate::api::refusals::AtScope;
use crate::api::types::PersonOut;
use crate::identity::auth::Caller;
use crate::{App, Error};

/// Maximum number of rows of each part.
const PART_MAX: usize = 10;
/// Number of newest sessions that are read to find the people and host names.
const SESSIONS_READ: i64 = 100;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MachineLicenseOut {
    pub id: i64,
    pub product: String,
    pub holder: String,
    pub expires_at: DateTime<Utc>,
}

/// A registered machine. Each list has at most 10 rows.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundMachineOut {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: String,
    pub product: String,
    pub machine_key: String,
    pub hostname: String,
    /// Other host names that it had in its newest sessions.
    pub other_hostnames: Vec<String>,
    pub registered_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// Of all products, newest first.
    pub sessions: Vec<SessionDetailsOut>,
    /// The people of its newest sessions, the last one first.
    pub people: Vec<PersonOut>,
    /// Offline licenses for the machine, newest first.
    pub offline_licenses: Vec<MachineLicenseOut>,
    /// `revoke_license` removes the machine.
    pub actions: Vec<OrganizationAction>,
    pub denied: Vec<Denied<OrganizationAction>>,
}

/// A registered machine.
#[utoipa::path(get, path = "/api/v2/license-machines/{item_id}", tag = "licenses", params(("item_id" = i64, Path)),
    responses((status = OK, body = FoundMachineOut), AtScope))]
pub(crate) async fn find_license_machine(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<FoundMachineOut>, Error> {
    let row = machine::find_machine(&app.db, id).await?.ok_or(Error::NotFound)?;
    let access = viewer(&app, &caller, row.organization_id).await?;
    let (organization, key) = (row.organization_id, row.machine_key.as_str());
    let sessions = session_list::list_sessions_on_machine(&app.db, organization, key, SESSIONS_READ).await?;
    let offline = offline::list_offline_licenses_of_machine(&app.db, organization, key, 10).await?;
    let offline = offline.into_iter().map(|row| MachineLicenseOut {
        id: row.id,
        product: row.product,
        holder: row.holder,
        expires_at: row.expires_at,
    });
    Ok(Json(FoundMachineOut {
        offline_licenses: offline.collect(),
        actions: access.roles.allowed(&ENDING),
        denied: access.roles.denied(&ENDING),
        ..machine_out(row, sessions)
    }))
}

/// Without offline licenses and actions.
fn machine_out(row: MachineDetails, sessions: Vec<SessionDetails>) -> FoundMachineOut {
    let mut known = HashSet::new();
    let others = sessions.iter().map(|session| session.hostname.clone());
    let others =
        others.filter(|name| !name.is_empty() && *name != row.hostname && known.insert(name.clone()));
    let other_hostnames = others.take(PART_MAX).collect();
    let mut known = HashSet::new();
    let people = sessions.iter().filter(|session| known.insert(session.user_id)).map(|session| PersonOut {
        user_id: session.user_id,
        email: session.email.clone(),
        first_name: session.first_name.clone(),
        last_name: session.last_name.clone(),
    });
    FoundMachineOut {
        people: people.take(PART_MAX).collect(),
        other_hostnames,
        id: row.id,
        organization_id: row.organization_id,
        organization_name: row.organization_name,
        product: row.product,
        machine_key: row.machine_key,
        hostname: row.hostname,
        registered_at: row.registered_at,
        last_seen_at: row.last_seen_at,
        sessions: sessions.into_iter().take(PART_MAX).map(Into::into).collect(),
        offline_licenses: Vec::new(),
        actions: Vec::new(),
        denied: Vec::new(),
    }
}
