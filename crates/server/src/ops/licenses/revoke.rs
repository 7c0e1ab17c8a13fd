//! Taking away: a person's license, one session, a machine. Live sessions end at once; offline licenses never.

use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::{assignment, machine, session};

use super::about;
use crate::auth::Caller;
use crate::ops::audit::{self, Event};
use crate::ops::leases::{EndReason, Turn, end, end_sessions_of_user};
use crate::{App, Error};

const MAY: OrganizationAction = OrganizationAction::RevokeLicense;

pub async fn revoke_user(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    user_id: i64,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Organization, organization_id, MAY).await?;
    let mut turn = Turn::begin(app, &mut tx).await?;
    let word = product.word();
    let target = assignment::find_target_by_id(turn.tx().await?, organization_id, word, user_id).await?;
    let target = target.ok_or(Error::NotFound)?;
    let (by, now) = (may.actor().name.as_str(), turn.now());
    end_sessions_of_user(&mut turn, organization_id, product, user_id, EndReason::Revoked, by).await?;
    assignment::delete_assignment(turn.tx().await?, organization_id, word, user_id).await?;
    turn.add_assigned(organization_id, product, -1);
    turn.finish().await?;
    let event = about(Event::new("revoke_license", "user", Some(user_id), target.email), product, &may);
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}

pub async fn end_session(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    id: i64,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Organization, organization_id, MAY).await?;
    let mut turn = Turn::begin(app, &mut tx).await?;
    let found =
        session::find_live_session_of_organization(turn.tx().await?, organization_id, product.word(), id)
            .await?;
    let found = found.ok_or(Error::NotFound)?;
    let (by, now) = (may.actor().name.as_str(), turn.now());
    end(&mut turn, id, EndReason::Revoked, Some(by)).await?;
    turn.finish().await?;
    let event =
        about(Event::new("end_license_session", "license_session", Some(id), found.hostname), product, &may)
            .detail("user_id", found.user_id);
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}

/// Frees the machine's place; its live sessions end now.
pub async fn remove_machine(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    id: i64,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Organization, organization_id, MAY).await?;
    let mut turn = Turn::begin(app, &mut tx).await?;
    let (by, now) = (may.actor().name.as_str(), turn.now());
    let (key, hostname) = take_machine(&mut turn, (organization_id, product), id, by, None).await?;
    turn.finish().await?;
    let event = about(Event::new("remove_machine", "machine", Some(id), hostname), product, &may)
        .detail("machine_key", key);
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}

/// What a client's *Deactivate* does: whoever used the machine last frees its place themselves.
pub async fn deactivate(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    machine_key: &str,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize_being_there(&mut tx, Level::Organization, organization_id).await?;
    let mut turn = Turn::begin(app, &mut tx).await?;
    let now = turn.now();
    let found = machine::find_own_machine(
        turn.tx().await?,
        organization_id,
        product.word(),
        machine_key,
        caller.user_id,
    )
    .await?;
    // Asked for again after a lost answer: it is done.
    let Some((id,)) = found else { return Ok(()) };
    let own = Some(caller.user_id);
    let (key, hostname) = take_machine(&mut turn, (organization_id, product), id, &caller.email, own).await?;
    turn.finish().await?;
    let event = about(Event::new("deactivate_machine", "machine", Some(id), hostname), product, &may)
        .detail("machine_key", key);
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}

/// Sessions of `own` count as given back: who deactivates a machine may activate it again from the same program.
async fn take_machine(
    turn: &mut Turn<'_>,
    (organization_id, product): (i64, Product),
    id: i64,
    by: &str,
    own: Option<i64>,
) -> Result<(String, String), Error> {
    let word = product.word();
    let removed = machine::delete_machine(turn.tx().await?, organization_id, word, id).await?;
    let (key, hostname) = removed.ok_or(Error::NotFound)?;
    for live in session::list_live_sessions_on_machine(turn.tx().await?, organization_id, word, &key).await? {
        let is_own = own == Some(live.user_id);
        let reason = if is_own { EndReason::Released } else { EndReason::MachineRemoved };
        end(turn, live.id, reason, Some(by)).await?;
    }
    turn.add_machines(organization_id, product, -1);
    Ok((key, hostname))
}
