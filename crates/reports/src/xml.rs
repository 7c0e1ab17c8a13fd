//! Reads XML of untrusted reports as a stream of tags and texts.
//!
//! A DOCTYPE is accepted but ignored: must never load a file or expand an entity of a report. Nesting depth and token
//! size are limited. Content that is not well-formed but readable (control characters, unknown entities) becomes a
//! note.

use quick_xml::XmlVersion;
use quick_xml::encoding::DecodingReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::input::{Budget, Source};
use crate::limits::DEPTH;

pub(crate) struct Xml<'s> {
    reader: Reader<DecodingReader<Source<'s>>>,
    budget: Budget,
    buffer: Vec<u8>,
    depth: usize,
    root_ended: bool,
    flaw: Option<String>,
}

pub(crate) enum Token {
    Open(Element),
    /// The local name, without a namespace prefix.
    Close(String),
    Text(String),
    End,
}

pub(crate) struct Element(BytesStart<'static>);

impl Element {
    /// The name without a namespace prefix.
    pub(crate) fn name(&self) -> String {
        self.0.local_name().as_ref().to_owned()
    }

    /// The value of an attribute. A namespace prefix of the attribute is ignored.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.attributes().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The attributes in the order of the report. Names are without namespace prefixes.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let mut attributes = self.0.attributes();
        attributes.with_checks(false);
        attributes.flatten().map(|attribute| {
            let name = attribute.key.local_name().as_ref().to_owned();
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            // An unknown entity stays unchanged.
            let value = value.unwrap_or_else(|_| attribute.value.clone());
            (name, value.into_owned())
        })
    }

    fn flaw(&self) -> Option<String> {
        for attribute in self.0.attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return Some(format!("a tag's attributes cannot be read: {error}")),
            };
            // Most values have nothing that could be a fault.
            if !attribute.value.contains(['&', '<']) && !has_forbidden(&attribute.value) {
                continue;
            }
            match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Err(error) => return Some(format!("an attribute cannot be read: {error}")),
                Ok(value) if has_forbidden(&value) => return Some(CONTROL.into()),
                Ok(_) if attribute.value.contains('<') => {
                    return Some("an attribute holds a bare `<`".into());
                }
                Ok(_) => {}
            }
        }
        None
    }
}

const CONTROL: &str = "it holds control characters, which XML forbids";

fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Looks at bytes first, because nearly all texts have none that such a character begins with.
fn has_forbidden(text: &str) -> bool {
    let is_suspect = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || *byte == 0xef;
    text.as_bytes().iter().any(is_suspect) && text.contains(is_forbidden)
}

impl<'s> Xml<'s> {
    pub(crate) fn new(source: Source<'s>) -> Self {
        let budget = source.budget();
        let mut reader = Reader::from_reader(DecodingReader::new(source));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = false;
        Self { reader, budget, buffer: Vec::new(), depth: 0, root_ended: false, flaw: None }
    }

    /// The first fault of a document that could be read anyway.
    pub(crate) fn flaw(&self) -> Option<&str> {
        self.flaw.as_deref()
    }

    /// The next tag or text. Comments, declarations and processing instructions are skipped.
    ///
    /// # Errors
    /// A message: the document is not XML from here on, its end is missing, or a limit is reached.
    pub(crate) fn next(&mut self) -> Result<Token, String> {
        loop {
            self.buffer.clear();
            self.budget.reset();
            let position = self.reader.buffer_position();
            let event = self.reader.read_event_into(&mut self.buffer);
            let event = event.map_err(|error| format!("it is not XML from byte {position} on: {error}"))?;
            match event {
                Event::Decl(declaration) => {
                    if let Some(encoding) = declaration.encoder() {
                        use_encoding(self.reader.get_mut(), encoding);
                    }
                }
                Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
                Event::Start(start) | Event::Empty(start) => {
                    let element = Element(start.into_owned());
                    return self.open(element);
                }
                Event::End(end) => {
                    let name = end.local_name().as_ref().to_owned();
                    return Ok(self.close(name));
                }
                Event::Text(text) => {
                    let text = text.xml10_content().into_owned();
                    if self.depth > 0 {
                        return Ok(self.text(text));
                    }
                    if !text.trim().is_empty() {
                        return Err("there is text outside of the root element".into());
                    }
                }
                Event::CData(text) => {
                    let text = text.xml10_content().into_owned();
                    return Ok(self.text(text));
                }
                Event::GeneralRef(reference) => {
                    let (text, flaw) = resolve(&reference);
                    self.note(flaw);
                    return Ok(Token::Text(text));
                }
                Event::Eof => return self.end(),
            }
        }
    }

    fn open(&mut self, element: Element) -> Result<Token, String> {
        if self.root_ended {
            return Err("there is a second root element".into());
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!("its elements are nested deeper than {DEPTH}"));
        }
        self.note(element.flaw());
        Ok(Token::Open(element))
    }

    fn close(&mut self, name: String) -> Token {
        self.depth = self.depth.saturating_sub(1);
        self.root_ended = self.depth == 0;
        Token::Close(name)
    }

    fn text(&mut self, text: String) -> Token {
        if has_forbidden(&text) {
            self.note(Some(CONTROL.into()));
        }
        Token::Text(text)
    }

    fn end(&self) -> Result<Token, String> {
        if self.depth > 0 {
            return Err("it breaks off: the file was cut".into());
        }
        if !self.root_ended {
            return Err("it holds no element".into());
        }
        Ok(Token::End)
    }

    fn note(&mut self, flaw: Option<String>) {
        if self.flaw.is_none() {
            self.flaw = flaw;
        }
    }
}

/// Uses the encoding of the declaration. If UTF-16 was recognized by its bytes, the declaration is ignored.
fn use_encoding(decoder: &mut DecodingReader<Source<'_>>, encoding: &'static encoding_rs::Encoding) {
    if encoding.is_ascii_compatible() && decoder.encoding().is_ascii_compatible() {
        decoder.set_encoding(encoding);
    }
}

/// The character of a reference, or an unknown entity unchanged; and the fault, if any.
fn resolve(reference: &BytesRef) -> (String, Option<String>) {
    match reference.resolve_char_ref() {
        Ok(Some(c)) if is_forbidden(c) => (c.to_string(), Some(CONTROL.into())),
        Ok(Some(c)) => (c.to_string(), None),
        Ok(None) => {
            let name = &**reference;
            let known = quick_xml::escape::resolve_predefined_entity(name);
            let flaw = known
                .is_none()
                .then(|| format!("the entity &{name}; is not known; entities are never loaded"));
            (known.map_or_else(|| format!("&{name};"), str::to_owned), flaw)
        }
        Err(error) => (String::new(), Some(format!("a character reference cannot be read: {error}"))),
    }
}
