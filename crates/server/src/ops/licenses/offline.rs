//! Offline licenses: a signed file for one machine. It counts as a seat until it expires and can never be revoked.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::Day;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::lease::{LeaseAlgorithm, LeaseClaims, LeaseKind, features};
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_domain::text::hidden_problem;
use testkeep_store::licenses::offline::{self, NewOfflineLicense};

use super::about;
use crate::entitlements::LeaseSigner;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::leases::{Turn, require_seat_for_file, without_key};
use crate::{App, Error};

pub(crate) const MACHINE_KEY: &str = "machine_key";
pub(crate) const HOLDER: &str = "holder";
pub(crate) const EXPIRES_ON: &str = "expires_on";
const HOLDER_MAX: usize = 200;
const MACHINE_ID_DIGITS: usize = 32;

#[derive(Clone, Debug)]
pub(crate) struct NewFile {
    pub machine_key: String,
    pub holder: String,
    /// The last day; `None`: the license's last day.
    pub expires_on: Option<Day>,
    /// For programs that use Testkeep's client, not for existing clients.
    pub native: bool,
}

/// Signs the file and takes a seat for it. Returns the file's number.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    file: NewFile,
) -> Result<i64, Error> {
    let action = OrganizationAction::AssignLicense;
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, action).await?;
    let machine_key = checked_machine_id(&file.machine_key)?;
    let holder = checked_holder(&file.holder)?;
    let (tx, may) = change.parts();
    let mut turn = Turn::begin(app, tx).await?;
    turn.require_clock().await?;
    let signer = signer(app, file.native, turn.now())?;
    // The file must not outlive the license whose key signs it. Its seat ends with the file.
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
    let event = about(
        Event::new(AuditAction::CreateOfflineLicense, "offline_license", Some(id), holder),
        product,
        change.scope(),
    )
    .detail("machine_key", machine_key)
    .detail("expires_on", Day::last_before(expires_at).to_string());
    change.record(event);
    change.commit().await?;
    Ok(id)
}

/// Programs send their Machine ID as 32 hexadecimal digits, in small letters (client protocol 2.5). A file for any other
/// ID would work on no machine and keep its seat until its end.
fn checked_machine_id(text: &str) -> Result<String, Error> {
    let id = text.trim().to_ascii_lowercase();
    if id.len() == MACHINE_ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id);
    }
    Err(Error::field(
        MACHINE_KEY,
        format!(
            "A Machine ID has {MACHINE_ID_DIGITS} characters without spaces: digits and the letters a to f. Copy it from the \
             program."
        ),
    ))
}

fn checked_holder(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if !(1..=HOLDER_MAX).contains(&text.chars().count()) {
        return Err(Error::field(
            HOLDER,
            format!("Say whose machine it is, in 1 to {HOLDER_MAX} characters."),
        ));
    }
    match hidden_problem(text) {
        Some(problem) => Err(Error::field(HOLDER, problem)),
        None => Ok(text.to_owned()),
    }
}

/// The end of the chosen day, but never after the end of the license.
fn last_moment(turn: &Turn<'_>, end: DateTime<Utc>, day: Option<Day>) -> Result<DateTime<Utc>, Error> {
    let Some(day) = day else { return Ok(end) };
    let after = day.end();
    if after <= turn.now() {
        return Err(Error::field(EXPIRES_ON, "This day is over. Choose today or a later day."));
    }
    let last = Day::last_before(end);
    if day > last {
        return Err(Error::field(
            EXPIRES_ON,
            format!("The subscription ends on {last}. Choose that day or one before."),
        ));
    }
    // The last second of the day, as in the vendor's licenses: so the day that is shown is the day that was chosen.
    Ok((after - TimeDelta::seconds(1)).min(end))
}

/// Existing clients read RS256, our own client reads EdDSA. A license without the RS256 key serves only our own client.
fn signer(app: &App, native: bool, now: DateTime<Utc>) -> Result<Arc<LeaseSigner>, Error> {
    let existing = (!native).then(|| app.licensing.signer(LeaseAlgorithm::Rs256, now)).flatten();
    existing
        .or_else(|| app.licensing.signer(LeaseAlgorithm::EdDsa, now))
        .ok_or_else(|| without_key(app, LeaseAlgorithm::EdDsa))
}
