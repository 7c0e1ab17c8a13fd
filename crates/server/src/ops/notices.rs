//! Mails that tell people what was done to them. Queued with it, in its transaction; projects are left out, their
//! people change often.

use testkeep_domain::account::EmailAddress;
use testkeep_domain::permission::{Level, Role};
use testkeep_store::Tx;

use super::authorized::Authorized;
use crate::access::Scope;
use crate::mail::message::{Message, Place};
use crate::{App, Error};

pub(super) async fn added(app: &App, tx: &mut Tx, may: &Authorized<Scope>, email: &str) -> Result<(), Error> {
    let message = Message::Added { place: place_of(may.scope()), by: may.actor().name.clone() };
    queue(app, tx, may.scope(), &message, email).await
}

pub(super) async fn removed(
    app: &App,
    tx: &mut Tx,
    may: &Authorized<Scope>,
    email: &str,
) -> Result<(), Error> {
    let message = Message::Removed { place: place_of(may.scope()), by: may.actor().name.clone() };
    queue(app, tx, may.scope(), &message, email).await
}

pub(super) async fn role_changed(
    app: &App,
    tx: &mut Tx,
    may: &Authorized<Scope>,
    email: &str,
    (from, to): (Role, Role),
) -> Result<(), Error> {
    let message = Message::RoleChanged {
        place: place_of(may.scope()),
        from: from.title().into(),
        to: to.title().into(),
        by: may.actor().name.clone(),
    };
    queue(app, tx, may.scope(), &message, email).await
}

/// They accepted an invitation.
pub(super) async fn joined(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    email: &str,
    invited_by: &str,
) -> Result<(), Error> {
    queue(app, tx, scope, &Message::Added { place: place_of(scope), by: invited_by.into() }, email).await
}

async fn queue(app: &App, tx: &mut Tx, scope: &Scope, message: &Message, email: &str) -> Result<(), Error> {
    if scope.level == Level::Project {
        return Ok(());
    }
    // What the database holds is an address; if it is none, there is nobody to tell.
    let Ok(recipient) = EmailAddress::parse(email) else { return Ok(()) };
    message.queue(app, tx, scope.organization_id, &recipient).await.map(drop)
}

fn place_of(scope: &Scope) -> Place {
    let Scope { id, level, name, .. } = scope;
    let path = match level {
        Level::Account => "/".into(),
        Level::Organization => format!("/organizations/{id}"),
        Level::Team => format!("/teams/{id}"),
        Level::Project => format!("/projects/{id}"),
    };
    Place { level: level.as_str().into(), name: name.clone(), path }
}
