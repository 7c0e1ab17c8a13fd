//! Shared by everything that is created or filled inside an organization: the organization's lock, the creator's role.

use testkeep_domain::permission::Role;
use testkeep_store::people::member;
use testkeep_store::scopes::scope;

use crate::Error;
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::change::Change;

/// A creator who is not in the organization and acts with a role in the account gets no role in the new team or
/// project: teams and projects have only people of their organization.
pub(in crate::ops) async fn make_creator_owner(
    change: &mut Change<Scope>,
    caller: &Caller,
    created: &Scope,
) -> Result<(), Error> {
    let organization_id = created.organization_id.ok_or(Error::NotFound)?;
    if member::find_member(change.tx(), organization_id, caller.user_id).await?.is_some() {
        let (owner, now) = (Role::Owner.as_str(), change.now());
        member::create_member(change.tx(), created.id, caller.user_id, owner, now).await?;
    }
    Ok(())
}

/// Call this before something is added to an organization, moved within it or counted.
///
/// # Errors
/// [`Error::NotFound`] when the organization was deleted just before.
pub(in crate::ops) async fn lock_organization(change: &mut Change<Scope>) -> Result<(), Error> {
    let id = change.scope().organization_id.ok_or(Error::NotFound)?;
    if scope::lock_scope(change.tx(), id).await? { Ok(()) } else { Err(Error::NotFound) }
}
