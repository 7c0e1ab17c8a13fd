//! Signs leases with the keys from the vendor's license file.
//!
//! Keys are parsed once. Must never sign for another license than the key's, nor beyond its end, and never show a key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use testkeep_domain::lease::{LeaseAlgorithm, LeaseClaims, LeaseKey};
use testkeep_domain::license::License;
use uuid::Uuid;

use crate::Error;

/// One key of one license file, ready to sign.
pub struct LeaseSigner {
    key: Key,
    license_id: Uuid,
    customer: String,
    not_after: DateTime<Utc>,
}

enum Key {
    EdDsa(Box<LeaseKey>),
    Rs256(Box<RsaKeyPair>),
}

impl LeaseSigner {
    /// Returns every key in the file.
    ///
    /// # Errors
    /// Why a key cannot be used, as a sentence.
    pub(crate) fn of(license: &License) -> Result<Vec<Self>, String> {
        let terms = license.terms();
        let eddsa = license.lease_keys().iter().map(|key| Ok(Key::EdDsa(Box::new(key.clone()))));
        let keys = eddsa.chain(license.client_keys().map(read_client_key));
        let signer = |key| Self {
            key,
            license_id: terms.license_id,
            customer: terms.customer.clone(),
            not_after: terms.expires_at,
        };
        keys.map(|key| key.map(signer)).collect()
    }

    pub fn algorithm(&self) -> LeaseAlgorithm {
        match self.key {
            Key::EdDsa(_) => LeaseAlgorithm::EdDsa,
            Key::Rs256(_) => LeaseAlgorithm::Rs256,
        }
    }

    /// The `licenseId` of every lease that this key signs.
    pub fn license_id(&self) -> Uuid {
        self.license_id
    }

    /// The `customer` of every lease that this key signs.
    pub fn customer(&self) -> &str {
        &self.customer
    }

    /// The end of the license. No lease of this key may be valid longer.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// Returns the lease as a compact JWS.
    ///
    /// # Errors
    /// [`Error::Internal`] when the claims are of another license or outlast it, which is a bug in the caller, or when
    /// the system's random generator fails.
    pub fn sign(&self, claims: &LeaseClaims) -> Result<String, Error> {
        if claims.license_id != self.license_id || claims.customer != self.customer {
            return Err(Error::Internal("a lease would name another license than its key's".into()));
        }
        if claims.expires_at > self.not_after {
            return Err(Error::Internal("a lease would outlast its license".into()));
        }
        match &self.key {
            Key::EdDsa(key) => Ok(key.sign(claims)),
            Key::Rs256(pair) => sign_for_existing_clients(pair, claims),
        }
    }
}

fn sign_for_existing_clients(pair: &RsaKeyPair, claims: &LeaseClaims) -> Result<String, Error> {
    const HEADER: &str = r#"{"alg":"RS256","typ":"JWT"}"#;
    let mut text = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims.to_json()));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| Error::Internal("signing a lease with RS256 failed".into()))?;
    text.push('.');
    text.push_str(&URL_SAFE_NO_PAD.encode(signature));
    Ok(text)
}

fn read_client_key(der: &[u8]) -> Result<Key, String> {
    RsaKeyPair::from_pkcs8(der).map(|pair| Key::Rs256(Box::new(pair))).map_err(|error| {
        format!("The RS256 key in the license cannot be used ({error}). Ask your vendor for a new file.")
    })
}
