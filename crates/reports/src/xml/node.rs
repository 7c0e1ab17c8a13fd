//! A small part of an XML document as a tree: one test case with everything inside it.
//!
//! All text of a tree is one string and all elements are one list, and the next tree uses the same memory. So a tree
//! costs little more than the tokens it is made of. [`Node`] is a place in it.

use std::ops::Range;

use super::element::Element;
use crate::limits::TOKEN;

/// What a tree costs for each element besides its text, in bytes.
const NODE: usize = 64;

#[derive(Default)]
pub(super) struct Tree {
    /// Names, values and texts.
    text: String,
    /// Each element is followed by all elements inside it.
    entries: Vec<Entry>,
    attributes: Vec<(Range<usize>, Range<usize>)>,
    /// The open elements, from the outermost to the innermost.
    open: Vec<Open>,
    /// Pieces of text of the open elements; those of an inner element come last.
    pieces: Vec<Range<usize>>,
}

struct Entry {
    name: Range<usize>,
    attributes: Range<usize>,
    /// All text directly in the element, concatenated.
    text: Range<usize>,
    /// The entry after the last element inside this one.
    end: usize,
}

struct Open {
    entry: usize,
    /// The first of its pieces.
    pieces: usize,
}

impl Tree {
    /// Begins a new tree, whose outermost element is open.
    pub(super) fn begin(&mut self, element: &Element) {
        self.text.clear();
        self.entries.clear();
        self.attributes.clear();
        self.open.clear();
        self.pieces.clear();
        self.open(element);
    }

    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn open(&mut self, element: &Element) {
        let name = self.push(element.name());
        let first = self.attributes.len();
        for (name, value) in element.attributes() {
            let pair = (self.push(name), self.push(value));
            self.attributes.push(pair);
        }
        let attributes = first..self.attributes.len();
        self.open.push(Open { entry: self.entries.len(), pieces: self.pieces.len() });
        self.entries.push(Entry { name, attributes, text: 0..0, end: self.entries.len() + 1 });
    }

    pub(super) fn text(&mut self, text: &str) {
        let piece = self.push(text);
        let own = self.open.last().map_or(0, |open| open.pieces);
        match self.pieces[own..].last_mut() {
            Some(last) if last.end == piece.start => last.end = piece.end,
            _ => self.pieces.push(piece),
        }
    }

    pub(super) fn close(&mut self) {
        let Some(Open { entry, pieces: own }) = self.open.pop() else { return };
        let text = match &self.pieces[own..] {
            [] => 0..0,
            [only] => only.clone(),
            _ => self.joined(own),
        };
        self.pieces.truncate(own);
        let end = self.entries.len();
        if let Some(entry) = self.entries.get_mut(entry) {
            (entry.text, entry.end) = (text, end);
        }
    }

    /// Copies pieces between which there are other elements behind each other.
    fn joined(&mut self, own: usize) -> Range<usize> {
        let start = self.text.len();
        for piece in &self.pieces[own..] {
            self.text.extend_from_within(piece.clone());
        }
        start..self.text.len()
    }

    fn push(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// # Errors
    /// The tree is larger than [`TOKEN`].
    pub(super) fn check_size(&self) -> Result<(), String> {
        if self.text.len() + self.entries.len() * NODE <= TOKEN {
            return Ok(());
        }
        Err(format!("one test case is larger than {} MiB", TOKEN / 1024 / 1024))
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Node<'_> {
        Node { tree: self, at: 0 }
    }
}

/// An element with its attributes, its text and its child elements. Names are without namespace prefixes.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree,
    at: usize,
}

impl<'t> Node<'t> {
    fn entry(self) -> &'t Entry {
        &self.tree.entries[self.at]
    }

    fn slice(self, range: &Range<usize>) -> &'t str {
        &self.tree.text[range.clone()]
    }

    pub(crate) fn name(self) -> &'t str {
        self.slice(&self.entry().name)
    }

    /// All text directly in the element, concatenated.
    pub(crate) fn text(self) -> &'t str {
        self.slice(&self.entry().text)
    }

    /// The value of an attribute.
    pub(crate) fn get(self, name: &str) -> Option<&'t str> {
        let attributes = &self.tree.attributes[self.entry().attributes.clone()];
        let found = attributes.iter().find(|(known, _)| self.slice(known) == name);
        found.map(|(_, value)| self.slice(value))
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Node<'t>> {
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            let at = next;
            if at >= self.entry().end {
                return None;
            }
            let child = Node { tree: self.tree, at };
            next = child.entry().end;
            Some(child)
        })
    }

    pub(crate) fn child(self, name: &str) -> Option<Node<'t>> {
        self.children().find(|child| child.name() == name)
    }

    pub(crate) fn all(self, name: &str) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The elements with this name in a child that is a list: `list_of("tags", "tag")`.
    pub(crate) fn list_of(self, list: &str, name: &str) -> impl Iterator<Item = Node<'t>> {
        self.child(list).into_iter().flat_map(move |list| list.all(name))
    }

    /// The text of a child, without blanks around it; `None`: there is no text.
    pub(crate) fn text_of(self, name: &str) -> Option<&'t str> {
        self.child(name).map(|child| child.text().trim()).filter(|text| !text.is_empty())
    }
}
