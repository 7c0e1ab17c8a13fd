//! Assignments: which people may use a product. Assigns to many email addresses at once, and transfers assignments.

use std::collections::{HashMap, HashSet};

use testkeep_domain::account::EmailAddress;
use testkeep_domain::address_list::split_addresses;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::assignment::{self, AssignmentTarget};

use super::about;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::leases::{EndReason, Turn, end_sessions_of_user};
use crate::{App, Error};

pub(crate) const EMAIL: &str = "email";
pub(crate) const EMAILS: &str = "emails";
/// Maximum number of email addresses in one request.
pub(crate) const AT_ONCE: usize = 1000;

/// The result for one email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Assigned,
    AlreadyAssigned,
    NotAMember,
    NoSeat,
    Invalid,
}

impl Outcome {
    pub(crate) fn message(self, product: Product) -> String {
        match self {
            Self::Assigned => format!("The {product} license was assigned."),
            Self::AlreadyAssigned => format!("This person already has a {product} license."),
            Self::NotAMember => "Nobody in this organization has this address. Invite them first.".into(),
            Self::NoSeat => format!(
                "All {product} licenses are assigned. Revoke or transfer one, or ask your vendor for more."
            ),
            Self::Invalid => "This is not an email address.".into(),
        }
    }
}

/// Returns one outcome for each email address, in their order. Each text of `emails` may hold several
/// ([`split_addresses`]).
pub(crate) async fn assign(
    app: &App,
    caller: &Caller,
    organization_id: i64,
    product: Product,
    emails: &[String],
) -> Result<Vec<(String, Outcome)>, Error> {
    let emails: Vec<&str> = emails.iter().flat_map(|text| addresses_in(text)).collect();
    let action = OrganizationAction::AssignLicense;
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, action).await?;
    if emails.is_empty() || emails.len() > AT_ONCE {
        return Err(Error::field(EMAILS, format!("Name 1 to {AT_ONCE} email addresses.")));
    }
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let parsed: Vec<Option<EmailAddress>> =
        emails.iter().map(|text| EmailAddress::parse(text).ok()).collect();
    let members = members(&mut turn, organization_id, product, &parsed).await?;
    let mut free = free_assignments(&mut turn, organization_id, product).await?;
    let (mut outcomes, mut assigned) = (Vec::with_capacity(emails.len()), Vec::new());
    let mut new = HashSet::new();
    for (text, email) in emails.iter().zip(&parsed) {
        let member = email.as_ref().map(|email| members.get(email.as_str()));
        let outcome = match member {
            None => Outcome::Invalid,
            Some(None) => Outcome::NotAMember,
            Some(Some(member)) if member.assigned || new.contains(&member.user_id) => {
                Outcome::AlreadyAssigned
            }
            Some(Some(_)) if free == Some(0) => Outcome::NoSeat,
            Some(Some(member)) => {
                free = free.map(|free| free - 1);
                new.insert(member.user_id);
                assigned.push(member);
                Outcome::Assigned
            }
        };
        outcomes.push((text.chars().take(254).collect(), outcome));
    }
    let (by, now) = (may.actor().name.as_str(), turn.now());
    let ids: Vec<i64> = assigned.iter().map(|member| member.user_id).collect();
    assignment::create_assignments(turn.tx().await?, organization_id, product.word(), &ids, by, now).await?;
    turn.add_assigned(organization_id, product, i64::try_from(ids.len()).map_err(Error::internal)?);
    turn.finish().await?;
    for member in assigned {
        let event =
            Event::new(AuditAction::AssignLicense, "user", Some(member.user_id), member.email.as_str());
        change.record(about(event, product, change.scope()));
    }
    change.commit().await?;
    Ok(outcomes)
}

/// Members by email address.
async fn members(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Product,
    emails: &[Option<EmailAddress>],
) -> Result<HashMap<String, AssignmentTarget>, Error> {
    let emails = emails.iter().flatten().map(EmailAddress::as_str);
    let found =
        assignment::list_targets_by_email(turn.tx().await?, organization_id, product.word(), emails).await?;
    Ok(found.into_iter().map(|member| (member.email.clone(), member)).collect())
}

/// A text without any email address is kept, so that its outcome can say so.
fn addresses_in(text: &str) -> Vec<&str> {
    let addresses = split_addresses(text);
    if addresses.is_empty() { vec![text] } else { addresses }
}

/// How many more people may be assigned; `None`: any number. KSE licenses are counted by people. KRE licenses are
/// counted by sessions, so any number of people may be assigned.
pub(in crate::ops) async fn free_assignments(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Product,
) -> Result<Option<i64>, Error> {
    let quota = i64::from(turn.pool(product).await?.quota);
    if product == Product::Kre {
        return Ok(None);
    }
    let total = turn.assigned(product).await?;
    let organization = turn.organization(organization_id, product).await?;
    let of_share = organization.share.map_or(i64::MAX, |share| share - organization.assigned);
    Ok(Some((quota - total).min(of_share).max(0)))
}

/// Assigns a product to a person who joins the organization by an invitation. Returns `false` when no license is free.
/// The caller finishes the turn and records the event.
pub(in crate::ops) async fn assign_to_joining(
    turn: &mut Turn<'_>,
    (organization_id, product): (i64, Product),
    (user_id, email): (i64, &str),
    by: &str,
) -> Result<bool, Error> {
    let word = product.word();
    let found = assignment::list_targets_by_email(turn.tx().await?, organization_id, word, [email]).await?;
    if found.iter().any(|person| person.assigned) {
        return Ok(true);
    }
    match free_assignments(turn, organization_id, product).await {
        Ok(Some(0)) | Err(Error::NotLicensed(_)) => return Ok(false),
        Ok(_) => {}
        Err(error) => return Err(error),
    }
    let now = turn.now();
    assignment::create_assignments(turn.tx().await?, organization_id, word, &[user_id], by, now).await?;
    turn.add_assigned(organization_id, product, 1);
    Ok(true)
}

/// Moves an assignment from one person to another. The first person's live sessions end now.
pub(crate) async fn transfer(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    user_id: i64,
    email: &str,
) -> Result<(), Error> {
    let action = OrganizationAction::TransferLicense;
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, action).await?;
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    let word = product.word();
    let from = assignment::find_target_by_id(turn.tx().await?, organization_id, word, user_id).await?;
    let from = from.ok_or(Error::NotFound)?;
    let email = EmailAddress::parse(email.trim()).map_err(|error| Error::field(EMAIL, error.to_string()))?;
    let found =
        assignment::list_targets_by_email(turn.tx().await?, organization_id, word, [email.as_str()]).await?;
    let to =
        found.into_iter().next().ok_or_else(|| Error::field(EMAIL, Outcome::NotAMember.message(product)))?;
    if to.assigned {
        return Err(Error::field(EMAIL, format!("{} already has a {product} license.", to.email)));
    }
    let (by, now) = (may.actor().name.as_str(), turn.now());
    end_sessions_of_user(&mut turn, organization_id, product, user_id, EndReason::Revoked, by).await?;
    assignment::delete_assignment(turn.tx().await?, organization_id, word, user_id).await?;
    assignment::create_assignments(turn.tx().await?, organization_id, word, &[to.user_id], by, now).await?;
    turn.finish().await?;
    let event = about(
        Event::new(AuditAction::TransferLicense, "user", Some(from.user_id), from.email),
        product,
        change.scope(),
    )
    .detail("to", to.email);
    change.record(event);
    change.commit().await
}
