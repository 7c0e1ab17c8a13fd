//! Correctly signed payloads with wrong content, from a faulty or malicious vendor tool.

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
        "renews",
        "returns",
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
    for wrong in [json!("later"), json!(""), json!("Counted"), json!(null)] {
        names("/testkeep/returns", wrong);
    }
    names("/testkeep/renews", json!([1]));
    names("/testkeep/renews", json!(["not-a-uuid"]));
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
fn refuses_wrong_lease_keys() {
    let refused = |keys: Value| {
        let found = signed_with(|v| v["testkeep"]["lease_keys"] = keys.clone());
        let Err(LicenseError::Field { field, .. }) = &found else { panic!("{keys}: {found:?}") };
        assert!(field.contains("lease_keys"), "{keys}: {found:?}");
        assert!(!found.unwrap_err().to_string().contains(&seed()), "a refusal shows no key");
    };
    let good = lease_key_of(&file());
    assert!(signed_with(|v| v["testkeep"]["lease_keys"] = json!([good])).is_ok());
    let with = |name: &str, value: Value| {
        let mut key = good.clone();
        key[name] = value;
        json!([key])
    };
    refused(json!(["AAAA"]));
    refused(json!([STANDARD.encode([0_u8; 32])]));
    refused(json!([{}]));
    refused(with("surprise", json!(1)));
    for algorithm in ["", "none", "eddsa", "ES256"] {
        refused(with("algorithm", json!(algorithm)));
    }
    // An RS256 key with an endorsement, which it must not have.
    refused(with("algorithm", json!("RS256")));
    refused(with("private_key", json!("*")));
    for length in [0, 31, 33, 64] {
        refused(with("private_key", json!(STANDARD.encode(vec![9; length]))));
    }
    // The endorsement is for another key, for another license, by an unknown vendor, or not an endorsement.
    refused(with("private_key", json!(STANDARD.encode([8; 32]))));
    for change in [
        (|terms: &mut LicenseTerms| terms.license_id = Uuid::from_u128(7)) as fn(&mut LicenseTerms),
        |terms| terms.customer = "Somebody".into(),
        |terms| terms.not_before += TimeDelta::days(1),
        |terms| terms.expires_at += TimeDelta::days(1),
    ] {
        let mut other = terms();
        change(&mut other);
        refused(json!([lease_key_of(&license::sign(&vendor(), &other).unwrap())]));
    }
    refused(json!([lease_key_of(&license::sign(&VendorKey::from_seed(&[1; 32]), &terms()).unwrap())]));
    refused(with("endorsement", json!("a.b.c")));
    refused(json!([{"algorithm": "EdDSA", "private_key": seed()}]));
}

/// The private key of the first lease key.
fn seed() -> String {
    STANDARD.encode([9; 32])
}

/// The first lease key in a file, with its endorsement.
fn lease_key_of(file: &str) -> Value {
    let document: Value = serde_json::from_str(&payload(file)).unwrap();
    document["testkeep"]["lease_keys"][0].clone()
}

#[test]
fn files_without_lease_keys_are_good() {
    for old in [json!([]), json!(null)] {
        let license = signed_with(|v| {
            let own = v["testkeep"].as_object_mut().unwrap();
            own.remove("lease_keys");
            own.remove("renews");
            own.remove("returns");
            if old.is_array() {
                own.insert("lease_keys".into(), old);
            }
        });
        let license = license.unwrap();
        assert!(license.lease_keys().is_empty() && license.client_keys().next().is_none());
        assert!(license.terms().renews.is_empty());
        assert_eq!(license.terms().returns, Returns::Trusted, "files of before the rule");
    }
}

#[test]
fn private_keys_are_never_shown() {
    let license = read(file()).unwrap();
    let seed = STANDARD.encode([9; 32]);
    let client = STANDARD.encode(license.client_keys().next().unwrap());
    assert!(payload(&file()).contains(&seed) && payload(&file()).contains(&client));
    let inspected = LicenseFile::inspect(file().as_bytes()).unwrap();
    assert_eq!(inspected.payload["testkeep"]["lease_keys"][0]["private_key"], "(not shown)");
    assert_eq!(inspected.payload["testkeep"]["lease_keys"][1]["private_key"], "(not shown)");
    for shown in [format!("{license:?}"), format!("{inspected:?}"), format!("{:?}", terms())] {
        assert!(!shown.contains(&seed) && !shown.contains(&client[..40]), "{shown}");
        assert!(!shown.contains("9, 9, 9"), "{shown}");
    }
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
    refused(|v| v["testkeep"]["renews"] = json!([Uuid::from_u128(42)]));
    refused(|v| v["testkeep"]["renews"] = json!([Uuid::from_u128(1), Uuid::from_u128(1)]));
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
