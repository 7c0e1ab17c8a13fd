//! Who may use a product: assigning to many addresses at once, transferring.

use testkeep_domain::account::EmailAddress;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::assignment::{self, AssignmentTarget};

use super::about;
use crate::access::Scope;
use crate::auth::Caller;
use crate::ops::audit::{self, Event};
use crate::ops::authorized::Authorized;
use crate::ops::leases::{EndReason, Turn, end_sessions_of_user};
use crate::{App, Error};

pub const EMAIL: &str = "email";
pub const EMAILS: &str = "emails";
/// Addresses in one go.
pub const AT_ONCE: usize = 1000;

/// What became of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Assigned,
    AlreadyAssigned,
    NotAMember,
    NoSeat,
    Invalid,
}

impl Outcome {
    pub fn message(self, product: Product) -> String {
        match self {
            Self::Assigned => format!("The {product} license was assigned."),
            Self::AlreadyAssigned => format!("They have a {product} license already."),
            Self::NotAMember => "Nobody in this organization has this address. Invite them first.".into(),
            Self::NoSeat => format!(
                "All {product} licenses are assigned. Revoke or transfer one, or ask your vendor for more."
            ),
            Self::Invalid => "This is not an email address.".into(),
        }
    }
}

/// One outcome for each address, in their order.
pub async fn assign(
    app: &App,
    caller: &Caller,
    organization_id: i64,
    product: Product,
    emails: &[String],
) -> Result<Vec<Outcome>, Error> {
    let mut tx = app.db.begin().await?;
    let action = OrganizationAction::AssignLicense;
    let may = caller.authorize(&mut tx, Level::Organization, organization_id, action).await?;
    if emails.is_empty() || emails.len() > AT_ONCE {
        return Err(Error::field(EMAILS, format!("Name 1 to {AT_ONCE} email addresses.")));
    }
    let mut turn = Turn::begin(app, &mut tx).await?;
    let mut outcomes = Vec::with_capacity(emails.len());
    let mut assigned = Vec::new();
    for email in emails {
        let outcome = match EmailAddress::parse(email.trim()) {
            Ok(email) => assign_one(&mut turn, &may, product, email.as_str()).await?,
            Err(_) => (Outcome::Invalid, None),
        };
        outcomes.push(outcome.0);
        assigned.extend(outcome.1);
    }
    let now = turn.now();
    turn.finish().await?;
    for target in assigned {
        let event =
            about(Event::new("assign_license", "user", Some(target.user_id), target.email), product, &may);
        audit::record(&mut tx, &may, event, now).await?;
    }
    tx.commit().await?;
    Ok(outcomes)
}

async fn assign_one(
    turn: &mut Turn<'_>,
    may: &Authorized<Scope>,
    product: Product,
    email: &str,
) -> Result<(Outcome, Option<AssignmentTarget>), Error> {
    let organization_id = may.scope().id;
    let target =
        assignment::find_target_by_email(turn.tx().await?, organization_id, product.word(), email).await?;
    let Some(target) = target else { return Ok((Outcome::NotAMember, None)) };
    if target.assigned {
        return Ok((Outcome::AlreadyAssigned, None));
    }
    if !may_assign_one_more(turn, organization_id, product).await? {
        return Ok((Outcome::NoSeat, None));
    }
    let (by, now) = (may.actor().name.as_str(), turn.now());
    assignment::create_assignment(turn.tx().await?, organization_id, product.word(), target.user_id, by, now)
        .await?;
    turn.add_assigned(organization_id, product, 1);
    Ok((Outcome::Assigned, Some(target)))
}

/// KSE counts people; KRE counts sessions, so everybody may be assigned.
async fn may_assign_one_more(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Product,
) -> Result<bool, Error> {
    let quota = i64::from(turn.pool(product).await?.quota);
    if product == Product::Kre {
        return Ok(true);
    }
    let total = turn.assigned(product).await?;
    let organization = turn.organization(organization_id, product).await?;
    Ok(total < quota && organization.share.is_none_or(|share| organization.assigned < share))
}

/// Takes the license from one person and gives it to another; the first one's live session ends now.
pub async fn transfer(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    user_id: i64,
    email: &str,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let action = OrganizationAction::TransferLicense;
    let may = caller.authorize(&mut tx, Level::Organization, organization_id, action).await?;
    let mut turn = Turn::begin(app, &mut tx).await?;
    let word = product.word();
    let from = assignment::find_target_by_id(turn.tx().await?, organization_id, word, user_id).await?;
    let from = from.ok_or(Error::NotFound)?;
    let email = EmailAddress::parse(email.trim()).map_err(|error| Error::field(EMAIL, error.to_string()))?;
    let to =
        assignment::find_target_by_email(turn.tx().await?, organization_id, word, email.as_str()).await?;
    let to = to.ok_or_else(|| Error::field(EMAIL, Outcome::NotAMember.message(product)))?;
    if to.assigned {
        return Err(Error::field(EMAIL, Outcome::AlreadyAssigned.message(product)));
    }
    let (by, now) = (may.actor().name.as_str(), turn.now());
    end_sessions_of_user(&mut turn, organization_id, product, user_id, EndReason::Revoked, by).await?;
    assignment::delete_assignment(turn.tx().await?, organization_id, word, user_id).await?;
    assignment::create_assignment(turn.tx().await?, organization_id, word, to.user_id, by, now).await?;
    turn.finish().await?;
    let event = about(Event::new("transfer_license", "user", Some(from.user_id), from.email), product, &may)
        .detail("to", to.email);
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}
