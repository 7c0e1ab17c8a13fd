//! Mails that inform people of changes to their roles. A mail is queued in the transaction of the change.
//!
//! Projects send none, because their people change often.

use testkeep_domain::account::EmailAddress;
use testkeep_domain::permission::{Level, Role};

use crate::Error;
use crate::identity::access::Scope;
use crate::mail::message::{Message, Place};
use crate::ops::authorized::Oneself;
use crate::ops::change::Change;

pub(in crate::ops) async fn added(change: &mut Change<Scope>, email: &str) -> Result<(), Error> {
    let message = Message::Added { place: place_of(change.scope()), by: by(change) };
    queue(change, message, email).await
}

pub(in crate::ops) async fn removed(change: &mut Change<Scope>, email: &str) -> Result<(), Error> {
    let message = Message::Removed { place: place_of(change.scope()), by: by(change) };
    queue(change, message, email).await
}

pub(in crate::ops) async fn role_changed(
    change: &mut Change<Scope>,
    email: &str,
    (from, to): (Role, Role),
) -> Result<(), Error> {
    let place = place_of(change.scope());
    let message =
        Message::RoleChanged { place, from: from.title().into(), to: to.title().into(), by: by(change) };
    queue(change, message, email).await
}

/// For a person who accepted an invitation to `scope`.
pub(in crate::ops) async fn joined(
    change: &mut Change<Oneself>,
    scope: &Scope,
    email: &str,
    invited_by: &str,
) -> Result<(), Error> {
    queue(change, Message::Added { place: place_of(scope), by: invited_by.into() }, email).await
}

fn by(change: &Change<Scope>) -> String {
    change.may().actor().name.clone()
}

async fn queue<T>(change: &mut Change<T>, message: Message, email: &str) -> Result<(), Error> {
    if message.is_about_project() {
        return Ok(());
    }
    // An invalid email address in the database is ignored: the mail has no recipient.
    let Ok(recipient) = EmailAddress::parse(email) else { return Ok(()) };
    change.mail(message, recipient).await.map(drop)
}

pub(in crate::ops) fn place_of(scope: &Scope) -> Place {
    let Scope { id, level, name, organization_id, .. } = scope;
    let path = match level {
        Level::Account => "/".into(),
        Level::Organization => format!("/organizations/{id}"),
        Level::Team => format!("/teams/{id}"),
        Level::Project => format!("/projects/{id}"),
    };
    Place { level: level.as_str().into(), name: name.clone(), path, organization_id: *organization_id }
}
