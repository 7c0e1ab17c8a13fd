//! How far an invitation came, as *Pending activations* shows it for each row.
//!
//! The same words as the filter of the list (`store::people::invitation_mail`).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::invitation::Delivery;
use testkeep_domain::permission::Level;
use testkeep_store::on::On;
use testkeep_store::people::invitation::Invitation;
use testkeep_store::people::invitation_mail::{self, InvitationMail};
use utoipa::ToSchema;

use crate::Error;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeliveryOut {
    pub state: Delivery,
    /// When the state began; absent: the invitation was not mailed.
    pub at: Option<DateTime<Utc>>,
    /// What the mail server answered, or why the mail was not sent yet.
    pub reason: Option<String>,
}

/// The newest mails of some invitations.
pub(crate) struct Mails(HashMap<i64, InvitationMail>);

impl Mails {
    pub(crate) async fn of<'a>(
        on: impl Into<On<'_>>,
        invitations: impl IntoIterator<Item = &'a Invitation>,
    ) -> Result<Self, Error> {
        let ids: Vec<i64> = invitations.into_iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let mails = invitation_mail::list_newest_mails(on, ids).await?;
        Ok(Self(mails.into_iter().map(|mail| (mail.invitation_id, mail)).collect()))
    }

    pub(crate) fn delivery(&self, row: &Invitation, now: DateTime<Utc>) -> DeliveryOut {
        let mail = self.0.get(&row.id);
        let reason = mail.filter(|mail| may_read(mail, row)).and_then(|mail| mail.last_error.clone());
        let (state, at) = state(row, mail, now);
        let has_reason = matches!(state, Delivery::Queued | Delivery::Failed | Delivery::Unknown);
        DeliveryOut { state, at, reason: reason.filter(|_| has_reason) }
    }
}

fn state(
    row: &Invitation,
    mail: Option<&InvitationMail>,
    now: DateTime<Utc>,
) -> (Delivery, Option<DateTime<Utc>>) {
    if row.expires_at <= now {
        return (Delivery::Expired, Some(row.expires_at));
    }
    if let Some(at) = row.opened_at.or(row.password_set_at) {
        return (Delivery::Opened, Some(at));
    }
    let Some(mail) = mail else { return (Delivery::NotMailed, None) };
    let state = Delivery::parse(&mail.state).unwrap_or(Delivery::Queued);
    (state, Some(mail.sent_at.unwrap_or(mail.created_at)))
}

/// A mail that the account's mail server sent for an organization is not in the organization's mail log, so its people
/// do not read the answer of that server.
fn may_read(mail: &InvitationMail, row: &Invitation) -> bool {
    row.scope_level == Level::Account.as_str() || mail.scope_id == Some(row.scope_id)
}
