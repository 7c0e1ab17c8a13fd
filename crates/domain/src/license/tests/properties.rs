//! Properties that hold for every input.

use super::*;

proptest! {
    #[test]
    fn nothing_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(read(&bytes).is_err());
        prop_assert!(read(armor(&bytes)).is_err());
        prop_assert!(read(signed(&bytes)).is_err());
    }

    #[test]
    fn a_changed_file_is_refused_or_means_the_same(
        place in any::<prop::sample::Index>(), byte in any::<u8>(), insert in any::<bool>(),
    ) {
        let mut bytes = file().into_bytes();
        let place = place.index(bytes.len());
        if insert { bytes.insert(place, byte) } else { bytes[place] = byte }
        if let Ok(license) = read(&bytes) {
            prop_assert_eq!(license.terms().clone(), terms());
        }
    }

    #[test]
    fn terms_survive_signing_and_reading(
        customer in "[^\\p{Cc}]{0,100}", id in any::<u128>(), quota in 1_u32..1_000_000, machine_quota in 1_u32..1_000_000,
        issued in 0_i64..4_000_000_000_000, days in 1_i64..18_000, floating in any::<bool>(),
    ) {
        let issued_at = DateTime::from_timestamp_millis(issued).unwrap();
        let product = if floating { Product::Kre } else { Product::Kse };
        let terms = LicenseTerms {
            license_id: Uuid::from_u128(id),
            customer: format!("x{customer}"),
            machine_id: machine(&customer),
            issued_at,
            not_before: issued_at,
            expires_at: issued_at + TimeDelta::days(days),
            products: BTreeMap::from([(product, Quota { quota, machine_quota })]),
            renews: Vec::new(),
            returns: if floating { Returns::Counted } else { Returns::Trusted },
            lease_keys: Vec::new(),
        };
        let license = read(license::sign(&vendor(), &terms).unwrap()).unwrap();
        prop_assert_eq!(license.terms(), &terms);
    }
}
