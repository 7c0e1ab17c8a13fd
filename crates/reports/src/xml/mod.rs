//! Reads XML of untrusted reports as a stream of tags and texts.
//!
//! [`Xml::next`] is a cursor: a token borrows the memory of the cursor and is valid until the next one. Readers that
//! need a whole small element get it with [`Xml::node`].
//!
//! A DOCTYPE is accepted but ignored: must never load a file or expand an entity of a report. Nesting depth and token
//! size are limited. Content that is not well-formed but readable (control characters, unknown entities) becomes a
//! note.

mod element;
mod node;

use quick_xml::encoding::DecodingReader;
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;

use crate::input::{Budget, Source};
use crate::limits::DEPTH;
use crate::sink::Problem;

pub(crate) use element::Element;
pub(crate) use node::Node;

use element::{CONTROL, has_forbidden, is_forbidden};
use node::Tree;

pub(crate) struct Xml<'s> {
    reader: Reader<DecodingReader<Source<'s>>>,
    budget: Budget,
    buffer: Vec<u8>,
    depth: usize,
    root_ended: bool,
    flaw: Option<String>,
    /// The last token. Its memory is used again for the next one, because most of a report is small tokens.
    element: Element,
    text: String,
    /// The memory of [`Xml::node`].
    tree: Tree,
}

/// A part of the document. It is valid until the next one is read.
#[derive(Clone, Copy)]
pub(crate) enum Token<'x> {
    Open(&'x Element),
    /// The local name, without a namespace prefix.
    Close(&'x str),
    Text(&'x str),
    End,
}

/// The kind of the last token.
enum Kind {
    Open,
    Close,
    Text,
    End,
}

const CUT: &str = "it breaks off: the file was cut";

impl<'s> Xml<'s> {
    pub(crate) fn new(source: Source<'s>) -> Self {
        let budget = source.budget();
        let mut reader = Reader::from_reader(DecodingReader::new(source));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = false;
        Self {
            reader,
            budget,
            buffer: Vec::new(),
            depth: 0,
            root_ended: false,
            flaw: None,
            element: Element::default(),
            text: String::new(),
            tree: Tree::default(),
        }
    }

    /// The first fault of a document that could be read anyway.
    pub(crate) fn flaw(&self) -> Option<&str> {
        self.flaw.as_deref()
    }

    /// The end of a document that was read to its end.
    ///
    /// # Errors
    /// [`Xml::flaw`].
    pub(crate) fn finish(&self) -> Result<(), Problem> {
        self.flaw.as_ref().map_or(Ok(()), |flaw| Err(flaw.clone().into()))
    }

    /// The next tag or text. Comments, declarations and processing instructions are skipped.
    ///
    /// # Errors
    /// A message: the document is not XML from here on, its end is missing, or a limit is reached.
    pub(crate) fn next(&mut self) -> Result<Token<'_>, String> {
        Ok(match self.advance()? {
            Kind::Open => Token::Open(&self.element),
            Kind::Close => Token::Close(&self.text),
            Kind::Text => Token::Text(&self.text),
            Kind::End => Token::End,
        })
    }

    /// Reads the element that was just opened up to its end, with everything inside it.
    ///
    /// # Errors
    /// As [`Xml::next`]; also if the element is too large.
    pub(crate) fn node(&mut self) -> Result<Node<'_>, String> {
        let mut tree = std::mem::take(&mut self.tree);
        let result = self.fill(&mut tree);
        self.tree = tree;
        result.map(|()| self.tree.root())
    }

    fn fill(&mut self, tree: &mut Tree) -> Result<(), String> {
        tree.begin(&self.element);
        while tree.is_open() {
            match self.next()? {
                Token::Open(element) => tree.open(element),
                Token::Text(text) => tree.text(text),
                Token::Close(_) => tree.close(),
                Token::End => return Err(CUT.into()),
            }
            tree.check_size()?;
        }
        Ok(())
    }

    /// The element that was just opened, without its content.
    pub(crate) fn tag(&mut self) -> Node<'_> {
        self.tree.begin(&self.element);
        self.tree.root()
    }

    /// Passes over the element that was just opened, up to its end.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub(crate) fn skip(&mut self) -> Result<(), String> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.advance()?;
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<Kind, String> {
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
                    let flaw = self.element.fill(&start);
                    return self.open(flaw);
                }
                Event::End(end) => {
                    replace(&mut self.text, end.local_name().as_ref());
                    self.depth = self.depth.saturating_sub(1);
                    self.root_ended = self.depth == 0;
                    return Ok(Kind::Close);
                }
                Event::Text(text) => {
                    replace(&mut self.text, &text.xml10_content());
                    if self.depth > 0 {
                        return Ok(self.checked_text());
                    }
                    if !self.text.trim().is_empty() {
                        return Err("there is text outside of the root element".into());
                    }
                }
                Event::CData(text) => {
                    replace(&mut self.text, &text.xml10_content());
                    return Ok(self.checked_text());
                }
                Event::GeneralRef(reference) => {
                    let flaw = resolve(&reference, &mut self.text);
                    self.note(flaw);
                    return Ok(Kind::Text);
                }
                Event::Eof => return self.end(),
            }
        }
    }

    fn open(&mut self, flaw: Option<String>) -> Result<Kind, String> {
        if self.root_ended {
            return Err("there is a second root element".into());
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!("its elements are nested deeper than {DEPTH}"));
        }
        self.note(flaw);
        Ok(Kind::Open)
    }

    fn checked_text(&mut self) -> Kind {
        if has_forbidden(&self.text) {
            self.note(Some(CONTROL.into()));
        }
        Kind::Text
    }

    fn end(&self) -> Result<Kind, String> {
        if self.depth > 0 {
            return Err(CUT.into());
        }
        if !self.root_ended {
            return Err("it holds no element".into());
        }
        Ok(Kind::End)
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

/// Writes the character of a reference, or an unknown entity unchanged, into `text`. Returns the fault, if any.
fn resolve(reference: &BytesRef, text: &mut String) -> Option<String> {
    text.clear();
    match reference.resolve_char_ref() {
        Ok(Some(c)) => {
            text.push(c);
            is_forbidden(c).then(|| CONTROL.into())
        }
        Ok(None) => {
            let name = &**reference;
            if let Some(known) = quick_xml::escape::resolve_predefined_entity(name) {
                text.push_str(known);
                return None;
            }
            text.extend(["&", name, ";"]);
            Some(format!("the entity &{name}; is not known; entities are never loaded"))
        }
        Err(error) => Some(format!("a character reference cannot be read: {error}")),
    }
}

fn replace(text: &mut String, by: &str) {
    text.clear();
    text.push_str(by);
}
