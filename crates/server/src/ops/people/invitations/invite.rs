//! The inviter's side: invite many email addresses at once, each with its own answer.

use std::collections::{HashMap, HashSet};

use testkeep_domain::account::{EmailAddress, NotAnEmailAddress};
use testkeep_domain::address_list::split_addresses;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{Level, Role};
use testkeep_store::people::invitation::{self, Invitation, NewInvitation};
use testkeep_store::people::invitations::{self, Addressee};
use testkeep_store::scopes::scope;

use super::mails::{DAY, flooded, mail, no_more_mails};
use super::{Fresh, LIFETIME, Offer, invite_user};
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::{App, Error};

/// Email addresses in one request; each makes a row, a link and an event.
const ADDRESSES_MAX: usize = 5_000;
/// Limits for one scope: invitations that are not accepted yet, and invitations made in a day.
const PENDING_MAX: i64 = 10_000;
const A_DAY_MAX: i64 = 5_000;
const ADDRESSES: &str = "addresses";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Invited,
    /// The new invitation replaced an earlier one, whose link no longer works.
    InvitedAgain,
    AlreadyMember,
    /// The email address is in the request twice.
    Duplicate,
    Invalid,
}

/// The result for one email address.
#[derive(Debug)]
pub(crate) struct Invited {
    pub address: String,
    pub outcome: Outcome,
    pub message: String,
    /// Present for [`Outcome::Invited`] and [`Outcome::InvitedAgain`].
    pub invitation: Option<Invitation>,
    /// The data known about the email address; `None`: the text is not an email address.
    addressee: Option<Addressee>,
}

impl Invited {
    /// `None`: the text is not an email address.
    pub(crate) fn email(&self) -> Option<&str> {
        self.addressee.as_ref().map(|row| row.email.as_str())
    }
}

impl Outcome {
    fn is_invited(self) -> bool {
        matches!(self, Self::Invited | Self::InvitedAgain)
    }
}

/// `addresses`: one text, as people paste it ([`split_addresses`]).
pub(crate) async fn invite(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    addresses: &str,
    (project_id, offer): (Option<i64>, &Offer),
) -> Result<Vec<Invited>, Error> {
    if !matches!(level, Level::Account | Level::Organization) {
        return Err(Error::NotFound);
    }
    let mut change = Change::begin(app, caller, level, id, invite_user(level, project_id.is_some())).await?;
    let addresses = split(addresses)?;
    offer.check(&mut change, project_id.is_some()).await?;
    refuse_too_many(&mut change, addresses.len()).await?;
    let project = match project_id {
        Some(project) => Some(find_project(&mut change, project).await?),
        None => None,
    };
    let invite = Invite { caller, project, offer };
    let mut results = invite.outcomes(&mut change, addresses).await?;
    invite.create(&mut change, &mut results).await?;
    let invited: Vec<&Invitation> = results.iter().filter_map(|it| it.invitation.as_ref()).collect();
    for invitation in invited {
        mail(&mut change, invitation).await?;
        change.record(invite.event(&change, invitation));
    }
    change.commit().await?;
    Ok(results)
}

pub(super) fn split(text: &str) -> Result<Vec<&str>, Error> {
    let addresses = split_addresses(text);
    match addresses.len() {
        0 => Err(Error::field(ADDRESSES, "Enter at least one email address.")),
        count if count > ADDRESSES_MAX => Err(Error::field(
            ADDRESSES,
            format!("These are {count} addresses. Invite at most {ADDRESSES_MAX} at once."),
        )),
        _ => Ok(addresses),
    }
}

/// Limits the rows and the mails that one inviter can cause.
async fn refuse_too_many(change: &mut Change<Scope>, more: usize) -> Result<(), Error> {
    let more = i64::try_from(more).map_err(Error::internal)?;
    let (id, since) = (change.scope().id, change.now() - DAY);
    let counts = invitation::lock_and_count_invitations(change.tx(), id, since).await?;
    if counts.pending + more > PENDING_MAX {
        let message = format!(
            "{} invitations wait to be accepted, and these are {more} more; {PENDING_MAX} may wait at once. Revoke \
             those in Pending Activations that nobody will accept.",
            counts.pending
        );
        return Err(Error::field(ADDRESSES, message));
    }
    if counts.recent + more > A_DAY_MAX {
        let message = format!(
            "{} people were invited here in the last 24 hours, and these are {more} more; {A_DAY_MAX} are the most in a \
             day. Invite the others tomorrow.",
            counts.recent
        );
        return Err(Error::field(ADDRESSES, message));
    }
    Ok(())
}

async fn find_project(change: &mut Change<Scope>, id: i64) -> Result<(i64, String), Error> {
    let found = scope::find_scope(change.tx(), id).await?;
    found
        .filter(|project| {
            project.level == "project" && project.organization_id == change.scope().organization_id
        })
        .map(|project| (project.id, project.name))
        .ok_or_else(|| Error::field("project_id", "This organization has no such project."))
}

/// Data that is the same for all email addresses of one request.
struct Invite<'a> {
    caller: &'a Caller,
    project: Option<(i64, String)>,
    offer: &'a Offer,
}

