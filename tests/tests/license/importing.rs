//! Genuine licenses that are not taken in.

use super::*;

const NOW: &str = "2026-06-01T00:00:00Z";

#[test]
fn names_both_machines_and_what_differs() {
    let refusal = licensed(&terms()).may_be_imported(&machine("b"), moment(NOW), None).unwrap_err();
    let message = refusal.to_string();
    for part in [&machine("a").to_string(), &machine("b").to_string(), "network card", "host name"] {
        assert!(message.contains(part), "{part} in {message}");
    }
    let nothing = MachineId::from_factors(&Factors::new());
    let refusal = licensed(&terms()).may_be_imported(&nothing, moment(NOW), None);
    assert!(matches!(refusal, Err(LicenseRefusal::UnidentifiedMachine { .. })));
}

#[test]
fn refuses_what_is_over_or_has_not_begun() {
    let at = |now: &str| licensed(&terms()).may_be_imported(&machine("a"), moment(now), None);
    assert_eq!(at(NOW), Ok(()));
    assert_eq!(at("2027-02-01T00:00:00Z"), Err(LicenseRefusal::Expired { on: terms().expires_at }));
    assert!(at("2027-02-01T00:00:00Z").unwrap_err().to_string().contains("2027-01-31"));
    assert_eq!(at("2026-01-01T12:00:00Z"), Err(LicenseRefusal::NotYetValid { on: terms().not_before }));
    assert_eq!(
        at("2025-01-01T00:00:00Z"),
        Err(LicenseRefusal::FromTheFuture { issued_at: terms().issued_at })
    );
}

#[test]
fn tolerates_clocks_a_day_apart() {
    let mut soon = terms();
    soon.not_before = soon.issued_at - TimeDelta::days(30);
    let license = licensed(&soon);
    let at =
        |hours: i64| license.may_be_imported(&machine("a"), soon.issued_at - TimeDelta::hours(hours), None);
    assert_eq!(at(23), Ok(()));
    assert!(matches!(at(25), Err(LicenseRefusal::FromTheFuture { .. })));
}

#[test]
fn replaces_only_an_older_one() {
    let installed = licensed(&terms());
    let issued = |hours: i64, id: u128| {
        let mut terms = terms();
        terms.issued_at += TimeDelta::hours(hours);
        terms.license_id = Uuid::from_u128(id);
        licensed(&terms)
    };
    assert_eq!(installed.may_replace(None), Ok(()));
    assert_eq!(installed.may_replace(Some(&installed)), Err(LicenseRefusal::AlreadyInstalled));
    assert_eq!(issued(1, 43).may_replace(Some(&installed)), Ok(()));
    assert_eq!(issued(1, 42).may_replace(Some(&installed)), Ok(()), "a renewal keeps the id");
    assert!(matches!(issued(-1, 43).may_replace(Some(&installed)), Err(LicenseRefusal::Older { .. })));
}
