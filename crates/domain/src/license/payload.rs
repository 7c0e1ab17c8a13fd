//! The signed payload: a JSON:API document that Keygen's tools can read, and beside it the object `testkeep`,
//! which alone counts for us.
//!
//! What both say must agree, so that another tool never shows something else than what is enforced.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::Fields;
use super::{ALGORITHM, FORMAT_VERSION, LicenseError, LicenseTerms, Product, PublicKey, Quota, strict_json};
use crate::machine::MachineId;

const PART: &str = "its content";

/// The payload's JSON, for `enc`.
pub(super) fn write(terms: &LicenseTerms, key_id: &str) -> Vec<u8> {
    let LicenseTerms { license_id, customer, machine_id, .. } = terms;
    let (issued, starts, expiry) = (time(terms.issued_at), time(terms.not_before), time(terms.expires_at));
    let products: BTreeMap<_, _> =
        terms.products.iter().map(|(product, quota)| (product.word(), quota)).collect();
    let lease_keys: Vec<_> = terms.lease_keys.iter().map(|key| STANDARD.encode(key.to_bytes())).collect();
    let payload = json!({
        "data": {
            "id": license_id,
            "type": "licenses",
            "attributes": {
                "name": customer,
                "key": license_id,
                "expiry": expiry,
                "status": "ACTIVE",
                "created": issued,
                "updated": issued,
                "metadata": { "machineId": machine_id },
            },
            "relationships": {},
        },
        "included": [],
        "meta": { "issued": issued, "expiry": expiry, "ttl": (terms.expires_at - terms.issued_at).num_seconds() },
        "testkeep": {
            "format": FORMAT_VERSION,
            "algorithm": ALGORITHM,
            "key_id": key_id,
            "license_id": license_id,
            "customer": customer,
            "machine_id": machine_id,
            "issued_at": issued,
            "not_before": starts,
            "expires_at": expiry,
            "products": products,
            "lease_keys": lease_keys,
        },
    });
    payload.to_string().into_bytes()
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The terms in a payload whose signature was verified with the key `key_id`.
pub(super) fn read(payload: &[u8], key_id: &str) -> Result<LicenseTerms, LicenseError> {
    let mut root = Fields::of(strict_json::parse(payload, PART)?, "")?;
    let mut own = root.object("testkeep")?;
    let format = own.number("format")?;
    if format != FORMAT_VERSION {
        return Err(LicenseError::FormatVersion { found: format });
    }
    agree(&own.text("algorithm")?, ALGORITHM, ["testkeep.algorithm", "alg"])?;
    agree(&own.text("key_id")?, key_id, ["testkeep.key_id", "the key that signed"])?;
    let terms = read_terms(&mut own)?;
    own.finish()?;
    agree_with_document(&mut root, &terms)?;
    root.finish()?;
    terms.validate().map_err(|error| LicenseError::Field {
        field: "its grant".into(),
        problem: super::FieldProblem::Value(error.to_string()),
    })?;
    Ok(terms)
}

/// The key id that an unverified payload claims. Only for telling an unknown vendor from a damaged file.
pub(super) fn claimed_key_id(payload: &[u8]) -> Option<String> {
    let mut root = Fields::of(strict_json::parse(payload, PART).ok()?, "").ok()?;
    let key_id = root.object("testkeep").ok()?.text("key_id").ok()?;
    (key_id.len() == 16 && key_id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(key_id)
}

fn read_terms(own: &mut Fields) -> Result<LicenseTerms, LicenseError> {
    let (id, machine_id) = (own.text("license_id")?, own.text("machine_id")?);
    let lease_keys = own.optional_texts("lease_keys")?;
    Ok(LicenseTerms {
        license_id: Uuid::try_parse(&id).map_err(|_| own.invalid("license_id", "it is not a UUID"))?,
        machine_id: MachineId::parse(&machine_id).map_err(|error| own.invalid("machine_id", error))?,
        customer: own.text("customer")?,
        issued_at: own.time("issued_at")?,
        not_before: own.time("not_before")?,
        expires_at: own.time("expires_at")?,
        products: read_products(own.object("products")?)?,
        lease_keys: lease_keys.iter().map(|text| read_lease_key(own, text)).collect::<Result<_, _>>()?,
    })
}

fn read_products(mut fields: Fields) -> Result<BTreeMap<Product, Quota>, LicenseError> {
    let mut products = BTreeMap::new();
    for product in Product::ALL {
        if let Some(value) = fields.optional(product.word()) {
            let mut quota = Fields::of(value, &format!("testkeep.products.{product}"))?;
            let granted =
                Quota { quota: quota.count("quota")?, machine_quota: quota.count("machine_quota")? };
            quota.finish()?;
            products.insert(product, granted);
        }
    }
    fields.finish()?;
    Ok(products)
}

fn read_lease_key(own: &Fields, text: &str) -> Result<PublicKey, LicenseError> {
    let wrong = || own.invalid("lease_keys", "each must be base64 of an Ed25519 public key");
    let bytes = STANDARD.decode(text).map_err(|_| wrong())?;
    let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| wrong())?;
    PublicKey::from_bytes(&bytes).map_err(|_| wrong())
}

/// What Keygen's tools show must be what we enforce. Other attributes and relationships are theirs to define.
fn agree_with_document(root: &mut Fields, terms: &LicenseTerms) -> Result<(), LicenseError> {
    let mut data = root.object("data")?;
    agree(&data.text("type")?, "licenses", ["data.type", "“licenses”"])?;
    let id = terms.license_id.to_string();
    agree(&data.text("id")?, &id, ["data.id", "testkeep.license_id"])?;
    let mut attributes = data.object("attributes")?;
    agree(&attributes.text("name")?, &terms.customer, ["data.attributes.name", "testkeep.customer"])?;
    agree(&attributes.time("expiry")?, &terms.expires_at, ["data.attributes.expiry", "testkeep.expires_at"])?;
    let machine_id = attributes.object("metadata")?.text("machineId")?;
    let bound = terms.machine_id.to_string();
    agree(&machine_id, &bound, ["data.attributes.metadata.machineId", "testkeep.machine_id"])?;
    let mut meta = root.object("meta")?;
    agree(&meta.time("issued")?, &terms.issued_at, ["meta.issued", "testkeep.issued_at"])?;
    agree(&meta.time("expiry")?, &terms.expires_at, ["meta.expiry", "testkeep.expires_at"])?;
    let seconds = (terms.expires_at - terms.issued_at).num_seconds();
    agree(&i64::try_from(meta.number("ttl")?).unwrap_or(i64::MAX), &seconds, ["meta.ttl", "its period"])?;
    match root.optional("included") {
        None | Some(Value::Array(_)) => Ok(()),
        Some(_) => Err(root.invalid("included", "it is not a list")),
    }
}

fn agree<A, B>(found: &A, expected: &B, names: [&'static str; 2]) -> Result<(), LicenseError>
where
    A: PartialEq<B> + ?Sized,
    B: ?Sized,
{
    let [first, second] = names;
    if found == expected { Ok(()) } else { Err(LicenseError::Contradiction { first, second }) }
}
