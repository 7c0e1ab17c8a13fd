//! Removes machines from the machine quota, within the month's limit. Their live sessions end at once.

use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::machine::{self, RemovedMachine};
use testkeep_store::licenses::session;

use super::about;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::bulk::{Bulk, Row, chosen};
use crate::ops::change::Change;
use crate::ops::leases::{EndReason, Turn, end_chosen, places_freed};
use crate::{App, Error};

const MAY: OrganizationAction = OrganizationAction::RevokeLicense;

/// Removes a machine.
pub(crate) async fn remove_machine(
    app: &App,
    caller: &Caller,
    place: (i64, Product),
    id: i64,
) -> Result<(), Error> {
    let (_, removed) = remove(app, caller, place, &[id]).await?;
    if removed.is_empty() { Err(Error::NotFound) } else { Ok(()) }
}

/// Removes many machines; each gets an answer.
pub(crate) async fn remove_machines(
    app: &App,
    caller: &Caller,
    place: (i64, Product),
    ids: &[i64],
) -> Result<Bulk, Error> {
    let (ids, removed) = remove(app, caller, place, ids).await?;
    let rows = ids.into_iter().map(|id| match removed.iter().find(|it| it.id == id) {
        Some(machine) => Row::done(id, format!("{} was removed.", machine.hostname)),
        None => Row::refused(id, "This machine is not here any more."),
    });
    Ok(Bulk { rows: rows.collect(), undo: None })
}

/// Returns each id once, and the machines that were there.
async fn remove(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    ids: &[i64],
) -> Result<(Vec<i64>, Vec<RemovedMachine>), Error> {
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, MAY).await?;
    let ids = chosen("ids", ids)?;
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let by = may.actor().name.as_str();
    let removed = take_machines(&mut turn, (organization_id, product), &ids, by, None).await?;
    turn.finish().await?;
    for machine in &removed {
        let event = Event::new(AuditAction::RemoveMachine, "machine", Some(machine.id), &*machine.hostname);
        let event = about(event, product, change.scope()).detail("machine_key", machine.machine_key.as_str());
        change.record(event);
    }
    change.commit().await?;
    Ok((ids, removed))
}

/// A client's *Deactivate*: the person who used the machine last removes it from the machine quota.
pub(crate) async fn deactivate(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    machine_key: &str,
) -> Result<(), Error> {
    let mut change = Change::begin_leaving(app, caller, Level::Organization, organization_id).await?;
    let mut turn = Turn::begin(app, change.tx()).await?;
    let found = machine::find_own_machine(
        turn.tx().await?,
        organization_id,
        product.word(),
        machine_key,
        caller.user_id,
    )
    .await?;
    // A client repeats a request whose answer was lost: the machine is removed already.
    let Some((id,)) = found else { return Ok(()) };
    let own = Some(caller.user_id);
    let taken = take_machines(&mut turn, (organization_id, product), &[id], &caller.email, own).await?;
    let machine = taken.into_iter().next().ok_or(Error::NotFound)?;
    turn.finish().await?;
    let event = Event::new(AuditAction::DeactivateMachine, "machine", Some(id), machine.hostname);
    change.record(about(event, product, change.scope()).detail("machine_key", machine.machine_key));
    change.commit().await
}

/// Returns the machines that were there. Sessions of `own` count as returned: a person who deactivates a machine may
/// activate it again from the same program.
async fn take_machines(
    turn: &mut Turn<'_>,
    (organization_id, product): (i64, Product),
    ids: &[i64],
    by: &str,
    own: Option<i64>,
) -> Result<Vec<RemovedMachine>, Error> {
    let word = product.word();
    let now = turn.now();
    let removed = machine::mark_machines_removed(turn.tx().await?, organization_id, word, ids, now).await?;
    if removed.is_empty() {
        return Ok(removed);
    }
    let keys: Vec<&str> = removed.iter().map(|machine| machine.machine_key.as_str()).collect();
    let live =
        session::list_live_sessions_on_machines(turn.tx().await?, organization_id, word, &keys).await?;
    let (own, others): (Vec<_>, Vec<_>) = live.into_iter().partition(|(_, user_id)| own == Some(*user_id));
    for (sessions, reason) in [(own, EndReason::Released), (others, EndReason::MachineRemoved)] {
        let ids: Vec<i64> = sessions.into_iter().map(|(id, _)| id).collect();
        end_chosen(turn, (organization_id, product), &ids, (reason, by)).await?;
    }
    // Machines above the month's limit count until they were unused for long enough.
    let freed = places_freed(turn, (organization_id, product), removed.len()).await?;
    let free: Vec<i64> = removed.iter().take(freed).map(|machine| machine.id).collect();
    machine::delete_machines(turn.tx().await?, &free).await?;
    turn.add_machines(organization_id, product, -i64::try_from(freed).map_err(Error::internal)?);
    Ok(removed)
}
