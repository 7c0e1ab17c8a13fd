//! Revokes people's assignments, or ends sessions. Live sessions end at once; offline licenses never.

use std::collections::HashMap;

use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::session_end::EndedSession;
use testkeep_store::licenses::{assignment, session};
use testkeep_store::people::members;

use super::about;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::bulk::{Bulk, Row, chosen};
use crate::ops::change::Change;
use crate::ops::leases::{EndReason, Turn, end, end_chosen, end_sessions_of_user, end_sessions_of_users};
use crate::ops::undo::{Person, Undoable, keep};
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

/// Revokes the assignments of many people; each gets an answer.
pub(crate) async fn revoke_users(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    user_ids: &[i64],
) -> Result<Bulk, Error> {
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, MAY).await?;
    let ids = chosen("user_ids", user_ids)?;
    let found = members::list_members_of(change.tx(), organization_id, &ids).await?;
    let emails: HashMap<i64, String> = found.into_iter().map(|it| (it.user_id, it.email)).collect();
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let (word, by) = (product.word(), may.actor().name.as_str());
    let tx = turn.tx().await?;
    let lost = assignment::delete_assignments(tx, organization_id, Some(word), &ids).await?;
    let losers: Vec<i64> = lost.iter().map(|it| it.user_id).collect();
    let how = (EndReason::Revoked, by);
    end_sessions_of_users(&mut turn, organization_id, Some(product), &losers, how).await?;
    turn.add_assigned(organization_id, product, -i64::try_from(losers.len()).map_err(Error::internal)?);
    turn.finish().await?;
    let mut people = Vec::new();
    for user_id in ids.iter().filter(|id| losers.contains(id)) {
        let email = emails.get(user_id).cloned().unwrap_or_default();
        let event = Event::new(AuditAction::RevokeLicense, "user", Some(*user_id), email.as_str());
        change.record(about(event, product, change.scope()));
        people.push(Person { user_id: *user_id, email, role: String::new() });
    }
    let undoable = Undoable::RevokeLicenses { product: word.into(), people, assignments: lost };
    let undo = if losers.is_empty() { None } else { keep(&mut change, &undoable).await? };
    change.commit().await?;
    let rows = ids.into_iter().map(|id| match emails.get(&id) {
        Some(email) if losers.contains(&id) => {
            Row::done(id, format!("{email} has no {product} license any more."))
        }
        Some(email) => Row::refused(id, format!("{email} has no {product} license.")),
        None => Row::refused(id, "This person is not here any more."),
    });
    Ok(Bulk { rows: rows.collect(), undo })
}

/// Ends many live sessions; each gets an answer.
pub(crate) async fn end_sessions(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    ids: &[i64],
) -> Result<Bulk, Error> {
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, MAY).await?;
    let ids = chosen("ids", ids)?;
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let how = (EndReason::Revoked, may.actor().name.as_str());
    let ended = end_chosen(&mut turn, (organization_id, product), &ids, how).await?;
    turn.finish().await?;
    let ended: HashMap<i64, EndedSession> = ended.into_iter().map(|it| (it.id, it)).collect();
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(session) = ended.get(&id) else {
            rows.push(Row::refused(id, "This session has ended already."));
            continue;
        };
        let host = session.hostname.as_str();
        let event = Event::new(AuditAction::EndLicenseSession, "license_session", Some(id), host);
        change.record(about(event, product, change.scope()).detail("user_id", session.user_id));
        rows.push(Row::done(id, format!("The session on {host} was ended.")));
    }
    change.commit().await?;
    Ok(Bulk { rows, undo: None })
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
