//! Revokes a person's assignment, ends one session, or removes a machine. Live sessions end at once; offline licenses
//! never.

use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::{assignment, machine, session};

use super::about;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::leases::{EndReason, Turn, end, end_sessions_of_user, may_free_place};
use crate::{App, Error};

const MAY: OrganizationAction = OrganizationAction::RevokeLicense;

pub(crate) async fn revoke_user(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    user_id: i64,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, MAY).await?;
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let word = product.word();
    let target = assignment::find_target_by_id(turn.tx().await?, organization_id, word, user_id).await?;
    let target = target.ok_or(Error::NotFound)?;
    let by = may.actor().name.as_str();
    end_sessions_of_user(&mut turn, organization_id, product, user_id, EndReason::Revoked, by).await?;
    assignment::delete_assignment(turn.tx().await?, organization_id, word, user_id).await?;
    turn.add_assigned(organization_id, product, -1);
    turn.finish().await?;
    let event = about(
        Event::new(AuditAction::RevokeLicense, "user", Some(user_id), target.email),
        product,
        change.scope(),
    );
    change.record(event);
    change.commit().await
}

pub(crate) async fn end_session(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    id: i64,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, MAY).await?;
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let found =
        session::find_live_session_of_organization(turn.tx().await?, organization_id, product.word(), id)
            .await?;
    let found = found.ok_or(Error::NotFound)?;
    let by = may.actor().name.as_str();
    end(&mut turn, id, EndReason::Revoked, Some(by)).await?;
    turn.finish().await?;
    let event = about(
        Event::new(AuditAction::EndLicenseSession, "license_session", Some(id), found.hostname),
        product,
        change.scope(),
    )
    .detail("user_id", found.user_id);
    change.record(event);
    change.commit().await
}

/// Removes a machine from the machine quota, within the month's limit. Its live sessions end now.
pub(crate) async fn remove_machine(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    id: i64,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, MAY).await?;
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let by = may.actor().name.as_str();
    let (key, hostname) = take_machine(&mut turn, (organization_id, product), id, by, None).await?;
    turn.finish().await?;
    let event =
        about(Event::new(AuditAction::RemoveMachine, "machine", Some(id), hostname), product, change.scope())
            .detail("machine_key", key);
    change.record(event);
    change.commit().await
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
    let (key, hostname) = take_machine(&mut turn, (organization_id, product), id, &caller.email, own).await?;
    turn.finish().await?;
    let event = about(
        Event::new(AuditAction::DeactivateMachine, "machine", Some(id), hostname),
        product,
        change.scope(),
    )
    .detail("machine_key", key);
    change.record(event);
    change.commit().await
}

/// Sessions of `own` count as returned: a person who deactivates a machine may activate it again from the same program.
async fn take_machine(
    turn: &mut Turn<'_>,
    (organization_id, product): (i64, Product),
    id: i64,
    by: &str,
    own: Option<i64>,
) -> Result<(String, String), Error> {
    let word = product.word();
    let now = turn.now();
    let removed = machine::mark_machine_removed(turn.tx().await?, organization_id, word, id, now).await?;
    let (key, hostname) = removed.ok_or(Error::NotFound)?;
    for live in session::list_live_sessions_on_machine(turn.tx().await?, organization_id, word, &key).await? {
        let is_own = own == Some(live.user_id);
        let reason = if is_own { EndReason::Released } else { EndReason::MachineRemoved };
        end(turn, live.id, reason, Some(by)).await?;
    }
    // Above the month's limit the machine counts until it was unused for long enough.
    if may_free_place(turn, organization_id, product).await? {
        machine::delete_machine(turn.tx().await?, id).await?;
        turn.add_machines(organization_id, product, -1);
    }
    Ok((key, hostname))
}
