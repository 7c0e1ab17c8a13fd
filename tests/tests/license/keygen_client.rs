//! Keygen's published client verifies and reads our files, and refuses changed ones.

use keygen_rs::license::LicenseFileAlgorithm::{Aes256GcmEd25519, Base64Ed25519};

use super::*;

fn opened(certificate: String, key: &str) -> Result<keygen_rs::license_file::LicenseFileDataset, String> {
    let now = moment("2026-01-01T00:00:00Z");
    let file = keygen_rs::license_file::LicenseFile {
        id: String::new(),
        certificate,
        issued: now,
        expiry: now,
        ttl: 0,
    };
    assert!(file.verify_with_key_and_algorithm(key, Aes256GcmEd25519).is_err());
    file.verify_and_decode(key, Base64Ed25519).map_err(|error| format!("{error:?}"))
}

#[test]
fn verifies_and_reads_our_files() {
    let mut terms = terms();
    terms.expires_at = moment("2060-01-31T23:59:59Z");
    let file = license::sign(&vendor(), &terms).unwrap();
    let key = hex::encode(vendor().public_key().to_bytes());
    let dataset = opened(file.clone(), &key).unwrap();
    assert_eq!(dataset.license.id, terms.license_id.to_string());
    assert_eq!(dataset.license.name.as_deref(), Some(terms.customer.as_str()));
    assert_eq!(dataset.license.expiry, Some(terms.expires_at));
    assert_eq!(dataset.license.metadata["machineId"], terms.machine_id.to_string());
    assert_eq!((dataset.issued, dataset.expiry), (terms.issued_at, terms.expires_at));
    assert_eq!(i64::from(dataset.ttl), (terms.expires_at - terms.issued_at).num_seconds());

    let stranger = hex::encode(VendorKey::from_seed(&[1; 32]).public_key().to_bytes());
    assert!(opened(file.clone(), &stranger).unwrap_err().contains("NotGenuine"));
    let mut outer: Value = serde_json::from_str(&outer(&file)).unwrap();
    outer["enc"] = STANDARD.encode("{}").into();
    assert!(opened(armor(outer.to_string()), &key).unwrap_err().contains("NotGenuine"));
}
