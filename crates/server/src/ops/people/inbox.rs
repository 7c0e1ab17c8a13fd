//! A person's inbox: what happened to them, newest first, and how far they have read it.
//!
//! The items have no table of their own. They come from audit events about the person, license sessions that somebody
//! else ended, and assignments. Must never show what happened to another person.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_store::people::inbox::{self, InboxEvent, OwnAssignment, SessionTakenAway};

use crate::entitlements::Pools;
use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::{App, Error};

/// Older news is left to the audit log.
const KEPT: TimeDelta = TimeDelta::days(90);
/// An inbox has at most this number of items.
pub(crate) const ITEMS_MAX: i64 = 100;
/// Days before a license's end at which its holders are reminded, as in the mails.
const REMINDERS: [i64; 4] = [1, 7, 14, 30];

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// An action of the audit log.
    Event(AuditAction),
    LicenseAssigned,
    LicenseExpiring {
        expires_at: DateTime<Utc>,
    },
    SessionEnded {
        hostname: String,
    },
}

/// Where it happened.
#[derive(Clone, Debug)]
pub(crate) struct NewsPlace {
    pub level: String,
    pub id: i64,
    /// `None`: it was deleted.
    pub name: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct InboxItem {
    /// Unique in one inbox.
    pub key: String,
    pub at: DateTime<Utc>,
    pub news: News,
    /// Who did it; `None`: nobody in particular.
    pub actor: Option<String>,
    pub address: Option<String>,
    pub place: NewsPlace,
    pub details: Map<String, Value>,
}

pub(crate) struct Inbox {
    /// Newest first.
    pub items: Vec<InboxItem>,
    pub seen_until: Option<DateTime<Utc>>,
}

pub(crate) async fn read(app: &App, caller: &Caller) -> Result<Inbox, Error> {
    let now = app.clock.now();
    let since = now - KEPT;
    let mut items = Vec::new();
    let about = inbox::list_events_about_user(&app.db, caller.user_id, since, ITEMS_MAX).await?;
    let invited = inbox::list_invitation_events(&app.db, &caller.email, since, ITEMS_MAX).await?;
    items.extend(about.into_iter().chain(invited).filter_map(|event| of_event(event, caller)));
    let ended = inbox::list_sessions_taken_away(&app.db, caller.user_id, since, ITEMS_MAX).await?;
    items.extend(ended.into_iter().filter(|it| it.ended_by.as_ref() != Some(&caller.email)).map(of_session));
    let pools = app.licensing.pools(&app.db, now).await?;
    for assignment in inbox::list_own_assignments(&app.db, caller.user_id).await? {
        items.extend(expiring(&assignment, &pools, now));
        if assignment.assigned_at > since && assignment.assigned_by != caller.email {
            items.push(assigned(assignment));
        }
    }
    items.sort_by(|a, b| (b.at, &b.key).cmp(&(a.at, &a.key)));
    items.truncate(usize::try_from(ITEMS_MAX).map_err(Error::internal)?);
    Ok(Inbox { items, seen_until: inbox::find_seen_until(&app.db, caller.user_id).await? })
}

/// Everything up to `until` is read from now on; a time in the future counts as now.
pub(crate) async fn mark_read(app: &App, caller: &Caller, until: DateTime<Utc>) -> Result<(), Error> {
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let until = until.min(change.now());
    inbox::put_seen_until(change.tx(), caller.user_id, until).await?;
    change.commit().await
}

/// `None`: the person did it themselves, and it needs no confirmation.
fn of_event(row: InboxEvent, caller: &Caller) -> Option<InboxItem> {
    let action = AuditAction::parse(&row.action)?;
    // A password or a sign-in may be the work of somebody who knows the password.
    let confirms = matches!(
        action,
        AuditAction::ChangePassword | AuditAction::ResetPasswordByMail | AuditAction::SignIn
    );
    if row.actor_id == Some(caller.user_id) && !confirms {
        return None;
    }
    Some(InboxItem {
        key: format!("event-{}", row.number),
        at: row.at,
        news: News::Event(action),
        actor: (!confirms).then_some(row.actor),
        // Addresses of other people are theirs.
        address: row.address.filter(|_| confirms),
        place: NewsPlace { level: row.level, id: row.scope_id, name: row.scope_name },
        details: serde_json::from_str(&row.details).unwrap_or_default(),
    })
}

fn of_session(row: SessionTakenAway) -> InboxItem {
    InboxItem {
        key: format!("session-{}", row.id),
        at: row.ended_at,
        news: News::SessionEnded { hostname: row.hostname },
        actor: row.ended_by,
        address: None,
        place: organization(row.organization_id, row.organization_name),
        details: product(&row.product),
    }
}

fn assigned(row: OwnAssignment) -> InboxItem {
    InboxItem {
        key: format!("assigned-{}-{}", row.organization_id, row.product),
        at: row.assigned_at,
        news: News::LicenseAssigned,
        actor: Some(row.assigned_by),
        address: None,
        place: organization(row.organization_id, row.organization_name),
        details: product(&row.product),
    }
}

/// The latest reminder that is due for an assigned license.
fn expiring(row: &OwnAssignment, pools: &Pools, now: DateTime<Utc>) -> Option<InboxItem> {
    let expires_at =
        pools.get(Product::ALL.into_iter().find(|product| product.word() == row.product)?)?.expires_at;
    let due = |days: &i64| expires_at - TimeDelta::days(*days) <= now;
    let days = REMINDERS.into_iter().find(due)?;
    Some(InboxItem {
        key: format!("expiring-{}-{}-{days}", row.organization_id, row.product),
        at: expires_at - TimeDelta::days(days),
        news: News::LicenseExpiring { expires_at },
        actor: None,
        address: None,
        place: organization(row.organization_id, row.organization_name.clone()),
        details: product(&row.product),
    })
}

fn organization(id: i64, name: String) -> NewsPlace {
    NewsPlace { level: "organization".into(), id, name: Some(name) }
}

fn product(word: &str) -> Map<String, Value> {
    Map::from_iter([("product".to_owned(), word.into())])
}
