//! The claims in a lease. Some have the names that existing clients read (source: client protocol, 2.4), the others are
//! ours.
//!
//! Unknown claims are ignored, so that older programs work with newer servers.

use chrono::serde::ts_seconds;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::license::Product;

/// Existing clients accept `ENTERPRISE`, `FREE` and `TRIAL`. This server issues `ENTERPRISE` only.
const LICENSE_TYPE: &str = "ENTERPRISE";

/// How long a lease lasts, and how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseKind {
    /// Renewed regularly while the program runs.
    Online,
    /// Valid for days without the server. The program may give it back early.
    Borrowed,
    /// A file for a machine without a connection to the server. It cannot be taken back.
    Offline,
}

impl LeaseKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Borrowed => "borrowed",
            Self::Offline => "offline",
        }
    }
}

/// A feature that the lease allows. Programs evaluate `key` only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    pub id: i64,
    pub name: String,
    /// Contains `gui`: the program with windows; contains `cli`: the program for the console; equals `offline`: no
    /// server is needed.
    pub key: String,
}

/// The features of a product's leases.
pub fn features(product: Product, offline: bool) -> Vec<Feature> {
    let feature = |id, name: &str, key: &str| Feature { id, name: name.into(), key: key.into() };
    let mut features = vec![match product {
        Product::Kse => feature(1, "Studio", "gui"),
        Product::Kre => feature(2, "Runtime Engine", "cli"),
    }];
    features.push(feature(3, "Private plugins", "private_plugin"));
    if offline {
        features.push(feature(4, "Offline", "offline"));
    }
    features
}

/// The content of one lease. In the signed text, times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct LeaseClaims {
    /// The id of the license file whose key signs the lease.
    pub license_id: Uuid,
    /// The customer named in that license file.
    pub customer: String,
    pub product: Product,
    /// Email address of the person, or the holder of an offline license.
    pub user: String,
    /// The client's own name for its session; empty in offline licenses.
    pub session_id: String,
    pub kind: LeaseKind,
    /// The client's own name for its machine.
    pub machine_id: String,
    pub organization_id: Option<i64>,
    pub features: Vec<Feature>,
    pub issued_at: DateTime<Utc>,
    /// The program requests the next lease at this time or later.
    pub renew_at: DateTime<Utc>,
    /// The first moment at which the lease is no longer valid.
    pub expires_at: DateTime<Utc>,
    /// `true`: the lease is only for a check of the machine and never activates a program.
    pub testing: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    license_type: String,
    #[serde(with = "ts_seconds")]
    expiration_date: DateTime<Utc>,
    #[serde(with = "ts_seconds")]
    renew_time: DateTime<Utc>,
    machine_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization_id: Option<i64>,
    features: Vec<Feature>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    testing: bool,
    license_id: Uuid,
    customer: String,
    product: Product,
    user: String,
    session_id: String,
    kind: LeaseKind,
    #[serde(with = "ts_seconds")]
    iat: DateTime<Utc>,
    /// The registered claim `exp`, for standard libraries; always equal to `expirationDate`.
    #[serde(with = "ts_seconds")]
    exp: DateTime<Utc>,
}

impl From<LeaseClaims> for Wire {
    fn from(claims: LeaseClaims) -> Self {
        Self {
            license_type: LICENSE_TYPE.into(),
            expiration_date: claims.expires_at,
            renew_time: claims.renew_at,
            machine_id: claims.machine_id,
            organization_id: claims.organization_id,
            features: claims.features,
            testing: claims.testing,
            license_id: claims.license_id,
            customer: claims.customer,
            product: claims.product,
            user: claims.user,
            session_id: claims.session_id,
            kind: claims.kind,
            iat: claims.issued_at,
            exp: claims.expires_at,
        }
    }
}

impl TryFrom<Wire> for LeaseClaims {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        if wire.license_type != LICENSE_TYPE {
            return Err("licenseType is not ENTERPRISE");
        }
        if wire.exp != wire.expiration_date {
            return Err("exp and expirationDate differ");
        }
        Ok(Self {
            license_id: wire.license_id,
            customer: wire.customer,
            product: wire.product,
            user: wire.user,
            session_id: wire.session_id,
            kind: wire.kind,
            machine_id: wire.machine_id,
            organization_id: wire.organization_id,
            features: wire.features,
            issued_at: wire.iat,
            renew_at: wire.renew_time,
            expires_at: wire.exp,
            testing: wire.testing,
        })
    }
}

impl LeaseClaims {
    /// The JSON text that is signed.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Whether the key of a feature contains `what`. Existing clients use the same test.
    pub fn allows(&self, what: &str) -> bool {
        self.features.iter().any(|feature| feature.key.contains(what))
    }
}
