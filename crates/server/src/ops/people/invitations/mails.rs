//! The mails of invitations, and how many of them one email address gets in a day.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::permission::Level;
use testkeep_store::on::On;
use testkeep_store::people::invitation::Invitation;
use testkeep_store::people::invitations;

use crate::Error;
use crate::identity::access::Scope;
use crate::mail::message::Message;
use crate::ops::change::Change;

/// Invitation mails to one email address in a day.
const MAILS_A_DAY: i64 = 10;
pub(super) const DAY: Duration = Duration::days(1);

/// Queues the mail if a mail server is configured; the link is shown under *Pending Activations* in any case. Does
/// nothing if the link was used.
pub(super) async fn mail(change: &mut Change<Scope>, invitation: &Invitation) -> Result<(), Error> {
    if invitation.password_set_at.is_some() {
        return Ok(());
    }
    let to_organization = invitation.scope_level == Level::Organization.as_str();
    let message = |organization_id| Message::Invitation {
        invitation_id: invitation.id,
        place: invitation.scope_name.clone(),
        invited_by: invitation.inviter_email.clone(),
        organization_id,
    };
    let recipient = EmailAddress::parse(&invitation.email).map_err(Error::internal)?;
    // The mail proves the identity of a person who was in the account before. So the account's mail server sends it if
    // possible, because people of an organization cannot read those mails.
    let came_back = invitation.was_here && !invitation.has_account;
    if came_back && change.mail(message(None), recipient.clone()).await? {
        return Ok(());
    }
    change.mail(message(to_organization.then_some(invitation.scope_id)), recipient).await?;
    Ok(())
}

/// Returns those of the email addresses that have received the maximum number of invitation mails in a day.
pub(super) async fn flooded(
    change: &mut Change<Scope>,
    emails: impl IntoIterator<Item = &str>,
) -> Result<HashSet<String>, Error> {
    let (organization_id, now) = (change.scope().organization_id, change.now());
    flooded_at(change.tx(), emails, organization_id, now).await
}

pub(super) async fn flooded_at(
    on: impl Into<On<'_>>,
    emails: impl IntoIterator<Item = &str>,
    organization_id: Option<i64>,
    now: DateTime<Utc>,
) -> Result<HashSet<String>, Error> {
    // Counted per mail server: an Admin of one organization must not block an email address for other organizations.
    let counts = invitations::count_invitation_mails(on, emails, organization_id, now - DAY).await?;
    Ok(counts.into_iter().filter(|(_, count)| *count >= MAILS_A_DAY).map(|(email, _)| email).collect())
}

pub(super) fn no_more_mails(email: &str) -> String {
    format!("{email} was sent {MAILS_A_DAY} invitations in the last 24 hours, the most in a day.")
}
