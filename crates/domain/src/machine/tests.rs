//! Text form and tolerant match, on made-up machines.

use proptest::prelude::*;

use super::FactorName::{HostName, Mainboard, NetworkCard, OperatingSystemId, Processor, SystemDisk};
use super::*;

/// A machine that shows `present`, with other values for `changed`.
fn machine(present: &[FactorName], changed: &[FactorName]) -> MachineId {
    let factors = present.iter().fold(Factors::new(), |factors, name| {
        let value = if changed.contains(name) { "other" } else { "licensed" };
        factors.with(*name, Some(value))
    });
    MachineId::from_factors(&factors)
}

fn same(present: &[FactorName], changed: &[FactorName]) -> bool {
    let matched = machine(present, &[]).matches(&machine(present, changed));
    assert_eq!(matched.changed.len(), changed.len());
    matched.same
}

#[test]
fn a_repaired_machine_keeps_its_license() {
    let all = FactorName::ALL;
    assert!(same(&all, &[]));
    for one in all {
        assert!(same(&all, &[one]), "{one} alone");
    }
    for two in
        [[NetworkCard, HostName], [SystemDisk, HostName], [NetworkCard, Mainboard], [Processor, Mainboard]]
    {
        assert!(same(&all, &two), "{two:?}");
    }
}

#[test]
fn another_machine_does_not_get_it() {
    let all = FactorName::ALL;
    assert!(!same(&all, &[OperatingSystemId, NetworkCard]), "a cloned virtual machine");
    assert!(!same(&all, &[OperatingSystemId, NetworkCard, HostName]));
    assert!(!same(&all, &[OperatingSystemId, SystemDisk]), "a new installation");
    assert!(!same(&all, &[NetworkCard, Processor, Mainboard]), "a disk moved to another machine");
    assert!(!same(&all, &all));
}

#[test]
fn hiding_factors_does_not_help_a_clone() {
    let licensed = machine(&FactorName::ALL, &[]);
    assert!(!licensed.matches(&machine(&[SystemDisk, Processor, Mainboard, HostName], &[])).same);
    assert!(!licensed.matches(&machine(&[SystemDisk], &[])).same);
    assert!(!licensed.matches(&machine(&[], &[])).same);
    // A card that was taken out is neither a change nor a proof.
    let without_card = machine(&[OperatingSystemId, SystemDisk, Processor, Mainboard, HostName], &[HostName]);
    assert!(licensed.matches(&without_card).same);
}

#[test]
fn machines_that_show_little_must_agree_in_it() {
    let virtual_machine = [OperatingSystemId, SystemDisk, Processor, HostName];
    assert!(same(&virtual_machine, &[HostName]));
    assert!(!same(&virtual_machine, &[OperatingSystemId]), "both unique factors are needed");
    assert!(!same(&virtual_machine, &[Processor, HostName]));
    let container = [OperatingSystemId, Processor, HostName];
    assert!(same(&container, &[HostName]));
    assert!(!same(&container, &[OperatingSystemId]));
    assert!(!same(&[Processor, Mainboard, HostName], &[]), "nothing unique");
    assert!(!same(&[OperatingSystemId, HostName], &[]), "too little");
    assert!(!machine(&[OperatingSystemId, HostName], &[]).is_identifying());
    assert!(machine(&container, &[]).is_identifying());
}

#[test]
fn names_what_changed() {
    let licensed = machine(&FactorName::ALL, &[]);
    let changed = licensed.matches(&machine(&FactorName::ALL, &[HostName, NetworkCard])).changed;
    assert_eq!(changed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["network card", "host name"]);
}

#[test]
fn spelling_of_values_does_not_matter() {
    let id = |value| MachineId::from_factors(&Factors::new().with(HostName, Some(value)));
    assert_eq!(id("Ada"), id(" ada\n"));
    assert!(!id("  ").has(HostName));
    let twice = Factors::new().with(HostName, Some("x")).with(Processor, Some("x"));
    let id = MachineId::from_factors(&twice);
    assert_ne!(id.hash(HostName), id.hash(Processor), "equal values of two factors do not show");
}

#[test]
fn the_text_form_never_changes() {
    let id = machine(&[OperatingSystemId, SystemDisk, HostName], &[]).to_string();
    assert_eq!(id.len(), 57);
    assert_eq!(id, "TK1-0606A-TQJ96-TS3C0-00000-00000-00000-0000D-2G524-XAY9T");
}

#[test]
fn says_what_is_wrong_with_a_text() {
    let id = machine(&FactorName::ALL, &[]);
    let text = id.to_string();
    for spelling in [
        text.to_lowercase(),
        text.replace('-', ""),
        format!(" {text}\n"),
        text.replace('0', "o").replace('1', "l").replace("TKl", "TK1"),
    ] {
        assert_eq!(MachineId::parse(&spelling), Ok(id), "{spelling}");
    }
    assert_eq!(MachineId::parse(" "), Err(NotAMachineId::Empty));
    assert_eq!(MachineId::parse("hello"), Err(NotAMachineId::Prefix));
    assert_eq!(MachineId::parse("ü"), Err(NotAMachineId::Prefix));
    assert_eq!(MachineId::parse("TK1-"), Err(NotAMachineId::Length { found: 0 }));
    assert_eq!(MachineId::parse(&text[..56]), Err(NotAMachineId::Length { found: 44 }));
    assert_eq!(MachineId::parse(&format!("{text}0")), Err(NotAMachineId::Length { found: 46 }));
    assert_eq!(MachineId::parse(&format!("{}!", &text[..56])), Err(NotAMachineId::Character('!')));
    assert!(MachineId::parse(&"TK1-".repeat(100_000)).is_err());
}

proptest! {
    #[test]
    fn survives_the_way_through_text(values in prop::array::uniform6(prop::option::of(".{0,20}"))) {
        let factors = FactorName::ALL.into_iter().zip(&values)
            .fold(Factors::new(), |factors, (name, value)| factors.with(name, value.as_deref()));
        let id = MachineId::from_factors(&factors);
        prop_assert_eq!(MachineId::parse(&id.to_string()), Ok(id));
        prop_assert_eq!(id.matches(&id).same, id.is_identifying());
    }

    #[test]
    fn catches_typing_errors(place in 4_usize..57, letter in "[0-9A-HJKMNP-TV-Z]") {
        let text = machine(&FactorName::ALL, &[]).to_string();
        let mut typed = text.clone();
        typed.replace_range(place..=place, &letter);
        prop_assume!(typed != text && text.as_bytes()[place] != b'-');
        let found = MachineId::parse(&typed);
        prop_assert!(matches!(found, Err(NotAMachineId::Checksum)), "{:?}", found);
    }

    #[test]
    fn never_panics(text in "\\PC{0,80}") {
        let _ = MachineId::parse(&text);
        let _ = MachineId::parse(&format!("TK1-{text}"));
    }
}
