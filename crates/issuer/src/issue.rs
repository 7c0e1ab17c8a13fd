//! `issue`: makes one signed license file for one Machine ID, with the keys with which the server signs leases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use testkeep_domain::license::{
    LeaseSecret, LicenseFile, LicenseTerms, Product, Quota, Returns, TrustedKeys, VendorKey, sign,
};
use testkeep_domain::machine::MachineId;
use testkeep_domain::{Clock, Day};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::client_key::ClientKey;
use crate::{IssuerError, file};

/// The vendor's input.
#[derive(Clone, Debug, Default)]
pub struct IssueRequest {
    /// The path of `vendor.key`.
    pub key: PathBuf,
    pub machine_id: String,
    pub customer: String,
    pub kse: ProductGrant,
    pub kre: ProductGrant,
    /// The last day, `YYYY-MM-DD`, UTC.
    pub expires: String,
    /// The first day; `None`: the license begins now.
    pub not_before: Option<String>,
    /// The licenses that this one replaces: files of this vendor, or license ids.
    pub renews: Vec<String>,
    /// When the seat of a lease that is given back early becomes free.
    pub returns: Returns,
    /// The RSA key that existing clients trust: PEM, PKCS #8. The license file will contain it, see [`ClientKeyUse`].
    pub client_key: Option<PathBuf>,
    pub out: PathBuf,
}

/// The quota of one product. Without `quota`, the product is not licensed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductGrant {
    pub quota: Option<u32>,
    /// The number of machines; `None`: as many as `quota`.
    pub machines: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Issued {
    pub terms: LicenseTerms,
    pub key_id: String,
    pub file: PathBuf,
    pub client_key: ClientKeyUse,
}

/// For whose clients the customer can sign with the client key in the license file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKeyUse {
    /// There is no client key. Existing clients get no lease.
    Absent,
    /// The key was made for this customer, so only this customer's clients trust it.
    CustomersOwn,
    /// The key file names no customer. The key signs for all clients that trust it, including those of other customers.
    Shared,
}

/// Signs a license and writes `request.out`. An older file with that name is replaced.
pub fn issue(request: &IssueRequest, clock: &Clock) -> Result<Issued, IssuerError> {
    let key = read_key(&request.key)?;
    let mut terms = terms(request, clock.now())?;
    terms.renews = renews(&request.renews, &key)?;
    let (lease_keys, client_key) = lease_keys(request.client_key.as_deref(), &terms.customer)?;
    terms.lease_keys = lease_keys;
    let text = sign(&key, &terms).map_err(IssuerError::Terms)?;
    file::replace(&request.out, text.as_bytes())?;
    Ok(Issued { terms, key_id: key.public_key().id(), file: request.out.clone(), client_key })
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
        renews: Vec::new(),
        returns: request.returns,
        lease_keys: Vec::new(),
    })
}

/// The ids of the replaced licenses: given as ids, or read from files that this vendor signed.
fn renews(texts: &[String], key: &VendorKey) -> Result<Vec<Uuid>, IssuerError> {
    let trusted = TrustedKeys::new(vec![key.public_key()]);
    let id_of = |text: &String| {
        if let Ok(id) = Uuid::try_parse(text.trim()) {
            return Ok(id);
        }
        let path = PathBuf::from(text);
        let license = LicenseFile::read(file::read_license(&path)?.as_bytes(), &trusted)
            .map_err(|source| IssuerError::License { path, source })?;
        Ok(license.terms().license_id)
    };
    texts.iter().map(id_of).collect()
}

/// A new key for each license, so that a leaked key can sign for one customer only; and the client key, if requested.
fn lease_keys(
    client_key: Option<&Path>,
    customer: &str,
) -> Result<(Vec<LeaseSecret>, ClientKeyUse), IssuerError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(IssuerError::Random)?;
    let mut keys = vec![LeaseSecret::EdDsa(seed)];
    let Some(path) = client_key else { return Ok((keys, ClientKeyUse::Absent)) };
    let text = file::read_text(path)?;
    let key =
        ClientKey::read(&text).map_err(|source| IssuerError::ClientKey { path: path.to_owned(), source })?;
    keys.push(LeaseSecret::Rs256(key.der));
    match key.customer {
        None => Ok((keys, ClientKeyUse::Shared)),
        Some(owner) if owner == customer => Ok((keys, ClientKeyUse::CustomersOwn)),
        Some(owner) => {
            let (path, customer) = (path.to_owned(), customer.to_owned());
            Err(IssuerError::OtherCustomersKey { path, owner, customer })
        }
    }
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
    text.parse::<Day>().map(Day::date).map_err(|_| IssuerError::Date { option, text: text.to_owned() })
}

fn at(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    date.and_time(time).and_utc()
}

/// The end of the last day: the license is valid on the whole day, and screens show that date.
fn last_second() -> NaiveTime {
    NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default()
}

fn random_id() -> Result<Uuid, IssuerError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(IssuerError::Random)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
