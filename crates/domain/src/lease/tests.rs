//! Leases as the server signs them, and all reasons to refuse one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::license::{Product, PublicKey, TrustedKeys, VendorKey};

#[path = "bounds_tests.rs"]
mod bounds;

const MACHINE: &str = "0123456789abcdef0123456789abcdef";
const LICENSE: Uuid = Uuid::from_u128(42);

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    moment("2026-06-01T08:00:00Z")
}

fn vendor() -> VendorKey {
    VendorKey::from_seed(&[7; 32])
}

fn verifier() -> LeaseVerifier {
    LeaseVerifier::new(TrustedKeys::new(vec![
        VendorKey::from_seed(&[8; 32]).public_key(),
        vendor().public_key(),
    ]))
}

fn key_by(vendor: &VendorKey) -> LeaseKey {
    let period = (moment("2026-01-01T00:00:00.5Z"), moment("2026-12-31T23:59:59Z"));
    LeaseKey::endorse(&[9; 32], vendor, (LICENSE, "Ada Ltd"), period)
}

fn claims() -> LeaseClaims {
    LeaseClaims {
        license_id: LICENSE,
        customer: "Ada Ltd".into(),
        product: Product::Kre,
        user: "ada@example.com".into(),
        session_id: "s-1".into(),
        kind: LeaseKind::Online,
        machine_id: MACHINE.into(),
        organization_id: Some(3),
        features: features(Product::Kre, false),
        issued_at: now(),
        renew_at: now() + TimeDelta::minutes(5),
        expires_at: now() + TimeDelta::minutes(15),
        testing: false,
    }
}

