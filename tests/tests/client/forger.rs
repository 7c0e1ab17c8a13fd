//! Makes leases that a server would sign, and leases that no server may sign: the demo vendor's private key is
//! published.

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::Clock;
use testkeep_domain::lease::{LeaseClaims, LeaseKey, LeaseKind, features};
use testkeep_domain::license::{Product, VendorKey};
use testkeep_tests::programs::demo_key;
use uuid::Uuid;

use crate::testkeep::MACHINE;

const LICENSE: Uuid = Uuid::from_u128(42);

pub(crate) fn now() -> DateTime<Utc> {
    Clock::system().now()
}

/// A KRE lease for the tests' machine, issued now and valid for an hour.
pub(crate) fn claims(kind: LeaseKind, session_id: &str) -> LeaseClaims {
    LeaseClaims {
        license_id: LICENSE,
        customer: "Ada Ltd".into(),
        product: Product::Kre,
        user: "ada@example.com".into(),
        session_id: session_id.into(),
        kind,
        machine_id: MACHINE.into(),
        organization_id: Some(2),
        features: features(Product::Kre, kind == LeaseKind::Offline),
        issued_at: now(),
        renew_at: now() + TimeDelta::minutes(20),
        expires_at: now() + TimeDelta::hours(1),
        testing: false,
    }
}

/// Signed with a key that is signed by the demo vendor.
pub(crate) fn sign(claims: &LeaseClaims) -> String {
    sign_by(&demo_key(), claims)
}

pub(crate) fn sign_by(vendor: &VendorKey, claims: &LeaseClaims) -> String {
    let period = (now() - TimeDelta::days(2), now() + TimeDelta::days(30));
    LeaseKey::endorse(&[9; 32], vendor, (LICENSE, "Ada Ltd"), period).sign(claims)
}

/// The same lease with one character of its content changed.
pub(crate) fn tamper(lease: &str) -> String {
    let middle = lease.find('.').unwrap() + 20;
    let other = if lease.as_bytes()[middle] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &lease[..middle], &lease[middle + 1..])
}
