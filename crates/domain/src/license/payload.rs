//! The signed payload: a JSON:API document for Keygen's tools, and in addition the object `testkeep`. Only `testkeep`
//! is enforced.
//!
//! Both must agree, so that another tool never shows other terms than those that are enforced.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::Fields;
use super::{
    ALGORITHM, FORMAT_VERSION, LicenseError, LicenseTerms, Product, PublicKey, Quota, Returns, VendorKey,
    lease_keys, strict_json,
};
use crate::lease::LeaseKey;
use crate::machine::MachineId;

const PART: &str = "its content";

/// The payload as JSON, for `enc`.
pub(super) fn write(terms: &LicenseTerms, vendor: &VendorKey) -> Vec<u8> {
    let LicenseTerms { license_id, customer, machine_id, .. } = terms;
    let (issued, starts, expiry) = (time(terms.issued_at), time(terms.not_before), time(terms.expires_at));
    let products: BTreeMap<_, _> =
        terms.products.iter().map(|(product, quota)| (product.word(), quota)).collect();
    let mut payload = json!({
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
            "key_id": vendor.public_key().id(),
            "license_id": license_id,
            "customer": customer,
            "machine_id": machine_id,
            "issued_at": issued,
            "not_before": starts,
            "expires_at": expiry,
            "products": products,
            "lease_keys": lease_keys::write(terms, vendor),
        },
    });
    if !terms.renews.is_empty() {
        payload["testkeep"]["renews"] = json!(terms.renews);
    }
    // Written only if it differs from the default: an older server refuses an unknown member. Refusing the license is
    // better than giving out seats without this rule.
    if terms.returns != Returns::default() {
        payload["testkeep"]["returns"] = terms.returns.word().into();
    }
    payload.to_string().into_bytes()
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads the terms and the endorsed lease keys of a payload whose signature was verified with `vendor`.
pub(super) fn read(
    payload: &[u8],
    vendor: &PublicKey,
) -> Result<(LicenseTerms, Vec<LeaseKey>), LicenseError> {
    let mut root = Fields::of(strict_json::parse(payload, PART)?, "")?;
    let mut own = root.object("testkeep")?;
    let format = own.number("format")?;
    if format != FORMAT_VERSION {
        return Err(LicenseError::FormatVersion { found: format });
    }
    agree(&own.text("algorithm")?, ALGORITHM, ["testkeep.algorithm", "alg"])?;
    agree(&own.text("key_id")?, &vendor.id(), ["testkeep.key_id", "the key that signed"])?;
    let (terms, endorsements) = read_terms(&mut own)?;
    own.finish()?;
    agree_with_document(&mut root, &terms)?;
    root.finish()?;
    terms.validate().map_err(|error| LicenseError::Field {
        field: "its grant".into(),
        problem: super::FieldProblem::Value(error.to_string()),
    })?;
    let keys = lease_keys::endorsed(&terms, &endorsements, vendor)?;
    Ok((terms, keys))
}

/// The key id in an unverified payload. Only to distinguish an unknown vendor from a damaged file.
pub(super) fn claimed_key_id(payload: &[u8]) -> Option<String> {
    let mut root = Fields::of(strict_json::parse(payload, PART).ok()?, "").ok()?;
    let key_id = root.object("testkeep").ok()?.text("key_id").ok()?;
    (key_id.len() == 16 && key_id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(key_id)
}

fn read_terms(own: &mut Fields) -> Result<(LicenseTerms, Vec<Option<String>>), LicenseError> {
    let (id, machine_id) = (own.text("license_id")?, own.text("machine_id")?);
    let (lease_keys, endorsements) = lease_keys::read(own)?.into_iter().unzip();
    let terms = LicenseTerms {
        license_id: Uuid::try_parse(&id).map_err(|_| own.invalid("license_id", "it is not a UUID"))?,
        machine_id: MachineId::parse(&machine_id).map_err(|error| own.invalid("machine_id", error))?,
        customer: own.text("customer")?,
        issued_at: own.time("issued_at")?,
        not_before: own.time("not_before")?,
        expires_at: own.time("expires_at")?,
        products: read_products(own.object("products")?)?,
        renews: read_renews(own)?,
        returns: read_returns(own)?,
        lease_keys,
    };
    Ok((terms, endorsements))
}

fn read_renews(own: &mut Fields) -> Result<Vec<Uuid>, LicenseError> {
    let ids = own.optional_list("renews")?;
    let read = |id: &Value| id.as_str().and_then(|id| Uuid::try_parse(id).ok());
    let ids: Option<_> = ids.iter().map(read).collect();
    ids.ok_or_else(|| own.invalid("renews", "each must be the id of a license"))
}

fn read_returns(own: &mut Fields) -> Result<Returns, LicenseError> {
    let Some(value) = own.optional("returns") else { return Ok(Returns::default()) };
    let word = value.as_str().and_then(Returns::parse);
    word.ok_or_else(|| own.invalid("returns", "it is neither “trusted” nor “counted”"))
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

/// Checks that Keygen's tools show the terms that are enforced. Other attributes and relationships are not checked,
/// because Keygen defines them.
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
