//! License files made by the vendor's program, and read by Keygen's published client.
//!
//! The content and the reading of a file are tested beside the code: `crates/domain/src/license/tests/`.

#![expect(clippy::unwrap_used, reason = "in a test the panic is the report")]

mod keygen_client;
mod vendor_program;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testkeep_domain::Clock;
use testkeep_domain::license::{
    self, LeaseSecret, LicenseFile, LicenseTerms, Product, PublicKey, Quota, Returns, TrustedKeys, VendorKey,
};
use testkeep_domain::machine::{FactorName, Factors, MachineId};
use testkeep_issuer::{IssueRequest, ProductGrant};
use uuid::Uuid;

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn machine(seed: &str) -> MachineId {
    let factors = FactorName::ALL
        .into_iter()
        .fold(Factors::new(), |factors, name| factors.with(name, Some(&format!("{seed} {name}"))));
    MachineId::from_factors(&factors)
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
        lease_keys: vec![LeaseSecret::eddsa([9; 32]), testkeep_tests::api::client_key()],
    }
}

fn vendor() -> VendorKey {
    VendorKey::from_seed(&[7; 32])
}

fn file() -> String {
    license::sign(&vendor(), &terms()).unwrap()
}

/// The outer JSON text of a license file.
fn outer(file: &str) -> String {
    let body: String = file.lines().filter(|line| !line.starts_with("-----")).collect();
    String::from_utf8(STANDARD.decode(body).unwrap()).unwrap()
}

fn armor(outer: impl AsRef<[u8]>) -> String {
    format!("-----BEGIN LICENSE FILE-----\n{}\n-----END LICENSE FILE-----\n", STANDARD.encode(outer))
}
