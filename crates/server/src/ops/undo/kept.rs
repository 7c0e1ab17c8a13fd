//! What a removal or a revocation leaves behind to be undone.
//!
//! Must hold no secrets: it is stored as JSON.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::permission::{Action, Level, OrganizationAction};
use testkeep_store::licenses::assignment::Assignment;
use testkeep_store::people::members::{GroupMembership, Membership};
use testkeep_store::people::undo;

use crate::identity::access::Scope;
use crate::mail::message::{Message, Place};
use crate::ops::authorized::Authorized;
use crate::ops::bulk::UndoTicket;
use crate::ops::change::Change;
use crate::ops::people::users;
use crate::queue::Job;
use crate::{App, Error};

/// Screens offer *Undo* for a part of this time.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// A person who was removed, or lost a license.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::ops) struct Person {
    pub user_id: i64,
    pub email: String,
    /// Their role in the scope; empty for a license.
    pub role: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::ops) enum Undoable {
    RemoveUsers {
        people: Vec<Person>,
        members: Vec<Membership>,
        groups: Vec<GroupMembership>,
        assignments: Vec<Assignment>,
        /// Mails about the removal; `None`: nobody is told.
        farewell: Option<Farewell>,
    },
    RevokeLicenses {
        product: String,
        people: Vec<Person>,
        assignments: Vec<Assignment>,
    },
}

/// The mail that tells people that they were removed.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::ops) struct Farewell {
    pub place: Place,
    /// The organization of the place, which [`Place`] does not store.
    pub organization_id: Option<i64>,
    pub by: String,
}

impl Undoable {
    /// The permission that undoing needs: the same as doing.
    pub(super) fn action(&self, level: Level) -> Action {
        match self {
            Self::RemoveUsers { .. } => users::remove(level),
            Self::RevokeLicenses { .. } => OrganizationAction::RevokeLicense.into(),
        }
    }
}

/// Stores what can be undone, and queues its end.
pub(in crate::ops) async fn keep(
    change: &mut Change<Scope>,
    undoable: &Undoable,
) -> Result<Option<UndoTicket>, Error> {
    let Some(user_id) = change.may().user_id() else { return Ok(None) };
    let (scope_id, now) = (change.scope().id, change.now());
    let until = now + WINDOW;
    let content = serde_json::to_string(undoable).map_err(Error::internal)?;
    let id = undo::create_undo(change.tx(), user_id, scope_id, &content, now, until).await?;
    change.queue_at(Job::EndUndo { undo_id: id }, until);
    Ok(Some(UndoTicket { id, until }))
}

/// The time is over: deletes the row, and queues the mails that waited. Does nothing when it was undone.
pub(crate) async fn end(app: &App, id: i64) -> Result<(), Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let Some(content) = undo::end_undo(change.tx(), id).await? else { return Ok(()) };
    let kept: Undoable = serde_json::from_str(&content).map_err(Error::internal)?;
    if let Undoable::RemoveUsers { people, farewell: Some(Farewell { place, organization_id, by }), .. } =
        kept
    {
        let place = Place { organization_id, ..place };
        for person in people {
            let Ok(recipient) = EmailAddress::parse(&person.email) else { continue };
            change.mail(Message::Removed { place: place.clone(), by: by.clone() }, recipient).await?;
        }
    }
    change.commit().await
}
