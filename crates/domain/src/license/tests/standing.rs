//! The state of a license on a machine at a time.

use super::*;

fn state(now: &str) -> (LicenseState, i64) {
    let standing = read(file()).unwrap().check(&machine("a"), moment(now));
    (standing.state, standing.days_left)
}

#[test]
fn follows_the_calendar() {
    assert_eq!(state("2026-01-01T12:00:00Z").0, LicenseState::NotYetValid);
    assert_eq!(state("2026-01-02T00:00:00Z").0, LicenseState::Active);
    assert_eq!(state("2027-01-01T23:59:58Z"), (LicenseState::Active, 31));
    assert_eq!(state("2027-01-01T23:59:59Z"), (LicenseState::Expiring, 30));
    assert_eq!(state("2027-01-31T23:59:58Z"), (LicenseState::Expiring, 1));
    assert_eq!(state("2027-01-31T23:59:59Z"), (LicenseState::Expired, 0));
    assert_eq!(state("2200-01-01T00:00:00Z"), (LicenseState::Expired, 0));
}

#[test]
fn summary_has_the_shape_of_the_contract() {
    let license = read(file()).unwrap();
    let standing = license.check(&machine("b"), moment("2026-06-01T00:00:00Z"));
    assert_eq!(standing.state, LicenseState::OtherMachine);
    let expected = json!({
        "license_id": terms().license_id, "customer": "Ada Lovelace & Söhne", "demo": false,
        "issued_at": "2026-01-01T08:00:00.123Z", "expires_at": "2027-01-31T23:59:59Z",
        "days_left": 245, "state": "other_machine",
        "products": [
            {"product": "KSE", "quota": 25, "machine_quota": 50},
            {"product": "KRE", "quota": 4, "machine_quota": 4},
        ],
        "changed_factors": [
            "operating system id", "system disk", "network card", "processor", "mainboard", "host name",
        ],
    });
    assert_eq!(serde_json::to_value(license.summary(&standing)).unwrap(), expected);
}

#[test]
fn seats_come_from_licenses_in_force_alone() {
    use LicenseState::{Active, Expired, Expiring, NotYetValid, OtherMachine, Replaced};
    assert!([Active, Expiring].into_iter().all(LicenseState::is_in_force));
    assert!(![Expired, NotYetValid, OtherMachine, Replaced].into_iter().any(LicenseState::is_in_force));
}

proptest! {
    #[test]
    fn days_left_are_begun_days(days in 0_i64..10_000, rest in 1_i64..=86_400_000) {
        let end = moment("2027-01-31T23:59:59Z");
        let now = end - TimeDelta::days(days) - TimeDelta::milliseconds(rest);
        prop_assert_eq!(days_left(end, now), days + 1);
        prop_assert_eq!(days_left(end, end - TimeDelta::days(days)), days);
        prop_assert_eq!(days_left(end, end + TimeDelta::milliseconds(rest)), 0);
    }
}
