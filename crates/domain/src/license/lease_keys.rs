//! The member `lease_keys` of a license: private keys. An EdDSA key has the vendor's endorsement.
//!
//! The endorsement limits an EdDSA key to this license, customer and period. Nothing limits an RS256 key: a person with
//! the license file can sign any lease for the clients that trust the key (docs/license-file.md, *Keys for existing
//! clients*).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::fields::Fields;
use super::{LeaseSecret, LicenseError, LicenseTerms, PublicKey, VendorKey};
use crate::lease::{LeaseAlgorithm, LeaseKey};

/// The text that replaces a private key when a license is shown.
const HIDDEN: &str = "(not shown)";

pub(super) fn write(terms: &LicenseTerms, vendor: &VendorKey) -> Vec<Value> {
    let whom = (terms.license_id, terms.customer.as_str());
    let period = (terms.not_before, terms.expires_at);
    let write = |secret: &LeaseSecret| {
        let mut key = json!({
            "algorithm": secret.algorithm().word(),
            "private_key": STANDARD.encode(secret.expose()),
        });
        if let LeaseSecret::EdDsa(seed) = secret {
            key["endorsement"] = LeaseKey::endorse(seed, vendor, whom, period).endorsement_text().into();
        }
        key
    };
    terms.lease_keys.iter().map(write).collect()
}

/// Reads the keys of a list whose signature was verified. [`endorsed`] checks the endorsements.
pub(super) fn read(own: &mut Fields) -> Result<Vec<(LeaseSecret, Option<String>)>, LicenseError> {
    let values = own.optional_list("lease_keys")?;
    let read = |(position, value)| read_one(Fields::of(value, &format!("testkeep.lease_keys[{position}]"))?);
    values.into_iter().enumerate().map(read).collect()
}

fn read_one(mut fields: Fields) -> Result<(LeaseSecret, Option<String>), LicenseError> {
    let algorithm = fields.text("algorithm")?;
    let text = Zeroizing::new(fields.text("private_key")?);
    let bytes = STANDARD.decode(text.as_bytes()).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| fields.invalid("private_key", "it is not base64"))?;
    let key = if algorithm == LeaseAlgorithm::EdDsa.word() {
        let seed = <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_| fields.invalid("private_key", "an EdDSA key has 32 bytes"))?;
        (LeaseSecret::eddsa(seed), Some(fields.text("endorsement")?))
    } else if algorithm == LeaseAlgorithm::Rs256.word() {
        (LeaseSecret::Rs256(bytes), None)
    } else {
        return Err(fields.invalid("algorithm", "it is neither EdDSA nor RS256"));
    };
    fields.finish()?;
    Ok(key)
}

/// Makes the EdDSA keys usable. Fails if an endorsement is not by the vendor or does not match the license.
pub(super) fn endorsed(
    terms: &LicenseTerms,
    endorsements: &[Option<String>],
    vendor: &PublicKey,
) -> Result<Vec<LeaseKey>, LicenseError> {
    let wrong = |reason: String| LicenseError::Field {
        field: "“testkeep.lease_keys”".into(),
        problem: super::FieldProblem::Value(reason),
    };
    let mut keys = Vec::new();
    for (secret, endorsement) in terms.lease_keys.iter().zip(endorsements) {
        let (LeaseSecret::EdDsa(seed), Some(text)) = (secret, endorsement) else { continue };
        let key = LeaseKey::open(seed, text, vendor).map_err(|error| wrong(error.to_string()))?;
        let says = key.endorsement();
        let seconds = |time: chrono::DateTime<chrono::Utc>| time.timestamp();
        let agrees = says.license_id == terms.license_id
            && says.customer == terms.customer
            && seconds(says.not_before) == seconds(terms.not_before)
            && seconds(says.expires_at) == seconds(terms.expires_at);
        if !agrees {
            return Err(wrong("an endorsement is for another license".into()));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Replaces every private key, at any depth, so that the value can be shown.
pub(super) fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "private_key" { *value = HIDDEN.into() } else { hide(value) }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(hide),
        _ => {}
    }
}