fn verify(jws: &str) -> Result<LeaseClaims, LeaseError> {
    verifier().verify(jws, MACHINE, now())
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn part(jws: &str, number: usize) -> Value {
    let text = jws.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// Any content, signed with the endorsed key.
fn signed(header: &str, payload: &str) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = VendorKey::from_seed(&[9; 32]).sign(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn with(change_header: impl FnOnce(&mut Value), change_claims: impl FnOnce(&mut Value)) -> String {
    let good = key_by(&vendor()).sign(&claims());
    let (mut header, mut payload) = (part(&good, 0), part(&good, 1));
    change_header(&mut header);
    change_claims(&mut payload);
    signed(&header.to_string(), &payload.to_string())
}

#[test]
fn a_good_lease_gives_back_its_claims() {
    let lease = key_by(&vendor()).sign(&claims());
    assert_eq!(verify(&lease), Ok(claims()));
    assert_eq!(with(|_| (), |_| ()), lease, "signatures are deterministic");
    assert!(lease.len() < 2048, "{}", lease.len());
    let mut without = claims();
    without.organization_id = None;
    assert_eq!(verify(&key_by(&vendor()).sign(&without)), Ok(without));
}

#[test]
fn the_wire_names_are_those_of_the_protocol() {
    let payload = part(&key_by(&vendor()).sign(&claims()), 1);
    let seconds = now().timestamp();
    let expected = json!({
        "licenseType": "ENTERPRISE", "expirationDate": seconds + 900, "renewTime": seconds + 300,
        "machineId": MACHINE, "organizationId": 3,
        "features": [{"id": 2, "name": "Runtime Engine", "key": "cli"},
                     {"id": 3, "name": "Private plugins", "key": "private_plugin"}],
        "licenseId": LICENSE, "customer": "Ada Ltd", "product": "KRE", "user": "ada@example.com",
        "sessionId": "s-1", "kind": "online", "iat": seconds, "exp": seconds + 900,
    });
    assert_eq!(payload, expected);
    let mut testing = claims();
    testing.testing = true;
    assert_eq!(part(&key_by(&vendor()).sign(&testing), 1)["testing"], true);
}

#[test]
fn features_open_what_the_product_is() {
    let has = |product, offline, what: &str| features(product, offline).iter().any(|f| f.key.contains(what));
    assert!(has(Product::Kse, false, "gui") && !has(Product::Kse, true, "cli"));
    assert!(has(Product::Kre, false, "cli") && !has(Product::Kre, true, "gui"));
    for product in Product::ALL {
        assert!(features(product, true).iter().any(|f| f.key == "offline"));
        assert!(!has(product, false, "offline"));
    }
}

#[test]
fn a_client_survives_additions_but_no_key_twice() {
    let more = |v: &mut Value| v["surprise"] = json!({"new": [1]});
    assert_eq!(verify(&with(more, more)), Ok(claims()));
    let good = key_by(&vendor()).sign(&claims());
    let (header, payload) = (part(&good, 0).to_string(), part(&good, 1).to_string());
    let twice = payload.replacen('{', "{\"machineId\":\"x\",", 1);
    assert_eq!(verify(&signed(&header, &twice)), Err(LeaseError::DuplicateKey { key: "machineId".into() }));
    let twice = header.replacen('{', "{\"alg\":\"none\",", 1);
    assert_eq!(verify(&signed(&twice, &payload)), Err(LeaseError::DuplicateKey { key: "alg".into() }));
}

#[test]
fn refuses_other_algorithms_by_name() {
    let alg = |alg: Value| verify(&with(|h| h["alg"] = alg, |_| ()));
    assert_eq!(alg(json!("RS256")), Err(LeaseError::ForExistingClients));
    for other in ["none", "eddsa", "HS256", "ES256", ""] {
        assert_eq!(alg(json!(other)), Err(LeaseError::Algorithm { found: other.into() }));
    }
    assert!(matches!(alg(json!(["EdDSA"])), Err(LeaseError::Algorithm { .. })));
    // An RSA signature has another length, but the error must still name the algorithm.
    let rsa = format!("{}.{}.{}", encode(&json!({"alg": "RS256"})), encode(&json!({})), "A".repeat(342));
    assert_eq!(verify(&rsa), Err(LeaseError::ForExistingClients));
    let critical = verify(&with(|h| h["crit"] = json!(["exp"]), |_| ()));
    assert!(matches!(critical, Err(LeaseError::Header { .. })), "{critical:?}");
}

#[test]
fn trust_comes_from_the_vendor_alone() {
    let stranger = VendorKey::from_seed(&[1; 32]);
    let key_id = stranger.public_key().id();
    assert_eq!(verify(&key_by(&stranger).sign(&claims())), Err(LeaseError::UnknownVendor { key_id }));
    let claimed =
        encode(&json!({"alg": "EdDSA", "typ": "endorsement+jwt", "kid": vendor().public_key().id()}));
    let text = key_by(&stranger).endorsement_text().to_owned();
    let forged = format!("{claimed}.{}", text.split_once('.').unwrap().1);
    assert_eq!(verify(&with(|h| h["endorsement"] = forged.into(), |_| ())), Err(LeaseError::BadEndorsement));
    let none = verify(&with(|h| drop(h.as_object_mut().unwrap().remove("endorsement")), |_| ()));
    assert!(matches!(none, Err(LeaseError::Header { .. })), "{none:?}");
    // A lease is not accepted as an endorsement, nor an endorsement as a lease.
    let lease = key_by(&vendor()).sign(&claims());
    let as_endorsement = verify(&with(|h| h["endorsement"] = lease.into(), |_| ()));
    assert!(matches!(as_endorsement, Err(LeaseError::Header { .. })), "{as_endorsement:?}");
    assert!(matches!(verify(key_by(&vendor()).endorsement_text()), Err(LeaseError::Header { .. })));
    // The lease was not signed by this other key of the same vendor.
    let other =
        LeaseKey::endorse(&[5; 32], &vendor(), (LICENSE, "Ada Ltd"), (now(), now() + TimeDelta::days(9)));
    let text = other.endorsement_text();
    assert_eq!(
        verify(&with(|h| h["endorsement"] = text.into(), |_| ())),
        Err(LeaseError::Contradiction { what: "key" })
    );
    let both = with(
        |h| {
            h["endorsement"] = text.into();
            h["kid"] = other.id().into();
        },
        |_| (),
    );
    assert_eq!(verify(&both), Err(LeaseError::BadSignature));
}

#[test]
fn a_lease_stays_inside_its_license() {
    let key = key_by(&vendor());
    let changed = |change: fn(&mut LeaseClaims)| {
        let mut claims = claims();
        change(&mut claims);
        verify(&key.sign(&claims))
    };
    let contradiction = |what| Err(LeaseError::Contradiction { what });
    assert_eq!(changed(|c| c.license_id = Uuid::from_u128(1)), contradiction("license"));
    assert_eq!(changed(|c| c.customer = "Somebody".into()), contradiction("customer"));
    let outside = |found| assert!(matches!(found, Err(LeaseError::OutsideLicense { .. })), "{found:?}");
    outside(changed(|c| c.expires_at = moment("2027-01-01T00:00:00Z")));
    outside(changed(|c| c.issued_at = moment("2025-12-31T23:59:59Z")));
    let mut long = claims();
    long.expires_at = moment("2026-12-31T23:59:59Z");
    let after = verifier().verify(&key.sign(&long), MACHINE, long.expires_at);
    assert_eq!(after, Err(LeaseError::LicenseEnded { on: long.expires_at }));
}

#[test]
fn follows_the_clock_and_the_machine() {
    let lease = key_by(&vendor()).sign(&claims());
    let at = |seconds: i64| verifier().verify(&lease, MACHINE, now() + TimeDelta::seconds(seconds));
    assert!(at(0).is_ok() && at(899).is_ok() && at(-900).is_ok());
    assert_eq!(at(900), Err(LeaseError::Expired { on: claims().expires_at }));
    assert_eq!(at(-901), Err(LeaseError::FromTheFuture { issued_at: now() }));
    for other in ["", "0123456789ABCDEF0123456789ABCDEF", &MACHINE[1..]] {
        let found = verifier().verify(&lease, other, now());
        assert_eq!(found, Err(LeaseError::OtherMachine { licensed: MACHINE.into() }));
    }
}

#[test]
fn refuses_wrong_content_by_name() {
    let wrong = |name: &str, value: Value| {
        let found = verify(&with(|_| (), |c| c[name] = value.clone()));
        assert!(matches!(found, Err(LeaseError::Claims { .. })), "{name} = {value}: {found:?}");
    };
    for name in
        ["licenseType", "expirationDate", "renewTime", "machineId", "features", "product", "exp", "iat"]
    {
        wrong(name, json!({}));
        wrong(name, json!(null));
    }
    wrong("licenseType", json!("TRIAL"));
    wrong("expirationDate", json!(now().timestamp() + 901));
    wrong("exp", json!(i64::MAX));
    wrong("exp", json!(1e300));
    for payload in ["[]", "null", "1", "", "{"] {
        let header = part(&key_by(&vendor()).sign(&claims()), 0).to_string();
        assert!(matches!(verify(&signed(&header, payload)), Err(LeaseError::Json { .. })), "{payload}");
    }
}

#[test]
fn bounds_and_forms() {
    assert_eq!(verify(&"A".repeat(MAX_LEASE_BYTES + 1)), Err(LeaseError::TooLarge));
    for text in ["", ".", "..", "...", "a.b", "\u{0}.\u{0}.\u{0}", "é.é.é", "e30.e30.e30=", "e30=.e30.e30"]
    {
        let found = verify(text);
        assert!(matches!(found, Err(LeaseError::NotALease | LeaseError::Json { .. })), "{text}: {found:?}");
    }
    let lease = key_by(&vendor()).sign(&claims());
    for text in [format!("{lease}.x"), format!("{lease} "), format!(" {lease}"), lease.replace('.', "..")] {
        assert!(verify(&text).is_err(), "{text}");
    }
}

#[test]
fn an_endorsed_key_is_read_back_and_shown_by_its_id_alone() {
    let made = key_by(&vendor());
    let read = LeaseKey::open(&[9; 32], made.endorsement_text(), &vendor().public_key()).unwrap();
    assert_eq!(read.sign(&claims()), made.sign(&claims()));
    assert_eq!(read.endorsement().license_id, LICENSE);
    assert_eq!(format!("{read:?}"), format!("LeaseKey({})", made.id()));
    let other = LeaseKey::open(&[6; 32], made.endorsement_text(), &vendor().public_key());
    assert_eq!(other.unwrap_err(), LeaseError::Contradiction { what: "key" });
    let stranger: PublicKey = VendorKey::from_seed(&[1; 32]).public_key();
    assert!(matches!(
        LeaseKey::open(&[9; 32], made.endorsement_text(), &stranger),
        Err(LeaseError::UnknownVendor { .. })
    ));
}

proptest! {
    #[test]
    fn any_changed_byte_is_refused(place in any::<prop::sample::Index>(), byte in any::<u8>(), insert in any::<bool>()) {
        let good = key_by(&vendor()).sign(&claims());
        let mut bytes = good.clone().into_bytes();
        let place = place.index(bytes.len());
        if insert { bytes.insert(place, byte) } else { bytes[place] = byte }
        let changed = String::from_utf8_lossy(&bytes);
        if changed != good {
            prop_assert!(verify(&changed).is_err(), "{}", changed);
        }
    }

    #[test]
    fn nothing_makes_the_verifier_panic(text in "\\PC{0,300}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify(&text).is_err());
        let noise = URL_SAFE_NO_PAD.encode(&bytes);
        let noise = format!("{noise}.{noise}.{noise}");
        prop_assert!(verify(&noise).is_err());
        let lossy = String::from_utf8_lossy(&bytes);
        prop_assert!(verify(&signed(&lossy, &lossy)).is_err());
    }
}
