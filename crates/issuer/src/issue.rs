//! `issue`: one signed license file for one Machine ID.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use testkeep_domain::Clock;
use testkeep_domain::license::{LicenseTerms, Product, Quota, VendorKey, sign};
use testkeep_domain::machine::MachineId;
use uuid::Uuid;

use crate::{IssuerError, file};

/// What the vendor typed.
#[derive(Clone, Debug, Default)]
pub struct IssueRequest {
    /// `vendor.key`.
    pub key: PathBuf,
    pub machine_id: String,
    pub customer: String,
    pub kse: ProductGrant,
    pub kre: ProductGrant,
    /// Last day, `YYYY-MM-DD`, UTC.
    pub expires: String,
    /// First day; now when absent.
    pub not_before: Option<String>,
    pub out: PathBuf,
}

/// The quota of one product; nothing of it is licensed when absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductGrant {
    pub quota: Option<u32>,
    /// As many machines as the quota when absent.
    pub machines: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Issued {
    pub terms: LicenseTerms,
    pub key_id: String,
    pub file: PathBuf,
}

/// Signs and writes `request.out`, replacing an older file of that name.
pub fn issue(request: &IssueRequest, clock: &Clock) -> Result<Issued, IssuerError> {
    let key = read_key(&request.key)?;
    let terms = terms(request, clock.now())?;
    let text = sign(&key, &terms).map_err(IssuerError::Terms)?;
    file::replace(&request.out, text.as_bytes())?;
    Ok(Issued { terms, key_id: key.public_key().id(), file: request.out.clone() })
}

fn read_key(path: &Path) -> Result<VendorKey, IssuerError> {
    let text = file::read_text(path)?;
    VendorKey::from_pem(&text).map_err(|source| IssuerError::Key { path: path.to_owned(), source })
}

fn terms(request: &IssueRequest, now: DateTime<Utc>) -> Result<LicenseTerms, IssuerError> {
    let expires_at = at(date("--expires", &request.expires)?, last_second());
    if expires_at <= now {
        return Err(IssuerError::AlreadyExpired(request.expires.clone()));
    }
    let not_before = match &request.not_before {
        Some(text) => at(date("--not-before", text)?, NaiveTime::MIN),
        None => now,
    };
    Ok(LicenseTerms {
        license_id: random_id()?,
        customer: request.customer.trim().to_owned(),
        machine_id: MachineId::parse(&request.machine_id).map_err(IssuerError::MachineId)?,
        issued_at: now,
        not_before,
        expires_at,
        products: products(request)?,
        lease_keys: Vec::new(),
    })
}

fn products(request: &IssueRequest) -> Result<BTreeMap<Product, Quota>, IssuerError> {
    let mut products = BTreeMap::new();
    let grants = [
        (Product::Kse, request.kse, "--kse-machines", "--kse"),
        (Product::Kre, request.kre, "--kre-machines", "--kre"),
    ];
    for (product, grant, option, needs) in grants {
        match (grant.quota, grant.machines) {
            (Some(quota), machines) => {
                products.insert(product, Quota { quota, machine_quota: machines.unwrap_or(quota) });
            }
            (None, Some(_)) => return Err(IssuerError::Incomplete { option, needs }),
            (None, None) => {}
        }
    }
    Ok(products)
}

fn date(option: &'static str, text: &str) -> Result<NaiveDate, IssuerError> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| IssuerError::Date { option, text: text.to_owned() })
}

fn at(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    date.and_time(time).and_utc()
}

/// The last day counts in full, and every screen shows its date.
fn last_second() -> NaiveTime {
    NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default()
}

fn random_id() -> Result<Uuid, IssuerError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(IssuerError::Random)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
