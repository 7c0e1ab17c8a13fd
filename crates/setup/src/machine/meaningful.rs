//! Separates identifying values from the placeholders of makers and virtual machines.

/// Placeholder texts of board makers, in lower case.
const PLACEHOLDERS: [&str; 24] = [
    "to be filled by o.e.m.",
    "to be filled by oem",
    "default string",
    "default",
    "system manufacturer",
    "system product name",
    "base board manufacturer",
    "base board product name",
    "baseboard manufacturer",
    "baseboard product",
    "not specified",
    "not applicable",
    "not available",
    "undefined",
    "unknown",
    "none",
    "(none)",
    "n/a",
    "oem",
    "o.e.m.",
    "invalid",
    "all series",
    "localhost",
    "localhost.localdomain",
];

/// The trimmed text; `None` when it identifies nothing: empty, a placeholder, or one character repeated.
pub(super) fn text(value: &str) -> Option<String> {
    let value = value.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let lower = value.to_lowercase();
    let mut significant = lower.chars().filter(|c| c.is_alphanumeric());
    let first = significant.next()?;
    let repeated = lower.len() > 1 && significant.all(|c| c == first);
    let says_nothing = repeated || PLACEHOLDERS.contains(&lower.as_str());
    (!says_nothing).then(|| value.to_owned())
}

/// The meaningful values, joined; `None` when there is none.
pub(super) fn joined<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let kept: Vec<_> = values.into_iter().filter_map(text).collect();
    (!kept.is_empty()).then(|| kept.join(" / "))
}

/// Prefix of the cards that QEMU and KVM give to their machines. Locally administered, but stored in the machine's
/// definition and therefore stable.
const QEMU: [u8; 3] = [0x52, 0x54, 0x00];

/// A network card's own address in lower case with colons. `None` for multicast, all-zero and locally administered
/// addresses (containers, VPNs, privacy addresses): they are not a card's own.
pub(super) fn hardware_address(bytes: [u8; 6]) -> Option<String> {
    let own = bytes[0] & 0b01 == 0 && (bytes[0] & 0b10 == 0 || bytes.starts_with(&QEMU));
    let set = bytes[3..].iter().any(|byte| *byte != 0) && bytes[3..].iter().any(|byte| *byte != 0xff);
    let text = || bytes.map(|byte| format!("{byte:02x}")).join(":");
    (own && set).then(text)
}
