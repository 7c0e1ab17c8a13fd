//! Signs the lease of a seat that was granted, after its commit.

use testkeep_domain::lease::{LeaseAlgorithm, LeaseClaims, LeaseKind, features};

use super::Granted;
use crate::{App, Error};

/// The compact JWS for `email`'s program.
///
/// # Errors
/// [`Error::NotLicensed`] when no license in force carries a key for `algorithm`.
pub fn sign_lease(
    app: &App,
    algorithm: LeaseAlgorithm,
    granted: &Granted,
    email: &str,
) -> Result<String, Error> {
    let now = app.clock.now();
    let signer = app.licensing.signer(algorithm, now).ok_or_else(|| without_key(algorithm))?;
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

/// To be asked before a seat is taken: nobody shall hold one whose lease cannot be signed.
///
/// # Errors
/// [`Error::NotLicensed`] when no license in force carries a key for `algorithm`.
pub async fn require_signer(app: &App, algorithm: LeaseAlgorithm) -> Result<(), Error> {
    let is_known = || app.licensing.signer(algorithm, app.clock.now()).is_some();
    if is_known() {
        return Ok(());
    }
    // Another server on this database may have imported one.
    app.licensing.refresh(&app.db).await?;
    if is_known() { Ok(()) } else { Err(without_key(algorithm)) }
}

/// The license file was made before leases, or without the key that existing clients trust.
pub(in crate::ops) fn without_key(algorithm: LeaseAlgorithm) -> Error {
    Error::NotLicensed(format!(
        "The installed license carries no key for signing {} leases. Ask your vendor for a license file with one.",
        algorithm.word()
    ))
}
