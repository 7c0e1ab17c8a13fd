//! What a search finds, in the form of the answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FoundKind {
    Person,
    /// To the account or an organization; not accepted yet.
    Invitation,
    Machine,
    /// A license session that holds a seat now.
    Session,
    Organization,
    Team,
    Project,
    Group,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundOut {
    pub kind: FoundKind,
    pub id: i64,
    /// Name; of a machine or session without a host name, the machine ID; of an invitation, the email address.
    pub name: String,
    /// Email address of a person, machine ID of a machine, person and product of a session.
    pub detail: Option<String>,
    /// The organization of everything but people, organizations and invitations to the account.
    pub organization_id: Option<i64>,
    pub organization_name: Option<String>,
}
