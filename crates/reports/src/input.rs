//! The bytes of a report: reads their beginning in advance and limits the size of one token.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use crate::limits::{PREFIX, TOKEN};

/// Reads all bytes of a report, including the prefix that was read in advance.
pub(crate) type Source<'a> = Bounded<io::Chain<io::Cursor<Vec<u8>>, Box<dyn BufRead + 'a>>>;

/// The text of a [`Source`]: UTF-16 if it has that byte order mark, otherwise UTF-8. Invalid bytes are replaced.
pub(crate) type TextSource<'a> = BufReader<DecodeReaderBytes<Source<'a>, Vec<u8>>>;

/// Reads the first [`PREFIX`] bytes. Returns them and a source that begins with them.
pub(crate) fn open<'a>(mut input: Box<dyn BufRead + 'a>) -> io::Result<(Vec<u8>, Source<'a>)> {
    let mut prefix = Vec::new();
    input.by_ref().take(PREFIX as u64).read_to_end(&mut prefix)?;
    let source = io::Cursor::new(prefix.clone()).chain(input);
    Ok((prefix, Bounded { inner: source, budget: Budget::default() }))
}

/// The source as UTF-8 without a byte order mark.
pub(crate) fn decoded(source: Source<'_>) -> TextSource<'_> {
    BufReader::new(DecodeReaderBytesBuilder::new().bom_override(true).strip_bom(true).build(source))
}

/// How many more bytes the current token may have. Clones share the value.
#[derive(Clone)]
pub(crate) struct Budget(Rc<Cell<usize>>);

impl Default for Budget {
    fn default() -> Self {
        Self(Rc::new(Cell::new(TOKEN)))
    }
}

impl Budget {
    /// Starts a new token.
    pub(crate) fn reset(&self) {
        self.0.set(TOKEN);
    }
}

/// A reader that fails when more than [`TOKEN`] bytes are read after the last [`Budget::reset`].
pub(crate) struct Bounded<R> {
    inner: R,
    budget: Budget,
}

impl<R> Bounded<R> {
    pub(crate) fn budget(&self) -> Budget {
        self.budget.clone()
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = self.budget.0.get();
        if left == 0 {
            let message = format!("one element, text or line is longer than {} MiB", TOKEN / 1024 / 1024);
            return Err(io::Error::other(message));
        }
        let available = self.inner.fill_buf()?;
        let count = available.len().min(left);
        Ok(&available[..count])
    }

    fn consume(&mut self, count: usize) {
        self.budget.0.set(self.budget.0.get().saturating_sub(count));
        self.inner.consume(count);
    }
}
