//! Genuine licenses that are not imported.

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
fn files_add_up_whatever_their_date() {
    let installed = licensed(&terms());
    let issued = |hours: i64, id: u128| {
        let mut terms = terms();
        terms.issued_at += TimeDelta::hours(hours);
        terms.license_id = Uuid::from_u128(id);
        licensed(&terms)
    };
    assert_eq!(installed.may_join(None), Ok(()));
    assert_eq!(issued(1, 43).may_join([&installed]), Ok(()));
    assert_eq!(issued(-1, 43).may_join([&installed]), Ok(()));
    assert_eq!(installed.may_join([&issued(1, 43), &installed]), Err(LicenseRefusal::AlreadyInstalled));
    assert_eq!(
        issued(1, 42).may_join([&installed]),
        Err(LicenseRefusal::AlreadyInstalled),
        "ids are for one file"
    );
}

#[test]
fn refuses_what_an_installed_file_renews() {
    let mut newer = terms();
    newer.license_id = Uuid::from_u128(43);
    newer.issued_at += TimeDelta::hours(1);
    newer.renews = vec![Uuid::from_u128(42), Uuid::from_u128(40)];
    let (newer, old) = (licensed(&newer), licensed(&terms()));
    assert!(newer.renews(&old) && !old.renews(&newer));
    assert_eq!(newer.may_join([&old]), Ok(()));
    let refusal = old.may_join([&newer]).unwrap_err();
    assert!(matches!(refusal, LicenseRefusal::Older { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("renews it already"), "{refusal}");
}

/// Tests both sides of every bound to the millisecond.
#[test]
fn bounds_are_exact() {
    let millisecond = TimeDelta::milliseconds(1);
    let license = licensed(&terms());
    let at = |now| license.may_be_imported(&machine("a"), now, None);
    assert_eq!(at(terms().expires_at - millisecond), Ok(()));
    assert_eq!(at(terms().expires_at), Err(LicenseRefusal::Expired { on: terms().expires_at }));
    assert_eq!(at(terms().not_before), Ok(()));
    assert!(matches!(at(terms().not_before - millisecond), Err(LicenseRefusal::NotYetValid { .. })));
    let mut early = terms();
    early.not_before = early.issued_at - TimeDelta::days(30);
    let day = early.issued_at - TimeDelta::hours(24);
    let at = |now| licensed(&early).may_be_imported(&machine("a"), now, None);
    assert_eq!(at(day), Ok(()));
    let refused = at(day - millisecond).unwrap_err();
    assert_eq!(refused, LicenseRefusal::FromTheFuture { issued_at: early.issued_at });
    assert!(refused.to_string().contains("2026-01-01"), "{refused}");
}

#[test]
fn says_when_too_little_of_the_machine_can_be_read() {
    let few = [FactorName::NetworkCard, FactorName::Processor, FactorName::HostName]
        .into_iter()
        .fold(Factors::new(), |factors, name| factors.with(name, Some(&format!("a {name}"))));
    let refusal =
        licensed(&terms()).may_be_imported(&MachineId::from_factors(&few), moment(NOW), None).unwrap_err();
    assert!(
        matches!(&refusal, LicenseRefusal::OtherMachine { changed, .. } if changed.is_empty()),
        "{refusal:?}"
    );
    assert!(refusal.to_string().contains("Too few of the licensed machine's factors"), "{refusal}");
    let other = licensed(&terms()).may_be_imported(&machine("b"), moment(NOW), None).unwrap_err().to_string();
    assert!(other.contains("What differs: operating system id, system disk, "), "{other}");
}

#[test]
fn the_installed_license_that_counts_is_named_by_its_time() {
    let mut newer = terms();
    newer.license_id = Uuid::from_u128(43);
    newer.issued_at += TimeDelta::hours(1);
    newer.renews = vec![Uuid::from_u128(42)];
    let refusal = licensed(&terms()).may_join([&licensed(&newer)]).unwrap_err();
    let expected =
        LicenseRefusal::Older { issued_at: terms().issued_at, installed_issued_at: newer.issued_at };
    assert_eq!(refusal, expected);
    let text = refusal.to_string();
    assert!(text.contains("2026-01-01 08:00 UTC") && text.contains("2026-01-01 09:00 UTC"), "{text}");
    let imported = licensed(&terms()).may_be_imported(&machine("a"), moment(NOW), [&licensed(&newer)]);
    assert_eq!(imported, Err(expected));
}
