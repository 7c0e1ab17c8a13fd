//! Reads lines from a pipe, one at a time, and never beyond the end of a line: the writing program may keep the pipe
//! open and wait for an answer.

use std::io::{self, BufRead};

use super::{Encoding, NotText, decode_as};

/// Why a line was not read. Each message is a sentence about “it”.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("It cannot be read: {0}.")]
    Io(#[from] io::Error),
    #[error(transparent)]
    NotText(#[from] NotText),
    #[error("It is longer than {most} bytes.")]
    TooLong { most: usize },
}

/// Decoded lines without `\n` or `\r\n` at their ends. The first bytes decide the encoding of all lines.
pub struct Lines<R> {
    source: R,
    encoding: Option<Encoding>,
    most: usize,
    left: usize,
}

impl<R: BufRead> Lines<R> {
    /// `most`: the maximum number of bytes of all lines together.
    pub fn new(source: R, most: usize) -> Self {
        Self { source, encoding: None, most, left: most }
    }

    /// Reads the next line. `None`: the source has ended.
    pub fn next_line(&mut self) -> Result<Option<String>, LineError> {
        let mut bytes = Vec::new();
        while !self.is_whole(&bytes) {
            let mut byte = [0];
            match self.source.read(&mut byte) {
                Ok(0) if bytes.is_empty() => return Ok(None),
                Ok(0) => break,
                Ok(_) if self.left == 0 => return Err(LineError::TooLong { most: self.most }),
                Ok(_) => {
                    self.left -= 1;
                    bytes.push(byte[0]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let encoding = *self.encoding.get_or_insert_with(|| Encoding::of(&bytes));
        let line = decode_as(encoding, &bytes)?;
        let line = line.strip_suffix('\n').unwrap_or(&line);
        Ok(Some(line.trim_end_matches('\r').to_owned()))
    }

    fn is_whole(&self, line: &[u8]) -> bool {
        let units = line.as_chunks::<2>();
        match (self.encoding.unwrap_or_else(|| Encoding::of(line)), units) {
            (Encoding::Utf8 | Encoding::Utf32, _) => line.ends_with(b"\n"),
            (Encoding::Utf16Little, (units, [])) => units.ends_with(&[*b"\n\0"]),
            (Encoding::Utf16Big, (units, [])) => units.ends_with(&[*b"\0\n"]),
            (Encoding::Utf16Little | Encoding::Utf16Big, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<String>, LineError> {
        let mut lines = Lines::new(bytes, 1000);
        std::iter::from_fn(|| lines.next_line().transpose()).collect()
    }

    #[test]
    fn reads_line_by_line_in_every_encoding() {
        // The second line contains U+0A0A and U+010A, whose bytes look like line ends.
        let text = "eins\r\nzwei \u{a0a}\u{10a}\n\nvier";
        let expected = ["eins", "zwei \u{a0a}\u{10a}", "", "vier"];
        assert_eq!(lines(text.as_bytes()).unwrap(), expected);
        assert_eq!(lines(format!("\u{feff}{text}").as_bytes()).unwrap(), expected);
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}{text}");
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(lines(&little).unwrap(), expected);
            assert_eq!(lines(&big).unwrap(), expected);
        }
        assert_eq!(lines(b"").unwrap(), Vec::<String>::new());
        assert_eq!(lines(b"p\r\r\n").unwrap(), ["p"]);
    }

    /// The writing program may wait for an answer after its line.
    #[test]
    fn reads_no_further_than_the_line() {
        let mut source: &[u8] = b"one\ntwo\n";
        assert_eq!(Lines::new(&mut source, 100).next_line().unwrap().as_deref(), Some("one"));
        assert_eq!(source, b"two\n");
    }

    /// Returns these errors one after the other, then its text.
    struct Faulty(Vec<io::ErrorKind>, &'static [u8]);

    impl io::Read for Faulty {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.pop() {
                Some(kind) => Err(kind.into()),
                None => self.1.read(into),
            }
        }
    }

    #[test]
    fn goes_on_when_it_was_interrupted_and_tells_other_errors() {
        let read = |errors: Vec<io::ErrorKind>| {
            Lines::new(io::BufReader::new(Faulty(errors, b"one\n")), 100).next_line()
        };
        let interrupted = read(vec![io::ErrorKind::Interrupted; 3]);
        assert_eq!(interrupted.unwrap().as_deref(), Some("one"));
        let broken = read(vec![io::ErrorKind::BrokenPipe]);
        assert!(matches!(broken, Err(LineError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe));
    }

    #[test]
    fn is_bounded_and_names_encodings() {
        assert_eq!(lines(&[b'a'; 1000]).unwrap(), ["a".repeat(1000)]);
        assert_eq!(lines(&b"a\n".repeat(500)).unwrap().len(), 500);
        assert!(matches!(lines(&b"a\n".repeat(501)), Err(LineError::TooLong { most: 1000 })));
        assert!(matches!(lines(&[b'a'; 1001]), Err(LineError::TooLong { most: 1000 })));
        assert!(matches!(lines(b"m\xfcller\n"), Err(LineError::NotText(NotText::OtherEncoding { .. }))));
        assert!(matches!(lines(b"\xff\xfea\0\n"), Err(LineError::NotText(NotText::BrokenUtf16))));
    }
}
