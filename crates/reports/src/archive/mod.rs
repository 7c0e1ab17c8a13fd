//! Reads the reports in an archive: zip, tar, tar.gz, and a single report in gz.
//!
//! Everything is read as a stream: nothing is written to disk, and the names inside are only words. Entries, unpacked
//! bytes and their ratio to the packed ones are limited ([`crate::limits`]). Must never follow a link or open an archive
//! within the archive.

mod contents;
mod held;
mod meter;
mod tarball;
mod waiting;
mod zipped;

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use crate::coverage::Coverage;
use crate::model::Event;
use crate::read::{Report, State};
use crate::sink::Stop;
use contents::Contents;
use meter::Meter;

/// How files are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Zip,
    Tar,
    TarGz,
    /// One compressed file.
    Gz,
}

impl Packing {
    /// Recognizes an archive by its first bytes, of which 512 are enough. `None`: it is no archive that can be read.
    pub fn of(prefix: &[u8]) -> Option<Self> {
        match prefix {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, ..] => Some(Self::Gz),
            _ if prefix.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::Gz => "gz",
        }
    }
}

/// What was found in an archive.
#[derive(Debug)]
pub struct Archive {
    pub packing: Packing,
    /// `Malformed` if the archive is damaged or refused, or one of its reports is damaged.
    pub state: State,
    pub parts: Vec<Part>,
    /// Number of files that are no reports.
    pub others: u64,
    /// Notes for people, in sentences.
    pub notes: Vec<String>,
}

/// One report in an archive. Its name is the path inside the archive; for a folder of results, the folder's path.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    pub content: Content,
}

#[derive(Debug)]
pub enum Content {
    Report(Report),
    Coverage(Coverage),
}

/// Why reading an archive ended early.
enum Ended {
    /// The archive is damaged or exceeds a limit; the text says how.
    Refused(String),
    Stopped,
}

impl From<Stop> for Ended {
    fn from(Stop: Stop) -> Self {
        Self::Stopped
    }
}

/// Receives the events of an archive, each with the path of its report inside the archive.
pub type Receive<'a> = dyn FnMut(&str, Event) -> Result<(), Stop> + 'a;

/// Reads all reports of an archive, in the order of the archive; folders of results come last.
///
/// # Errors
/// [`Stop`] when `receive` returned it. A damaged or refused archive is not an error; the state and a note say so.
pub fn read_archive<R: Read + Seek>(
    mut input: R,
    packing: Packing,
    receive: &mut Receive<'_>,
) -> Result<Archive, Stop> {
    let mut contents = Contents::new(receive);
    let mut packing = packing;
    let ended = match size(&mut input) {
        Ok(size) => match packing {
            Packing::Zip => zipped::read(input, size, &mut contents),
            Packing::Tar => tarball::read(BufReader::new(input), &mut contents),
            Packing::Gz | Packing::TarGz => unpacked(BufReader::new(input), &mut packing, &mut contents),
        },
        Err(error) => Err(Ended::Refused(format!("it cannot be read: {error}"))),
    };
    let refused = match ended {
        Ok(()) => None,
        Err(Ended::Stopped) => return Err(Stop),
        Err(Ended::Refused(words)) => Some(words),
    };
    contents.finish(packing, refused)
}

fn size<R: Seek>(input: &mut R) -> io::Result<u64> {
    let size = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    Ok(size)
}

/// The content of a gz file: a tar archive, or one report.
fn unpacked<R: BufRead>(
    input: R,
    packing: &mut Packing,
    contents: &mut Contents<'_, '_>,
) -> Result<(), Ended> {
    let meter = Meter::default();
    let decoder = flate2::bufread::MultiGzDecoder::new(meter.packed(input));
    let mut plain = BufReader::new(meter.unpacked(decoder));
    let mut prefix = Vec::new();
    if let Err(error) = plain.by_ref().take(512).read_to_end(&mut prefix) {
        return Err(Ended::Refused(format!("it cannot be unpacked: {error}")));
    }
    let inside = Packing::of(&prefix);
    let mut whole = io::Cursor::new(prefix).chain(plain);
    if inside == Some(Packing::Tar) {
        *packing = Packing::TarGz;
        return tarball::read(whole, contents);
    }
    contents.add("", &mut whole)?;
    meter.check()
}
