//! What everything that is created or filled inside an organization shares: the organization's lock, the creator's role.

use testkeep_domain::permission::Role;
use testkeep_store::{Tx, member, scope};

use crate::access::Scope;
use crate::auth::Caller;
use crate::{App, Error};

/// Somebody who acts from the account level and is not in the organization gets no role in what they create: teams and
/// projects take people from their organization alone.
pub(super) async fn make_creator_owner(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    created: &Scope,
) -> Result<(), Error> {
    let organization_id = created.organization_id.ok_or(Error::NotFound)?;
    if member::find_member(&mut *tx, organization_id, caller.user_id).await?.is_some() {
        let (owner, now) = (Role::Owner.as_str(), app.clock.now());
        member::create_member(tx, created.id, caller.user_id, owner, now).await?;
    }
    Ok(())
}

/// Before anything is put into an organization, moved within it or counted.
///
/// # Errors
/// [`Error::NotFound`] when somebody deleted it a moment ago.
pub(super) async fn lock_organization(tx: &mut Tx, place: &Scope) -> Result<(), Error> {
    let id = place.organization_id.ok_or(Error::NotFound)?;
    if scope::lock_scope(tx, id).await? { Ok(()) } else { Err(Error::NotFound) }
}
