//! Reads lines of text, each of at most the size of a token.

use std::io::BufRead;

use crate::input::{Budget, Source, TextSource, decoded};

pub(crate) struct Lines<'s> {
    source: TextSource<'s>,
    budget: Budget,
    line: String,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(source: Source<'s>) -> Self {
        let budget = source.budget();
        Self { source: decoded(source), budget, line: String::new() }
    }

    /// The next line without its line end; `None` after the last one.
    ///
    /// # Errors
    /// A message: the line is too long, or the bytes cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<&str>, String> {
        self.line.clear();
        self.budget.reset();
        let read = self.source.read_line(&mut self.line).map_err(|error| error.to_string())?;
        Ok((read > 0).then(|| self.line.trim_end_matches(['\n', '\r'])))
    }
}
