//! Tests of license files: hostile input, and every rule of their content.
//!
//! Each test expects the variant of the error, so that it cannot pass because of another error.

mod arriving;
mod content;
mod importing;
mod json;
mod keys;
mod properties;
mod reading;
mod standing;
mod terms;
mod unpacking;

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::*;
use crate::license;
use crate::machine::{FactorName, Factors, MachineId};

const SEED: [u8; 32] = [7; 32];

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn machine(seed: &str) -> MachineId {
    let factors = FactorName::ALL
        .into_iter()
        .fold(Factors::new(), |factors, name| factors.with(name, Some(&format!("{seed} {name}"))));
    MachineId::from_factors(&factors)
}

/// A key for existing clients. This crate does not interpret its bytes.
fn client_key() -> LeaseSecret {
    LeaseSecret::Rs256(Zeroizing::new((0..=255).cycle().take(1200).collect()))
}

fn terms() -> LicenseTerms {
    LicenseTerms {
        license_id: Uuid::from_u128(42),
        customer: "Ada Lovelace & Söhne".into(),
        machine_id: machine("a"),
        issued_at: moment("2026-01-01T08:00:00.123Z"),
        not_before: moment("2026-01-02T00:00:00Z"),
        expires_at: moment("2027-01-31T23:59:59Z"),
        products: BTreeMap::from([
            (Product::Kse, Quota { quota: 25, machine_quota: 50 }),
            (Product::Kre, Quota { quota: 4, machine_quota: 4 }),
        ]),
        renews: vec![Uuid::from_u128(41)],
        returns: Returns::Counted,
        lease_keys: vec![LeaseSecret::eddsa([9; 32]), client_key()],
    }
}

fn vendor() -> VendorKey {
    VendorKey::from_seed(&SEED)
}

fn trusted() -> TrustedKeys {
    TrustedKeys::new(vec![VendorKey::from_seed(&[8; 32]).public_key(), vendor().public_key()])
}

fn file() -> String {
    license::sign(&vendor(), &terms()).unwrap()
}

fn read(bytes: impl AsRef<[u8]>) -> Result<License, LicenseError> {
    LicenseFile::read(bytes.as_ref(), &trusted())
}

fn licensed(terms: &LicenseTerms) -> License {
    read(license::sign(&vendor(), terms).unwrap()).unwrap()
}

/// The outer JSON text of a license file.
fn outer(file: &str) -> String {
    let body: String = file.lines().filter(|line| !line.starts_with("-----")).collect();
    String::from_utf8(STANDARD.decode(body).unwrap()).unwrap()
}

fn armor(outer: impl AsRef<[u8]>) -> String {
    format!("-----BEGIN LICENSE FILE-----\n{}\n-----END LICENSE FILE-----\n", STANDARD.encode(outer))
}

/// The payload text of a license file.
fn payload(file: &str) -> String {
    let outer: Value = serde_json::from_str(&outer(file)).unwrap();
    String::from_utf8(STANDARD.decode(outer["enc"].as_str().unwrap()).unwrap()).unwrap()
}

/// Signs any payload with the trusted key, as a faulty or malicious vendor tool could do.
fn signed(payload: impl AsRef<[u8]>) -> String {
    let enc = STANDARD.encode(payload);
    let sig = vendor().sign(format!("license/{enc}").as_bytes());
    armor(json!({"enc": enc, "sig": STANDARD.encode(sig), "alg": "base64+ed25519"}).to_string())
}

/// A correctly signed file whose payload was changed before signing.
fn signed_with(change: impl FnOnce(&mut Value)) -> Result<License, LicenseError> {
    let mut document: Value = serde_json::from_str(&payload(&file())).unwrap();
    change(&mut document);
    read(signed(document.to_string()))
}
