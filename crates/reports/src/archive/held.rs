//! Files of an archive that wait for its end, because other files decide whether they count: the logs and reports of
//! Katalon Studio. They are kept compressed, and only a limited number of bytes.

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::limits::HELD;

/// How many more compressed bytes may wait.
pub(super) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(HELD)
    }
}

/// A file that waits.
pub(super) struct Held {
    packed: Vec<u8>,
    /// Why the rest of the file could not be read.
    damage: Option<String>,
}

/// The result of holding a file.
pub(super) enum Kept {
    /// It waits.
    Whole(Held),
    /// There is no room for it: its beginning, before the rest that is not read yet.
    Part(Held),
}

impl Room {
    /// Keeps a file, as far as there is room.
    pub(super) fn keep(&mut self, content: &mut dyn Read) -> Kept {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let mut buffer = vec![0; 64 * 1024];
        let mut damage = None;
        loop {
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    let error = encoder.write_all(&buffer[..count]).err();
                    damage = error.map(|error| error.to_string());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => damage = Some(error.to_string()),
            }
            if damage.is_some() || encoder.get_ref().len() > self.0 {
                break;
            }
        }
        let packed = encoder.finish().unwrap_or_default();
        if packed.len() > self.0 {
            return Kept::Part(Held { packed, damage });
        }
        self.0 -= packed.len();
        Kept::Whole(Held { packed, damage })
    }
}

impl Held {
    pub(super) fn content(self) -> Box<dyn BufRead> {
        let end = Damaged(self.damage);
        Box::new(BufReader::new(DeflateDecoder::new(Cursor::new(self.packed)).chain(end)))
    }
}

/// Nothing, or the error that ended the file.
struct Damaged(Option<String>);

impl Read for Damaged {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_ref().map_or(Ok(0), |words| Err(io::Error::other(words.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut content: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_has_no_room_goes_on_where_it_stopped() {
        // Numbers that do not compress.
        let numbers = std::iter::successors(Some(1_u32), |n| {
            Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
        });
        let bytes: Vec<u8> = numbers.take(600_000).map(|number| number.to_be_bytes()[0]).collect();
        let mut room = Room(250_000);
        let mut content = &bytes[..];
        let Kept::Part(part) = room.keep(&mut content) else { panic!("it is too large") };
        assert!(all(part.content().chain(content)) == bytes);
        let mut small = &bytes[..100_000];
        let Kept::Whole(whole) = room.keep(&mut small) else { panic!("it has room") };
        assert!(all(whole.content()) == bytes[..100_000]);
        assert!(room.0 < 200_000);
        let many = (0..100).filter(|_| matches!(room.keep(&mut &bytes[..10_000]), Kept::Whole(_))).count();
        assert!((10..20).contains(&many), "{many}");
    }

    #[test]
    fn an_error_of_the_archive_comes_at_its_place() {
        let damaged = Damaged(Some("no more".into()));
        let Kept::Whole(held) = Room::default().keep(&mut b"before".chain(damaged)) else {
            panic!("it is small")
        };
        let mut bytes = Vec::new();
        let error = held.content().read_to_end(&mut bytes).unwrap_err();
        assert_eq!((bytes.as_slice(), error.to_string().as_str()), (&b"before"[..], "no more"));
    }
}
