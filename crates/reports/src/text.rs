//! Long texts of limited size: the beginning and the end are kept, the bytes of the middle are only counted.

use crate::limits::{TEXT_HEAD, TEXT_TAIL};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    head: String,
    tail: String,
    /// Number of bytes between head and tail that were dropped.
    dropped: usize,
}

impl Text {
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Number of bytes that were dropped in the middle.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    pub fn push(&mut self, text: &str) {
        let room = TEXT_HEAD.saturating_sub(self.head.len());
        let (first, rest) = text.split_at(boundary_at_most(text, room));
        if self.tail.is_empty() {
            self.head.push_str(first);
        }
        let rest = if self.tail.is_empty() { rest } else { text };
        self.tail.push_str(rest);
        if self.tail.len() > 2 * TEXT_TAIL {
            self.shorten();
        }
    }

    /// Whether one of the words is in the text that is kept.
    pub(crate) fn contains_either(&self, one: &str, other: &str) -> bool {
        [&self.head, &self.tail].iter().any(|part| part.contains(one) || part.contains(other))
    }

    /// Adds a text and a line end.
    pub fn push_line(&mut self, text: &str) {
        self.push(text);
        self.push("\n");
    }

    /// The whole text, with a line that replaces the dropped bytes.
    pub fn to_text(&self) -> String {
        let mut tail = self.tail.as_str();
        let mut dropped = self.dropped;
        if tail.len() > TEXT_TAIL {
            let from = boundary_at_least(tail, tail.len() - TEXT_TAIL);
            dropped += from;
            tail = &tail[from..];
        }
        if dropped == 0 {
            return format!("{}{tail}", self.head);
        }
        format!("{}\n[{dropped} bytes left out]\n{tail}", self.head)
    }

    fn shorten(&mut self) {
        let from = boundary_at_least(&self.tail, self.tail.len() - TEXT_TAIL);
        self.dropped += from;
        self.tail.drain(..from);
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let mut bounded = Self::default();
        bounded.push(text);
        bounded
    }
}

/// The largest character boundary that is not after `at`.
fn boundary_at_most(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn boundary_at_least(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// The text, cut to at most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    text[..boundary_at_most(text, limit)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_short_text_whole() {
        let mut text = Text::from("first ");
        text.push("second");
        assert_eq!(text.to_text(), "first second");
    }

    #[test]
    fn keeps_both_ends_of_an_endless_text() {
        let mut text = Text::default();
        for number in 0..1_000_000 {
            text.push_line(&format!("line {number} ä"));
        }
        let whole = text.to_text();
        assert!(whole.len() < TEXT_HEAD + 2 * TEXT_TAIL, "{}", whole.len());
        assert!(whole.starts_with("line 0 ä\nline 1 ä\n") && whole.ends_with("line 999999 ä\n"));
        assert!(text.dropped() > 0);
    }
}
