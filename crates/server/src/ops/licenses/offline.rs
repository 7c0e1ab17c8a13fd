//! Offline licenses: a signed file for one machine, counted until it expires, never taken back.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use testkeep_domain::lease::{LeaseAlgorithm, LeaseClaims, LeaseKind, features};
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::offline::{self, NewOfflineLicense};

use super::about;
use crate::auth::Caller;
use crate::licensing::LeaseSigner;
use crate::ops::audit::{self, Event};
use crate::ops::leases::{Turn, checked_machine_key, require_seat_for_file, without_key};
use crate::{App, Error};

pub const MACHINE_KEY: &str = "machine_key";
pub const HOLDER: &str = "holder";
pub const EXPIRES_ON: &str = "expires_on";
const HOLDER_MAX: usize = 200;

#[derive(Clone, Debug)]
pub struct NewFile {
    pub machine_key: String,
    pub holder: String,
    /// The last day; `None`: that of the subscription.
    pub expires_on: Option<NaiveDate>,
    /// For programs that use Testkeep's client, not for existing clients.
    pub native: bool,
}

/// Signs the file and takes its seat; returns its number.
pub async fn create(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    file: NewFile,
) -> Result<i64, Error> {
    let mut tx = app.db.begin().await?;
    let action = OrganizationAction::AssignLicense;
    let may = caller.authorize(&mut tx, Level::Organization, organization_id, action).await?;
    let machine_key = checked_machine_key(&file.machine_key, MACHINE_KEY)?;
    let holder = checked_holder(&file.holder)?;
    let mut turn = Turn::begin(app, &mut tx).await?;
    turn.require_clock().await?;
    let signer = signer(app, file.native, turn.now())?;
    // The file ends with the license whose key signs it, and its seat with the file.
    let end = turn.pool(product).await?.expires_at.min(signer.not_after());
    let expires_at = last_moment(&turn, end, file.expires_on)?;
    require_seat_for_file(&mut turn, organization_id, product).await?;
    let now = turn.now();
    let claims = LeaseClaims {
        license_id: signer.license_id(),
        customer: signer.customer().to_owned(),
        product,
        user: holder.clone(),
        session_id: String::new(),
        kind: LeaseKind::Offline,
        machine_id: machine_key.clone(),
        organization_id: Some(organization_id),
        features: features(product, true),
        issued_at: now,
        renew_at: expires_at,
        expires_at,
        testing: false,
    };
    let content = signer.sign(&claims)?;
    let new = NewOfflineLicense {
        organization_id,
        product: product.word(),
        machine_key: &machine_key,
        holder: &holder,
        content: &content,
        created_by: may.actor().name.as_str(),
        expires_at,
    };
    let id = offline::create_offline_license(turn.tx().await?, new, now).await?;
    turn.add_in_use(organization_id, product, None, 1).await?;
    turn.finish().await?;
    let event =
        about(Event::new("create_offline_license", "offline_license", Some(id), holder), product, &may)
            .detail("machine_key", machine_key)
            .detail("expires_at", expires_at.to_rfc3339());
    audit::record(&mut tx, &may, event, now).await?;
    tx.commit().await?;
    Ok(id)
}

fn checked_holder(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let fine = (1..=HOLDER_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fine {
        return Ok(text.to_owned());
    }
    Err(Error::field(HOLDER, format!("Say whose machine it is, in 1 to {HOLDER_MAX} characters.")))
}

/// The last day counts in full, but never beyond the subscription.
fn last_moment(turn: &Turn<'_>, end: DateTime<Utc>, day: Option<NaiveDate>) -> Result<DateTime<Utc>, Error> {
    let Some(day) = day else { return Ok(end) };
    let after = day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(1);
    if after <= turn.now() {
        return Err(Error::field(EXPIRES_ON, "This day is over. Choose one that is not."));
    }
    if day > end.date_naive() {
        let last = end.format("%Y-%m-%d");
        return Err(Error::field(
            EXPIRES_ON,
            format!("The subscription ends on {last}. Choose that day or one before."),
        ));
    }
    Ok(after.min(end))
}

/// Existing clients read RS256, our own EdDSA; a license without the first key serves our own alone.
fn signer(app: &App, native: bool, now: DateTime<Utc>) -> Result<Arc<LeaseSigner>, Error> {
    let existing = (!native).then(|| app.licensing.signer(LeaseAlgorithm::Rs256, now)).flatten();
    existing
        .or_else(|| app.licensing.signer(LeaseAlgorithm::EdDsa, now))
        .ok_or_else(|| without_key(LeaseAlgorithm::EdDsa))
}
