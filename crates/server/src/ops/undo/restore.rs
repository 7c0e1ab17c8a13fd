//! Brings back what a removal or a revocation has deleted.
//!
//! The world may have changed since: a seat was given to somebody else, a person joined again or left the organization,
//! a team was deleted. Then that part stays as it is now, and the answer says so. Must never exceed a quota, and never
//! bring a person back into a place above which they are no longer.

use std::collections::{HashMap, HashSet};

use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, Role};
use testkeep_store::licenses::assignment::{self, Assignment};
use testkeep_store::people::members::{self, GroupMembership, Membership};
use testkeep_store::people::undo;
use testkeep_store::scopes::scope::{self, ACCOUNT};

use super::kept::{Person, Undoable};
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::bulk::Row;
use crate::ops::change::Change;
use crate::ops::leases::Turn;
use crate::ops::licenses::assign::free_assignments;
use crate::{App, Error};

/// # Errors
/// [`Error::NotFound`] when it is too late, was undone before, or belongs to somebody else.
pub(crate) async fn undo(app: &App, caller: &Caller, id: i64) -> Result<Vec<Row>, Error> {
    let found =
        undo::find_undo(&app.db, id, caller.user_id, app.clock.now()).await?.ok_or(Error::NotFound)?;
    let level = Level::parse(&found.level)
        .ok_or_else(|| Error::unknown_word("level", "scope.level", &found.level))?;
    let kept: Undoable = serde_json::from_str(&found.content).map_err(Error::internal)?;
    let mut change = Change::begin(app, caller, level, found.scope_id, kept.action(level)).await?;
    if !undo::take_undo(change.tx(), id).await? {
        return Err(Error::NotFound);
    }
    let rows = match kept {
        Undoable::RemoveUsers { people, members, groups, assignments, .. } => {
            restore_people(&mut change, &people, &members, (&groups, &assignments)).await?
        }
        Undoable::RevokeLicenses { product, people, assignments } => {
            restore_licenses(&mut change, &product, &people, &assignments).await?
        }
    };
    change.commit().await?;
    Ok(rows)
}

async fn restore_people(
    change: &mut Change<Scope>,
    people: &[Person],
    members: &[Membership],
    (groups, assignments): (&[GroupMembership], &[Assignment]),
) -> Result<Vec<Row>, Error> {
    for person in people {
        let role = Role::parse(&person.role);
        change.may().reach(role.ok_or_else(|| Error::unknown_word("role", "undo.content", &person.role))?)?;
    }
    let Scope { id, level, organization_id, .. } = *change.scope();
    // An organization's people come from the account, those of a team or project from the organization.
    let above =
        if level == Level::Organization { ACCOUNT } else { organization_id.ok_or(Error::NotFound)? };
    scope::lock_scope(change.tx(), above).await?;
    let here = members.iter().filter(|it| it.scope_id == id);
    let back = members::restore_memberships(change.tx(), above, here).await?;
    let back: HashSet<i64> = back.into_iter().map(|(user_id, _)| user_id).collect();
    let below = members.iter().filter(|it| it.scope_id != id && back.contains(&it.user_id));
    members::restore_memberships(change.tx(), id, below).await?;
    let mut unlicensed = HashMap::new();
    if level == Level::Organization {
        let ids: Vec<i64> = back.iter().copied().collect();
        members::delete_removed_members(change.tx(), id, &ids).await?;
        let groups: Vec<_> = groups.iter().filter(|it| back.contains(&it.user_id)).cloned().collect();
        members::restore_group_memberships(change.tx(), id, &groups).await?;
        let lost: Vec<_> = assignments.iter().filter(|it| back.contains(&it.user_id)).collect();
        unlicensed = restore_assignments(change, &lost).await?;
    }
    let place = change.scope().name.clone();
    let rows = people.iter().map(|person| {
        if !back.contains(&person.user_id) {
            return Row::refused(person.user_id, not_back(&person.email, &place));
        }
        let event =
            change.event_at(AuditAction::UndoRemoveUser, "user", Some(person.user_id), person.email.as_str());
        change.record(event.detail("role", person.role.as_str()));
        let message = match unlicensed.get(&person.user_id) {
            Some(product) => {
                format!("{} is back, but without the {product} license: {}", person.email, taken(*product))
            }
            None => format!("{} is back in “{place}”.", person.email),
        };
        Row::done(person.user_id, message)
    });
    Ok(rows.collect())
}

fn not_back(email: &str, place: &str) -> String {
    format!(
        "{email} was not restored: they are in “{place}” again already, or no longer in the place above it."
    )
}

fn taken(product: Product) -> String {
    format!("all {product} licenses are assigned to others meanwhile.")
}

async fn restore_licenses(
    change: &mut Change<Scope>,
    product: &str,
    people: &[Person],
    assignments: &[Assignment],
) -> Result<Vec<Row>, Error> {
    let product =
        Product::parse(product).ok_or_else(|| Error::unknown_word("product", "undo.content", product))?;
    let organization_id = change.scope().id;
    let here: Vec<i64> = people.iter().map(|it| it.user_id).collect();
    let here = members::list_members_of(change.tx(), organization_id, &here).await?;
    let here: HashSet<i64> = here.into_iter().map(|it| it.user_id).collect();
    let all: Vec<&Assignment> = assignments.iter().filter(|it| here.contains(&it.user_id)).collect();
    let missing = restore_assignments(change, &all).await?;
    let place = change.scope().name.clone();
    let rows = people.iter().map(|Person { user_id, email, .. }| {
        if !here.contains(user_id) {
            return Row::refused(*user_id, format!("{email} is no longer in “{place}”."));
        }
        if missing.contains_key(user_id) {
            return Row::refused(*user_id, format!("{email} has no {product} license: {}", taken(product)));
        }
        let event = change.event_at(AuditAction::UndoRevokeLicense, "user", Some(*user_id), email.as_str());
        change.record(event.detail("product", product.word()));
        Row::done(*user_id, format!("{email} has the {product} license again."))
    });
    Ok(rows.collect())
}

/// Assigns again as many as are free. Returns the people for whom none was left, each with a product.
async fn restore_assignments(
    change: &mut Change<Scope>,
    assignments: &[&Assignment],
) -> Result<HashMap<i64, Product>, Error> {
    let mut missing = HashMap::new();
    if assignments.is_empty() {
        return Ok(missing);
    }
    let (app, id) = (change.app().clone(), change.scope().id);
    let mut turn = Turn::begin(&app, change.tx()).await?;
    for product in Product::ALL {
        let of_product: Vec<_> =
            assignments.iter().copied().filter(|it| it.product == product.word()).collect();
        if of_product.is_empty() {
            continue;
        }
        let free = match free_assignments(&mut turn, id, product).await {
            // The license file ended within the minute.
            Err(Error::NotLicensed(_)) => Some(0),
            free => free?,
        };
        let free = free.map_or(usize::MAX, |free| usize::try_from(free).unwrap_or_default());
        let (fit, rest) = of_product.split_at(free.min(of_product.len()));
        missing.extend(rest.iter().map(|it| (it.user_id, product)));
        let back = assignment::restore_assignments(turn.tx().await?, id, product.word(), fit).await?;
        turn.add_assigned(id, product, i64::try_from(back.len()).map_err(Error::internal)?);
    }
    turn.finish().await?;
    Ok(missing)
}
