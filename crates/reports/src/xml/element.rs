//! A tag of an XML document, and the faults of tags and texts that can be read anyway: control characters, unknown
//! entities, bare `<`. Must never expand an entity of a report.

use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::attributes::Attribute;

/// A tag with its attributes, decoded. All names are without namespace prefixes.
#[derive(Default)]
pub(crate) struct Element {
    /// The name; then each attribute's name and value.
    text: String,
    name_end: usize,
    attributes: Vec<(Range<usize>, Range<usize>)>,
}

impl Element {
    pub(crate) fn name(&self) -> &str {
        &self.text[..self.name_end]
    }

    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The attributes in the order of the report.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (&self.text[name.clone()], &self.text[value.clone()]))
    }

    /// Takes over a tag. Returns its first fault.
    pub(super) fn fill(&mut self, start: &BytesStart<'_>) -> Option<String> {
        self.text.clear();
        self.attributes.clear();
        self.text.push_str(start.local_name().as_ref());
        self.name_end = self.text.len();
        let mut flaw = None;
        for attribute in start.attributes() {
            let found = match attribute {
                Ok(attribute) => self.add(&attribute),
                Err(error) => Some(format!("a tag's attributes cannot be read: {error}")),
            };
            flaw = flaw.or(found);
        }
        flaw
    }

    /// Adds an attribute. Returns its fault. A value with an unknown entity stays unchanged.
    fn add(&mut self, attribute: &Attribute<'_>) -> Option<String> {
        let raw = &*attribute.value;
        let is_plain = is_plain(raw);
        let name = self.push(attribute.key.local_name().as_ref());
        if is_plain {
            let value = self.push(raw);
            self.attributes.push((name, value));
            return None;
        }
        let (value, flaw) = match attribute.normalized_value(XmlVersion::Implicit1_0) {
            Err(error) => (self.push(raw), Some(format!("an attribute cannot be read: {error}"))),
            Ok(value) => (self.push(&value), value_flaw(raw, &value)),
        };
        self.attributes.push((name, value));
        flaw
    }

    fn push(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }
}

fn value_flaw(raw: &str, value: &str) -> Option<String> {
    if has_forbidden(value) {
        return Some(CONTROL.into());
    }
    raw.contains('<').then(|| "an attribute holds a bare `<`".into())
}

pub(super) const CONTROL: &str = "it holds control characters, which XML forbids";

pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a value is meant as it is written, which is so for nearly all. All bytes are looked at without a way out of
/// the loop, because the compiler then takes many at once.
fn is_plain(value: &str) -> bool {
    let is_special = |byte: u8| byte < b' ' || byte == b'&' || byte == b'<' || byte == 0xef;
    !value.bytes().fold(false, |found, byte| found | is_special(byte))
}

/// Looks at bytes first, as [`is_plain`], because nearly all texts have none that such a character begins with.
pub(super) fn has_forbidden(text: &str) -> bool {
    let is_suspect = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0xef;
    text.bytes().fold(false, |found, byte| found | is_suspect(byte)) && text.contains(is_forbidden)
}