impl Invite<'_> {
    /// Decides the result for each email address. The invitations are made later.
    async fn outcomes(
        &self,
        change: &mut Change<Scope>,
        addresses: Vec<&str>,
    ) -> Result<Vec<Invited>, Error> {
        let parsed: Vec<_> = addresses.into_iter().map(|text| (text, EmailAddress::parse(text))).collect();
        let emails = || parsed.iter().filter_map(|(_, email)| email.as_ref().ok()).map(EmailAddress::as_str);
        let scope_id = change.scope().id;
        let known = invitations::list_addressees(change.tx(), scope_id, emails()).await?;
        let flooded = flooded(change, emails()).await?;
        Ok(decide(&parsed, &known, &flooded, &change.scope().name))
    }

    /// Makes the invitations, and ends earlier ones of the same email addresses.
    async fn create(&self, change: &mut Change<Scope>, results: &mut [Invited]) -> Result<(), Error> {
        let scope_id = change.scope().id;
        let (now, app) = (change.now(), change.app().clone());
        let invited = |it: &&mut Invited| it.outcome.is_invited();
        let again = results.iter().filter(|it| it.outcome == Outcome::InvitedAgain);
        let again = again.filter_map(|it| it.addressee.as_ref()).map(|row| row.email.as_str());
        invitations::revoke_invitations_of(change.tx(), scope_id, again, now).await?;
        let mut fresh = Vec::new();
        for row in results.iter().filter(|it| it.outcome.is_invited()).filter_map(|it| it.addressee.as_ref())
        {
            fresh.push((row.email.clone(), Fresh::new(&app)?));
        }
        let (team_ids, products) = (self.offer.team_ids_json()?, self.offer.products_json()?);
        let rows: Vec<NewInvitation<'_>> = fresh
            .iter()
            .map(|(email, fresh)| NewInvitation {
                scope_id,
                project_id: self.project.as_ref().map(|(id, _)| *id),
                email,
                invited_by: self.caller.user_id,
                nonce: &fresh.nonce,
                token_hash: &fresh.token_hash,
                mail_token_hash: &fresh.mail_token_hash,
                expires_at: now + LIFETIME,
                role: self.offer.role.as_str(),
                team_ids: &team_ids,
                products: &products,
            })
            .collect();
        let ids = invitation::create_invitations(change.tx(), &rows, now).await?;
        for ((result, id), (_, fresh)) in results.iter_mut().filter(invited).zip(ids).zip(&fresh) {
            let known = result.addressee.clone();
            let gifts = (team_ids.clone(), products.clone());
            result.invitation = known.map(|known| self.row(change, (id, known), fresh, gifts));
        }
        Ok(())
    }

    fn row(
        &self,
        change: &Change<Scope>,
        (id, known): (i64, Addressee),
        fresh: &Fresh,
        (team_ids, products): (String, String),
    ) -> Invitation {
        let scope = change.scope();
        Invitation {
            id,
            scope_id: scope.id,
            scope_level: scope.level.as_str().into(),
            scope_name: scope.name.clone(),
            project_id: self.project.as_ref().map(|(id, _)| *id),
            project_name: self.project.as_ref().map(|(_, name)| name.clone()),
            email: known.email,
            inviter_id: self.caller.user_id,
            inviter_email: self.caller.email.clone(),
            nonce: fresh.nonce.to_vec(),
            token_hash: fresh.token_hash.to_vec(),
            created_at: change.now(),
            expires_at: change.now() + LIFETIME,
            password_set_at: None,
            accepted_at: None,
            revoked_at: None,
            has_account: known.has_account,
            was_here: known.was_here,
            mail_token_hash: Some(fresh.mail_token_hash.to_vec()),
            role: self.offer.role.as_str().into(),
            team_ids,
            products,
            opened_at: None,
        }
    }

    fn event(&self, change: &Change<Scope>, invitation: &Invitation) -> Event {
        let email = invitation.email.as_str();
        let event = change.event_at(AuditAction::InviteUser, "invitation", Some(invitation.id), email);
        let event = match &self.project {
            Some((_, name)) => event.detail("project", name.as_str()),
            None => event,
        };
        let event = match self.offer.role {
            Role::Member => event,
            role => event.detail("role", role.as_str()),
        };
        if self.offer.products.is_empty() {
            return event;
        }
        let words: Vec<&str> = self.offer.products.iter().map(|product| product.word()).collect();
        event.detail("licenses", words.join(", "))
    }
}

/// One result for each text, in their order.
pub(super) fn decide(
    parsed: &[(&str, Result<EmailAddress, NotAnEmailAddress>)],
    known: &[Addressee],
    flooded: &HashSet<String>,
    place: &str,
) -> Vec<Invited> {
    let known: HashMap<&str, &Addressee> = known.iter().map(|row| (row.email.as_str(), row)).collect();
    let mut seen = HashSet::new();
    let results = parsed.iter().map(|(text, email)| {
        let (outcome, message) = match email {
            Err(problem) => (Outcome::Invalid, problem.to_string()),
            Ok(email) if !seen.insert(email) => {
                (Outcome::Duplicate, format!("{email} is in the list twice; it was invited once."))
            }
            Ok(email) => outcome(email, known.get(email.as_str()).copied(), place, flooded),
        };
        let row = email.as_ref().ok().and_then(|email| known.get(email.as_str()));
        Invited {
            address: text.chars().take(254).collect(),
            outcome,
            message,
            invitation: None,
            addressee: row.map(|row| (*row).clone()),
        }
    });
    results.collect()
}

fn outcome(
    email: &EmailAddress,
    known: Option<&Addressee>,
    place: &str,
    flooded: &HashSet<String>,
) -> (Outcome, String) {
    let is_invited = known.is_some_and(|known| known.is_invited);
    if known.is_some_and(|known| known.is_member) {
        (Outcome::AlreadyMember, format!("{email} is in “{place}” already."))
    } else if flooded.contains(email.as_str()) {
        let advice = if is_invited { "Copy the link and hand it over yourself, or try" } else { "Try" };
        (Outcome::Invalid, format!("{} {advice} again tomorrow.", no_more_mails(email.as_str())))
    } else if is_invited {
        (Outcome::InvitedAgain, format!("{email} was invited again; the earlier link no longer works."))
    } else {
        (Outcome::Invited, format!("{email} was invited."))
    }
}
