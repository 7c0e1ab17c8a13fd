//! Leases: both sides of every bound, and the texts that a refusal quotes.

use super::*;
use crate::lease::endorsement::Endorsement as Read;

const SECOND: TimeDelta = TimeDelta::seconds(1);

fn from_to() -> (DateTime<Utc>, DateTime<Utc>) {
    let says = key_by(&vendor());
    let says = says.endorsement();
    (says.not_before, says.expires_at)
}

#[test]
fn a_lease_may_be_as_long_as_its_license() {
    let (from, to) = (moment("2026-01-01T00:00:00Z"), moment("2026-12-31T23:59:59Z"));
    let key = LeaseKey::endorse(&[9; 32], &vendor(), (LICENSE, "Ada Ltd"), (from, to));
    let lease = |issued_at, expires_at| key.sign(&LeaseClaims { issued_at, expires_at, ..claims() });
    let whole = lease(from, to);
    let at = |lease: &str, now| verifier().verify(lease, MACHINE, now).map(|claims| claims.expires_at);
    assert_eq!(at(&whole, from), Ok(to));
    assert_eq!(at(&whole, to - SECOND), Ok(to));
    assert_eq!(at(&whole, to), Err(LeaseError::LicenseEnded { on: to }));
    assert_eq!(at(&whole, to + SECOND), Err(LeaseError::LicenseEnded { on: to }));
    let outside = Err(LeaseError::OutsideLicense { from, to });
    assert_eq!(at(&lease(from - SECOND, to), from), outside);
    assert_eq!(at(&lease(from, to + SECOND), from), outside);
}

#[test]
fn an_endorsement_says_what_the_vendor_signed() {
    let (from, to) = from_to();
    let trusted = TrustedKeys::new(vec![vendor().public_key()]);
    let read = Read::read(key_by(&vendor()).endorsement_text(), &trusted).unwrap();
    // A lease contains whole seconds.
    assert_eq!((read.not_before, read.expires_at), (from - TimeDelta::milliseconds(500), to));
    assert_eq!((read.license_id, read.customer.as_str()), (LICENSE, "Ada Ltd"));
    assert_eq!(read.lease_key, VendorKey::from_seed(&[9; 32]).public_key());
}

/// A correctly signed endorsement whose content was changed before signing.
fn endorsement_with(change: impl FnOnce(&mut Value)) -> Result<Read, LeaseError> {
    let good = key_by(&vendor());
    let mut payload = part(good.endorsement_text(), 1);
    change(&mut payload);
    let header = good.endorsement_text().split('.').next().unwrap();
    let text = format!("{header}.{}", encode(&payload));
    let signature = URL_SAFE_NO_PAD.encode(vendor().sign(text.as_bytes()));
    Read::read(&format!("{text}.{signature}"), &TrustedKeys::new(vec![vendor().public_key()]))
}

#[test]
fn an_endorsement_with_wrong_content_is_none() {
    assert!(endorsement_with(|_| ()).is_ok());
    for name in ["licenseId", "customer", "leaseKey", "nbf", "exp"] {
        let found = endorsement_with(|v| v[name] = json!([]));
        assert!(matches!(found, Err(LeaseError::Claims { .. })), "{name}: {found:?}");
    }
    for key in ["", "*", &URL_SAFE_NO_PAD.encode([9; 31]), &URL_SAFE_NO_PAD.encode([0; 32])] {
        let found = endorsement_with(|v| v["leaseKey"] = key.into());
        assert_eq!(found, Err(LeaseError::Claims { reason: "leaseKey is no Ed25519 key".into() }), "{key}");
    }
}

/// An endorsement by an unknown key and a damaged endorsement by a trusted key give different errors.
#[test]
fn a_foreign_vendor_is_told_from_damage() {
    let foreign = key_by(&VendorKey::from_seed(&[1; 32])).endorsement_text().to_owned();
    let rest = foreign.split_once('.').unwrap().1;
    let claimed = |kid: &str| {
        let header = encode(&json!({"alg": "EdDSA", "typ": "endorsement+jwt", "kid": kid}));
        Read::read(&format!("{header}.{rest}"), &TrustedKeys::new(vec![vendor().public_key()]))
    };
    let stranger = "0123456789abcdef";
    assert_eq!(claimed(stranger), Err(LeaseError::UnknownVendor { key_id: stranger.into() }));
    for other in [&vendor().public_key().id(), "", "0123456789abcde", "0123456789abcdefa", "0123456789abcdeg"]
    {
        assert_eq!(claimed(other), Err(LeaseError::BadEndorsement), "{other}");
    }
}

