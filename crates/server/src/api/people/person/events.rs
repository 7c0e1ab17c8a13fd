//! The newest audit events by and about a person, from the logs that the caller may see.

use std::collections::BTreeMap;

use testkeep_domain::permission::{AccountAction, OrganizationAction};
use testkeep_store::audit;

use super::{Look, PART_MAX};
use crate::Error;
use crate::api::audit_events::AuditEventOut;

/// Number of newest events that are read. Events of other organizations are then left out.
const READ_MAX: i64 = 200;

impl Look<'_> {
    pub(super) async fn events(&self) -> Result<Option<Vec<AuditEventOut>>, Error> {
        let everything = self.visible.may_in_account(AccountAction::ViewAuditLog);
        let organizations = self.visible.organizations_where(OrganizationAction::ViewAuditLog);
        if !everything && organizations.is_empty() {
            return Ok(None);
        }
        let (db, id) = (&self.app.db, self.user.id);
        let by = audit::list_audit_events_by(db, id, READ_MAX).await?;
        let about = audit::list_audit_events_about(db, id, READ_MAX).await?;
        let shown = by.into_iter().chain(about).filter(|event| {
            everything || event.organization_id.is_some_and(|id| organizations.contains(&id))
        });
        // An event by a person about themselves is in both.
        let events: BTreeMap<i64, _> = shown.map(|event| (event.number, event)).collect();
        Ok(Some(events.into_values().rev().take(PART_MAX).map(AuditEventOut::from).collect()))
    }
}
