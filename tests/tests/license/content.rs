//! Correctly signed payloads that a careless or malicious vendor tool might make.

use super::*;

#[test]
fn refuses_contradictions_between_the_parts() {
    let contradicts = |change: fn(&mut Value)| {
        let found = signed_with(change);
        assert!(matches!(found, Err(LicenseError::Contradiction { .. })), "{found:?}");
    };
    contradicts(|v| v["data"]["id"] = Uuid::from_u128(1).to_string().into());
    contradicts(|v| v["data"]["type"] = "machines".into());
    contradicts(|v| v["data"]["attributes"]["name"] = "Somebody".into());
    contradicts(|v| v["data"]["attributes"]["expiry"] = "2099-01-01T00:00:00Z".into());
    contradicts(|v| v["data"]["attributes"]["metadata"]["machineId"] = machine("b").to_string().into());
    contradicts(|v| v["meta"]["issued"] = "2026-01-01T00:00:00Z".into());
    contradicts(|v| v["meta"]["expiry"] = "2099-01-01T00:00:00Z".into());
    contradicts(|v| v["meta"]["ttl"] = 1.into());
    contradicts(|v| v["testkeep"]["algorithm"] = "base64+rsa-sha256".into());
    contradicts(|v| v["testkeep"]["key_id"] = VendorKey::from_seed(&[8; 32]).public_key().id().into());
    contradicts(|v| v["testkeep"]["machine_id"] = machine("b").to_string().into());
}

#[test]
fn refuses_wrong_fields_by_name() {
    let names = |pointer: &str, value: Value| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let found = signed_with(|v| v.pointer_mut(parent).unwrap()[name] = value.clone());
        let Err(LicenseError::Field { field, .. }) = &found else { panic!("{pointer} = {value}: {found:?}") };
        assert!(field.contains(name), "{pointer}: {found:?}");
    };
    for name in [
        "license_id",
        "customer",
        "machine_id",
        "issued_at",
        "not_before",
        "expires_at",
        "products",
        "format",
        "lease_keys",
    ] {
        names(&format!("/testkeep/{name}"), json!(true));
    }
    names("/testkeep/surprise", json!(1));
    names("/surprise", json!(1));
    names("/testkeep/products/KXX", json!({"quota": 1, "machine_quota": 1}));
    for wrong in [json!(-1), json!(1.5), json!("25"), json!(null), json!(4_294_967_296_u64), json!(1e30)] {
        names("/testkeep/products/KSE/quota", wrong);
    }
    names("/testkeep/products/KSE/surprise", json!(1));
    names("/testkeep/license_id", json!("not-a-uuid"));
    names("/testkeep/machine_id", json!("TK1-00000"));
    names("/testkeep/expires_at", json!("tomorrow"));
    names("/testkeep/lease_keys", json!(["AAAA"]));
    names("/testkeep/lease_keys", json!([STANDARD.encode([0_u8; 32])]));
    names("/data", json!([]));
    names("/included", json!({}));
    let missing = signed_with(|v| {
        v["testkeep"].as_object_mut().unwrap().remove("customer");
    });
    assert_eq!(
        missing.unwrap_err().to_string(),
        "The license is not usable: “testkeep.customer” is missing. Ask your vendor for a new file."
    );
}

#[test]
fn refuses_grants_that_make_no_sense() {
    let refused = |change: fn(&mut Value)| {
        let found = signed_with(change);
        assert!(matches!(found, Err(LicenseError::Field { .. })), "{found:?}");
    };
    refused(|v| v["testkeep"]["products"] = json!({}));
    refused(|v| v["testkeep"]["products"]["KSE"]["quota"] = 0.into());
    refused(|v| v["testkeep"]["products"]["KSE"]["machine_quota"] = 2_000_000.into());
    refused(|v| v["testkeep"]["not_before"] = "2028-01-01T00:00:00Z".into());
}

#[test]
fn refuses_newer_formats_and_foreign_payloads() {
    assert_eq!(
        signed_with(|v| v["testkeep"]["format"] = 2.into()),
        Err(LicenseError::FormatVersion { found: 2 })
    );
    for text in ["null", "[]", "{}", "1"] {
        assert!(matches!(read(signed(text)), Err(LicenseError::Field { .. })), "{text}");
    }
    for bytes in [&b""[..], b"\xff", b"{\"a\":\"\xff\"}"] {
        assert!(matches!(read(signed(bytes)), Err(LicenseError::Json { .. })), "{bytes:?}");
    }
}

#[test]
fn does_not_sign_what_it_would_not_read() {
    let refused = |change: fn(&mut LicenseTerms)| {
        let mut terms = terms();
        change(&mut terms);
        assert!(license::sign(&vendor(), &terms).is_err(), "{terms:?}");
    };
    refused(|t| t.customer = " ".into());
    refused(|t| t.customer = "a\nb".into());
    refused(|t| t.products.clear());
    refused(|t| t.expires_at = t.not_before);
    refused(|t| t.expires_at = t.issued_at + TimeDelta::days(60 * 365));
    refused(|t| t.machine_id = MachineId::from_factors(&Factors::new()));
}