#[test]
fn the_longest_lease_is_looked_at() {
    let padded = |length: usize| {
        let short = with(|h| h["x"] = "".into(), |_| ());
        let more = (length - short.len()) * 3 / 4;
        (more.saturating_sub(3)..more + 3)
            .map(|more| with(|h| h["x"] = "x".repeat(more).into(), |_| ()))
            .find(|lease| lease.len() == length)
    };
    // Base64 texts do not have every length, but of two adjacent lengths one is possible.
    let longest = padded(MAX_LEASE_BYTES).or_else(|| padded(MAX_LEASE_BYTES - 1)).unwrap();
    assert_eq!(verify(&longest), Ok(claims()));
    assert_eq!(verify(&"A".repeat(MAX_LEASE_BYTES)), Err(LeaseError::NotALease));
    assert_eq!(verify(&"A".repeat(MAX_LEASE_BYTES + 1)), Err(LeaseError::TooLarge));
}

#[test]
fn what_is_quoted_from_a_lease_is_short_and_printable() {
    let long = format!("a\u{7}{}", "b".repeat(100));
    let found = verify(&with(|h| h["alg"] = long.clone().into(), |_| ()));
    assert_eq!(found, Err(LeaseError::Algorithm { found: format!("a{}", "b".repeat(58)) }));
    let found = verify(&key_by(&vendor()).sign(&LeaseClaims { machine_id: long, ..claims() }));
    assert_eq!(found, Err(LeaseError::OtherMachine { licensed: format!("a{}", "b".repeat(78)) }));
}

#[test]
fn nesting_and_broken_json_are_told_apart() {
    let good = key_by(&vendor()).sign(&claims());
    let header = part(&good, 0).to_string();
    let reason = |payload: &str| match verify(&signed(&header, payload)) {
        Err(LeaseError::Json { part: "content", reason }) => reason,
        other => panic!("{payload}: {other:?}"),
    };
    assert_eq!(reason("[]"), "it is no object");
    assert_eq!(reason(&format!("{}{}", "[".repeat(50), "]".repeat(50))), "it is nested too deeply");
    assert!(reason("{").contains("EOF"));
    let found = verify(&signed("[]", "{}"));
    assert_eq!(found, Err(LeaseError::Json { part: "header", reason: "it is no object".into() }));
}

#[test]
fn features_are_asked_for_by_a_part_of_their_key() {
    let with = |product, offline| LeaseClaims { features: features(product, offline), ..claims() };
    assert!(with(Product::Kse, false).allows("gui") && !with(Product::Kse, false).allows("cli"));
    assert!(with(Product::Kre, true).allows("offline") && with(Product::Kre, true).allows("plugin"));
    assert!(!LeaseClaims { features: Vec::new(), ..claims() }.allows(""));
}

#[test]
fn kinds_are_called_as_on_the_wire() {
    for kind in [LeaseKind::Online, LeaseKind::Borrowed, LeaseKind::Offline] {
        assert_eq!(json!(kind), json!(kind.as_str()));
        let lease = key_by(&vendor()).sign(&LeaseClaims { kind, ..claims() });
        assert_eq!(verify(&lease).unwrap().kind, kind);
    }
}

#[test]
fn keys_are_equal_when_their_endorsements_are() {
    let (one, other) = (key_by(&vendor()), key_by(&VendorKey::from_seed(&[8; 32])));
    assert_eq!(one, key_by(&vendor()));
    assert_ne!(one, other, "another vendor");
    assert_eq!(one.id(), other.id(), "the same key");
}

#[test]
fn refusals_say_when() {
    let on = moment("2026-06-01T08:05:00Z");
    for (error, part) in [
        (LeaseError::LicenseEnded { on }, "ended on 2026-06-01."),
        (LeaseError::OutsideLicense { from: on, to: on + TimeDelta::days(1) }, "2026-06-01 to 2026-06-02."),
        (LeaseError::FromTheFuture { issued_at: on }, "issued at 2026-06-01 08:05 UTC"),
        (LeaseError::Expired { on }, "expired at 2026-06-01 08:05 UTC"),
        (LeaseError::TooLarge, "longer than 16 KiB"),
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

proptest! {
    /// Verifying returns the same claims that were signed.
    #[test]
    fn claims_survive_signing_and_verifying(
        user in ".{0,40}", session_id in ".{0,40}", machine_id in ".{0,40}", organization_id in prop::option::of(any::<i64>()),
        minutes in 1_i64..300_000, offline in any::<bool>(), testing in any::<bool>(), floating in any::<bool>(),
    ) {
        let product = if floating { Product::Kre } else { Product::Kse };
        let claims = LeaseClaims {
            product, user, session_id, organization_id, testing,
            machine_id: machine_id.clone(),
            kind: if offline { LeaseKind::Offline } else { LeaseKind::Borrowed },
            features: features(product, offline),
            renew_at: now() + TimeDelta::minutes(minutes / 2),
            expires_at: now() + TimeDelta::minutes(minutes),
            ..claims()
        };
        let lease = key_by(&vendor()).sign(&claims);
        prop_assert_eq!(verifier().verify(&lease, &machine_id, claims.expires_at - SECOND), Ok(claims.clone()));
        let after = verifier().verify(&lease, &machine_id, claims.expires_at);
        prop_assert_eq!(after, Err(LeaseError::Expired { on: claims.expires_at }));
    }
}
