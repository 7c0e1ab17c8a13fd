//! Signs the lease of a granted seat, after the commit that granted it.

use testkeep_domain::lease::{LeaseAlgorithm, LeaseClaims, LeaseKind, features};

use super::Granted;
use crate::{App, Error};

/// Returns the lease as a compact JWS, for the program of the person `email`.
///
/// # Errors
/// [`Error::NotLicensed`] when no license in force carries a key for `algorithm`.
pub(crate) fn sign_lease(
    app: &App,
    algorithm: LeaseAlgorithm,
    granted: &Granted,
    email: &str,
) -> Result<String, Error> {
    let now = app.clock.now();
    let signer = app.licensing.signer(algorithm, now).ok_or_else(|| without_key(app, algorithm))?;
    signer.sign(&LeaseClaims {
        license_id: signer.license_id(),
        customer: signer.customer().to_owned(),
        product: granted.product,
        user: email.to_owned(),
        session_id: granted.session_key.clone(),
        kind: if granted.borrowed { LeaseKind::Borrowed } else { LeaseKind::Online },
        machine_id: granted.machine_key.clone(),
        organization_id: Some(granted.organization_id),
        features: features(granted.product, false),
        issued_at: now,
        renew_at: granted.renew_at,
        expires_at: granted.expires_at.min(signer.not_after()),
        testing: false,
    })
}

/// Call this before a seat is taken: a seat whose lease cannot be signed must not be granted.
///
/// # Errors
/// [`Error::NotLicensed`] when no license in force carries a key for `algorithm`.
pub(crate) async fn require_signer(app: &App, algorithm: LeaseAlgorithm) -> Result<(), Error> {
    let is_known = || app.licensing.signer(algorithm, app.clock.now()).is_some();
    if is_known() {
        return Ok(());
    }
    // Another server on this database may have imported a license file.
    app.licensing.refresh(&app.db).await?;
    if is_known() { Ok(()) } else { Err(without_key(app, algorithm)) }
}

/// No license is in force. Or its file is from before leases, or has no key that existing clients trust.
pub(in crate::ops) fn without_key(app: &App, algorithm: LeaseAlgorithm) -> Error {
    let now = app.clock.now();
    if !app.licensing.is_in_force(now) {
        return Error::NotLicensed(app.licensing.why_unlicensed(None, now));
    }
    Error::NotLicensed(format!(
        "The installed license carries no key for signing {} leases. Ask your vendor for a license file with one.",
        algorithm.word()
    ))
}
