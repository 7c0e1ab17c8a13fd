//! Terms that can be licensed: both sides of every bound.

use super::*;

fn validated(change: impl FnOnce(&mut LicenseTerms)) -> Result<(), TermsError> {
    let mut terms = terms();
    change(&mut terms);
    terms.validate()
}

#[test]
fn words_are_read_back() {
    for product in Product::ALL {
        assert_eq!(Product::parse(product.word()), Some(product));
        assert_eq!(json!(product), json!(product.word()));
        assert_eq!(product.to_string(), product.word());
    }
    for returns in Returns::ALL {
        assert_eq!(Returns::parse(returns.word()), Some(returns));
        assert_eq!(json!(returns), json!(returns.word()));
    }
    assert_eq!((Product::parse("kse"), Returns::parse("")), (None, None));
}

#[test]
fn customers_have_a_name_of_one_line() {
    for fine in ["A", "Söhne & Co", &"ß".repeat(200)] {
        assert!(is_customer(fine), "{fine}");
        assert_eq!(validated(|t| t.customer = fine.into()), Ok(()));
    }
    for wrong in ["", "  ", "\u{a0}", "a\nb", "a\u{7f}", &"ß".repeat(201)] {
        assert!(!is_customer(wrong), "{wrong}");
        assert_eq!(validated(|t| t.customer = wrong.into()), Err(TermsError::Customer));
    }
}

#[test]
fn quotas_have_bounds() {
    for (number, fine) in [(0, false), (1, true), (1_000_000, true), (1_000_001, false), (u32::MAX, false)] {
        for product in Product::ALL {
            let quota = validated(|t| t.products.get_mut(&product).unwrap().quota = number);
            assert_eq!(quota, if fine { Ok(()) } else { Err(TermsError::Quota(product)) }, "{number}");
            let machines = validated(|t| t.products.get_mut(&product).unwrap().machine_quota = number);
            assert_eq!(machines, if fine { Ok(()) } else { Err(TermsError::MachineQuota(product)) });
        }
    }
    assert_eq!(validated(|t| t.products.clear()), Err(TermsError::NoProduct));
    assert_eq!(validated(|t| t.products.retain(|product, _| *product == Product::Kre)), Ok(()));
}

#[test]
fn a_license_ends_after_it_begins_and_within_fifty_years() {
    let millisecond = TimeDelta::milliseconds(1);
    assert_eq!(validated(|t| t.not_before = t.expires_at), Err(TermsError::Period));
    assert_eq!(validated(|t| t.not_before = t.expires_at - millisecond), Ok(()));
    assert_eq!(validated(|t| t.issued_at = t.expires_at), Err(TermsError::Period));
    assert_eq!(validated(|t| t.issued_at = t.expires_at - millisecond), Ok(()));
    let longest = TimeDelta::days(50 * 365);
    assert_eq!(validated(|t| t.expires_at = t.issued_at + longest), Err(TermsError::TooLong));
    assert_eq!(validated(|t| t.expires_at = t.issued_at + longest - millisecond), Ok(()));
    // The seconds must fit into 32 bits.
    assert!(i32::try_from(longest.num_seconds()).is_ok());
}

#[test]
fn only_a_machine_that_can_be_recognized_is_licensed() {
    use FactorName::*;
    let shows = |names: &[FactorName]| {
        let factors = names.iter().fold(Factors::new(), |factors, name| factors.with(*name, Some("x")));
        validated(|t| t.machine_id = MachineId::from_factors(&factors))
    };
    assert_eq!(shows(&[OperatingSystemId, Processor, HostName]), Ok(()));
    assert_eq!(shows(&[OperatingSystemId, HostName]), Err(TermsError::Machine));
    assert_eq!(shows(&[Processor, Mainboard, HostName]), Err(TermsError::Machine));
}

#[test]
fn renewed_licenses_are_others_each_once() {
    let renews = |ids: Vec<u128>| validated(|t| t.renews = ids.into_iter().map(Uuid::from_u128).collect());
    assert_eq!(renews(vec![]), Ok(()));
    assert_eq!(renews((100..200).collect()), Ok(()));
    assert_eq!(renews((100..201).collect()), Err(TermsError::Renews));
    assert_eq!(renews(vec![1, 2, 1]), Err(TermsError::Renews));
    assert_eq!(renews(vec![1, 42]), Err(TermsError::Renews), "itself");
}

#[test]
fn lease_keys_have_bounds() {
    let keys =
        |count: u8| validated(|t| t.lease_keys = (0..count).map(|n| LeaseSecret::eddsa([n; 32])).collect());
    assert_eq!((keys(0), keys(16)), (Ok(()), Ok(())));
    assert_eq!(keys(17), Err(TermsError::LeaseKeys));
    let sized =
        |bytes: usize| validated(|t| t.lease_keys.push(LeaseSecret::Rs256(Zeroizing::new(vec![1; bytes]))));
    assert_eq!(sized(8 * 1024), Ok(()));
    assert_eq!(sized(8 * 1024 + 1), Err(TermsError::LeaseKeys));
}

#[test]
fn refusals_name_the_bound() {
    for (error, part) in [
        (TermsError::Customer, "1 to 200 characters"),
        (TermsError::Quota(Product::Kre), "quota of KRE must be from 1 to 1000000"),
        (TermsError::Renews, "at most 100 others"),
        (TermsError::LeaseKeys, "at most 16 lease keys, each of at most 8 KiB"),
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
}
