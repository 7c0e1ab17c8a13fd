//! Key files, and the keys that a build trusts.

use sha2::{Digest as _, Sha256};

use super::*;

/// The example of RFC 8410, section 10. Every reader of such files must accept it.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
    -----END PUBLIC KEY-----\n";
const LONGEST: usize = 16 * 1024;

#[test]
fn key_files_are_those_of_the_standard() {
    let key = VendorKey::from_pem(PRIVATE).unwrap();
    let public = PublicKey::from_pem(PUBLIC).unwrap();
    assert_eq!(key.public_key(), public);
    assert_eq!(key.to_pem().as_str(), PRIVATE);
    assert_eq!(public.to_pem(), PUBLIC);
    assert_eq!(PublicKey::from_bytes(&public.to_bytes()), Ok(public));
}

#[test]
fn comments_around_a_key_are_passed_over_up_to_a_size() {
    let padded = |length: usize| format!("{}\n{PRIVATE}", "#".repeat(length - PRIVATE.len() - 1));
    assert_eq!(padded(LONGEST).len(), LONGEST);
    assert!(VendorKey::from_pem(&padded(LONGEST)).is_ok());
    let refused = VendorKey::from_pem(&padded(LONGEST + 1)).unwrap_err();
    assert_eq!(refused, KeyError::NotPem { label: "PRIVATE KEY" });
    assert!(VendorKey::from_pem(&format!("{PRIVATE}and more")).is_ok());
    assert!(VendorKey::from_pem(&PRIVATE.replace('\n', "\r\n")).is_ok());
}

#[test]
fn other_files_are_refused_by_what_is_wrong() {
    let private = |text: &str| VendorKey::from_pem(text).unwrap_err();
    let public = |text: &str| PublicKey::from_pem(text).unwrap_err();
    assert_eq!(private(PUBLIC), KeyError::NotPem { label: "PRIVATE KEY" });
    assert_eq!(public(PRIVATE), KeyError::NotPem { label: "PUBLIC KEY" });
    assert_eq!(private(PRIVATE.split_once("-----END").unwrap().0), KeyError::NotPem { label: "PRIVATE KEY" });
    assert_eq!(private(&PRIVATE.replacen("MC4", "M*4", 1)), KeyError::Base64);
    // Another kind of key, with the object identifier of X25519.
    assert_eq!(private(&PRIVATE.replacen("K2VwB", "K2VuB", 1)), KeyError::NotEd25519);
    let short = STANDARD.decode("MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp").unwrap();
    let short =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(short));
    assert_eq!(private(&short), KeyError::NotEd25519);
}

/// A signature by a weak key would be valid for every message.
#[test]
fn weak_keys_and_points_off_the_curve_are_refused() {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert_eq!(PublicKey::from_bytes(&neutral), Err(KeyError::Weak));
    assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(KeyError::Weak));
    let mut off = [0; 32];
    off[0] = 2;
    assert_eq!(PublicKey::from_bytes(&off), Err(KeyError::NotEd25519));
}

#[test]
fn the_id_is_the_beginning_of_the_hash() {
    for seed in 0..20 {
        let key = VendorKey::from_seed(&[seed; 32]).public_key();
        assert_eq!(key.id(), hex::encode(&Sha256::digest(key.to_bytes())[..8]));
    }
}

#[test]
fn trust_is_for_the_listed_keys() {
    let (ours, other) = (vendor().public_key(), VendorKey::from_seed(&[1; 32]).public_key());
    let keys = TrustedKeys::new(vec![ours.clone(), VendorKey::from_seed(&[8; 32]).public_key().as_demo()]);
    assert!(keys.has(&ours.id()) && !keys.has(&other.id()));
    assert!(keys.trusts_demo());
    assert_eq!(keys.ids()[0], ours.id());
    assert_eq!(keys.ids().len(), 2);
    let signature = vendor().sign(b"message");
    assert_eq!(keys.signer_of(b"message", &signature), Some(&ours));
    assert_eq!(keys.signer_of(b"massage", &signature), None);
    assert!(!TrustedKeys::new(vec![other]).has(&ours.id()));
}

#[test]
fn private_keys_are_shown_by_their_id() {
    assert_eq!(format!("{:?}", vendor()), format!("VendorKey({})", vendor().public_key().id()));
    assert_eq!(format!("{:?}", LeaseSecret::eddsa([9; 32])), "LeaseSecret(EdDSA ***)");
    assert_eq!(format!("{:?}", client_key()), "LeaseSecret(RS256 ***)");
}

#[test]
fn a_license_hands_out_each_kind_of_key() {
    let license = read(file()).unwrap();
    let endorsed: Vec<String> = license.lease_keys().iter().map(crate::lease::LeaseKey::id).collect();
    assert_eq!(endorsed, [VendorKey::from_seed(&[9; 32]).public_key().id()]);
    assert_eq!(license.client_keys().collect::<Vec<_>>(), [client_key().expose()]);
    assert_ne!(client_key(), LeaseSecret::eddsa([9; 32]));
}
