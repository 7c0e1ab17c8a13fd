//! Text form and tolerant match, with invented machines.

use proptest::prelude::*;

use super::FactorName::{HostName, Mainboard, NetworkCard, OperatingSystemId, Processor, SystemDisk};
use super::*;

/// A machine with the factors `present`; those in `changed` have other values.
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
    // A removed card counts neither as changed nor as equal.
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

/// A second implementation of the text form, by its description: bits in groups of five.
fn text_of(version: u8, hashes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let mut bytes = [&[version], hashes].concat();
    let sum = Sha256::digest([&b"TK1"[..], &bytes].concat());
    bytes.extend(&sum[..3]);
    let bits_of = |byte: u8| (0..8).rev().map(move |place| if byte >> place & 1 == 1 { '1' } else { '0' });
    let bits = bytes.iter().flat_map(|byte| bits_of(*byte)).collect::<String>() + "0";
    let digit = |bits: &[u8]| {
        let value = usize::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
        char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value])
    };
    let digits: String = bits.as_bytes().chunks(5).map(digit).collect();
    digits
        .as_bytes()
        .chunks(5)
        .fold("TK1".into(), |text, group| text + "-" + std::str::from_utf8(group).unwrap())
}

#[test]
fn blanks_between_the_groups_have_a_bound() {
    let text = machine(&FactorName::ALL, &[]).to_string();
    let spaced = |bytes: usize| text.replacen('-', &format!("-{}", " ".repeat(bytes - text.len())), 1);
    assert!(MachineId::parse(&spaced(200)).is_ok());
    assert!(MachineId::parse(&spaced(201)).is_err());
    assert!(MachineId::parse(&format!("{}{text}", " ".repeat(500))).is_ok(), "around it there may be more");
    // The spare bit at the end must be zero, so that each value has only one text.
    assert_eq!(MachineId::parse(&with_spare_bit(&text)), Err(NotAMachineId::Checksum));
}

/// The text with its last digit increased by one, which sets the spare bit.
fn with_spare_bit(text: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let (rest, last) = text.split_at(text.len() - 1);
    let place = DIGITS.iter().position(|digit| [*digit] == last.as_bytes()).unwrap();
    format!("{rest}{}", char::from(DIGITS[place + 1]))
}

#[test]
fn shows_which_factors_there_are() {
    let present = [OperatingSystemId, Processor, HostName];
    let id = machine(&present, &[]);
    for factor in id.factors() {
        assert_eq!(factor.present, present.contains(&factor.name));
        assert_eq!(
            serde_json::json!(factor),
            serde_json::json!({"name": factor.name.title(), "present": factor.present})
        );
    }
    assert_eq!(id.factors().len(), FactorName::ALL.len());
    let factors = Factors::new().with(HostName, Some("Ada")).with(Processor, Some("x")).with(Processor, None);
    assert_eq!((factors.get(HostName), factors.get(Processor)), (Some("ada"), None));
    let unique: Vec<_> = FactorName::ALL.into_iter().filter(|name| name.is_unique()).collect();
    assert_eq!(unique, [OperatingSystemId, SystemDisk, NetworkCard]);
}

proptest! {
    #[test]
    fn every_text_of_its_form_is_read(hashes in prop::array::uniform24(any::<u8>()), version in any::<u8>()) {
        let read = MachineId::parse(&text_of(version, &hashes));
        if version == 1 {
            let id = read.unwrap();
            prop_assert_eq!(id.to_string(), text_of(1, &hashes));
            let json = serde_json::json!(id);
            prop_assert_eq!(&json, &serde_json::json!(id.to_string()));
            prop_assert_eq!(serde_json::from_value::<MachineId>(json).unwrap(), id);
            prop_assert_eq!(id.to_string().parse::<MachineId>(), Ok(id));
        } else {
            prop_assert_eq!(read, Err(NotAMachineId::Version(version)));
        }
    }

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
