//! Verifies an untrusted text and returns claims that are valid on this machine now.

use chrono::{DateTime, TimeDelta, Utc};

use super::jws::Jws;
use super::{Endorsement, LeaseClaims, LeaseError};
use crate::license::TrustedKeys;

/// How far the clocks of server and client may differ. With a larger tolerance, setting back a clock would extend a
/// lease by more.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(15);
const HEADER: &str = "header";
const CLAIMS: &str = "content";

/// Checks leases with the public keys of the vendors that a program trusts.
#[derive(Clone, Debug)]
pub struct LeaseVerifier {
    trusted: TrustedKeys,
}

impl LeaseVerifier {
    pub fn new(trusted: TrustedKeys) -> Self {
        Self { trusted }
    }

    /// Returns the claims if a trusted vendor endorsed the key that signed them, the claims are within that
    /// endorsement, and they are valid for `machine_id` at `now`.
    ///
    /// # Errors
    /// The first problem in this order: form, endorsement, signature, content, license, time, machine.
    pub fn verify(&self, jws: &str, machine_id: &str, now: DateTime<Utc>) -> Result<LeaseClaims, LeaseError> {
        let (claims, endorsement) = self.read(jws)?;
        fits(&claims, &endorsement, now)?;
        if claims.issued_at > now + CLOCK_TOLERANCE {
            return Err(LeaseError::FromTheFuture { issued_at: claims.issued_at });
        }
        if now >= claims.expires_at {
            return Err(LeaseError::Expired { on: claims.expires_at });
        }
        if claims.machine_id != machine_id {
            let licensed = claims.machine_id.chars().take(80).filter(|c| !c.is_control()).collect();
            return Err(LeaseError::OtherMachine { licensed });
        }
        Ok(claims)
    }

    /// Verifies both signatures and returns the signed contents.
    fn read(&self, text: &str) -> Result<(LeaseClaims, Endorsement), LeaseError> {
        let jws = Jws::open(text, HEADER)?;
        let wrong = |problem| LeaseError::Header { part: HEADER, problem };
        if jws.header.text("typ") != Some("JWT") {
            return Err(wrong("is of another kind"));
        }
        let endorsement =
            jws.header.text("endorsement").ok_or_else(|| wrong("has no endorsement by a vendor"))?;
        let endorsement = Endorsement::read(endorsement, &self.trusted)?;
        if jws.header.text("kid") != Some(&endorsement.lease_key.id()) {
            return Err(LeaseError::Contradiction { what: "key" });
        }
        if !endorsement.lease_key.verifies(jws.signed.as_bytes(), &jws.signature) {
            return Err(LeaseError::BadSignature);
        }
        let claims = serde_json::from_value(jws.payload(CLAIMS)?)
            .map_err(|error| LeaseError::Claims { reason: error.to_string() })?;
        Ok((claims, endorsement))
    }
}

fn fits(claims: &LeaseClaims, endorsement: &Endorsement, now: DateTime<Utc>) -> Result<(), LeaseError> {
    let Endorsement { not_before: from, expires_at: to, .. } = *endorsement;
    if claims.license_id != endorsement.license_id {
        return Err(LeaseError::Contradiction { what: "license" });
    }
    if claims.customer != endorsement.customer {
        return Err(LeaseError::Contradiction { what: "customer" });
    }
    if claims.issued_at < from || claims.expires_at > to {
        return Err(LeaseError::OutsideLicense { from, to });
    }
    if now >= to {
        return Err(LeaseError::LicenseEnded { on: to });
    }
    Ok(())
}
