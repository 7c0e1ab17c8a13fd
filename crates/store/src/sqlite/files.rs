//! Reads the bytes of a database and of its log of last writes (`…-wal`). Source: SQLite's file format.
//!
//! Each page 1 that Testkeep writes contains a mark, renewed every few minutes, and the previous mark. If the pages of
//! a log contain other marks than the main file, the log belongs to another database or to an older state of this one.
//! SQLite itself would use it without an error. Must never change a file.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use testkeep_domain::user_file;

use super::FileProblem;

const HEADER: &[u8; 16] = b"SQLite format 3\0";
/// The first bytes of a log. The last bit is the byte order of its checksums.
const LOG_HEADER: u32 = 0x377f_0682;
const LOG_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// A longer log is not checked.
const MOST_FRAMES: u32 = 65_536;

/// The mark in a page 1, and the previous mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) now: u32,
    pub(crate) before: u32,
}

pub(crate) fn log_of(file: &Path) -> PathBuf {
    beside(file, "-wal")
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Checks that each file is a regular file or missing. Opening a pipe would block forever.
///
/// # Errors
/// One is a folder, a pipe or a device.
pub(crate) fn require_regular(file: &Path) -> Result<(), FileProblem> {
    for file in [file.to_owned(), log_of(file), beside(file, "-shm"), beside(file, "-journal")] {
        if file.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(FileProblem(format!(
                "{} is a folder, a pipe or a device, not a file. Nothing was changed. Move it away; if there was a database \
                 in its place, restore a backup.",
                file.display()
            )));
        }
    }
    Ok(())
}

/// # Errors
/// A file is not a regular file, cannot be read or is of another format, the main file is missing beside its log, or
/// the two do not belong together. The files must not be used.
pub(crate) fn check(file: &Path) -> Result<(), FileProblem> {
    require_regular(file)?;
    let unreadable = |file: &Path, error: &io::Error| {
        FileProblem(format!(
            "{} cannot be read: {error}. Check that the server's account may read it.",
            file.display()
        ))
    };
    let log = log_of(file);
    let main = first_page(file).map_err(|error| unreadable(file, &error))?;
    let frames = marks_in_log(&log).map_err(|error| unreadable(&log, &error))?;
    match (main, frames) {
        (Main::Foreign, _) => Err(FileProblem(format!(
            "{} is not a database of Testkeep: it begins with something else. Nothing was changed. Restore a backup, or move \
             the file away to begin anew.",
            file.display()
        ))),
        (_, Log::Foreign) => Err(FileProblem(format!(
            "{} is not a log of last writes: it begins with something else. Nothing was changed. Restore the database with \
             all its files, or restore a backup and remove this file.",
            log.display()
        ))),
        (Main::Empty, Log::Frames(_)) => Err(FileProblem(format!(
            "{} is missing or empty, but {} holds its last writes. Nothing was changed. Put the database back beside it; or, \
             if it was removed on purpose, remove that file too.",
            file.display(),
            log.display()
        ))),
        (Main::Page(marks), Log::Frames(frames)) if !belong_together(marks, &frames) => {
            Err(FileProblem(format!(
                "{} and {} do not belong together: one of them was copied or restored without the other. Nothing was \
                 changed. Put both back as they were; or, if the first is a whole backup (made by `testkeep-server database \
                 copy`, or with the server stopped), remove the second and the file that ends in -shm.",
                file.display(),
                log.display()
            )))
        }
        _ => Ok(()),
    }
}

fn belong_together(main: Marks, frames: &[Marks]) -> bool {
    frames.is_empty() || frames.iter().any(|frame| frame.now == main.now || frame.before == main.now)
}

enum Main {
    /// The file is missing or empty.
    Empty,
    Foreign,
    Page(Marks),
}

enum Log {
    /// The log is missing, or nothing in it was committed.
    Empty,
    Foreign,
    /// The log has committed pages; these are the marks of each page 1 among them.
    Frames(Vec<Marks>),
}

/// Opens a file; `None`: it is missing.
fn open(file: &Path) -> io::Result<Option<File>> {
    match user_file::open(file) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn first_page(file: &Path) -> io::Result<Main> {
    let Some(file) = open(file)? else { return Ok(Main::Empty) };
    let mut bytes = Vec::new();
    file.take(100).read_to_end(&mut bytes)?;
    Ok(match bytes.len() {
        0 => Main::Empty,
        100 if bytes.starts_with(HEADER) => Main::Page(marks(&bytes)),
        _ => Main::Foreign,
    })
}

/// `user_version` and `application_id` of a database's first bytes.
fn marks(page: &[u8]) -> Marks {
    Marks { now: number(page, 60), before: number(page, 68) }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn marks_in_log(file: &Path) -> io::Result<Log> {
    let Some(file) = open(file)? else { return Ok(Log::Empty) };
    let length = file.metadata()?.len();
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut header = [0; LOG_HEADER_BYTES];
    if length < (LOG_HEADER_BYTES + FRAME_HEADER_BYTES) as u64 {
        return Ok(Log::Empty);
    }
    file.read_exact(&mut header)?;
    // After a power cut a log may contain only zeros: nothing in it was committed.
    if header == [0; LOG_HEADER_BYTES] {
        return Ok(Log::Empty);
    }
    if number(&header, 0) & !1 != LOG_HEADER {
        return Ok(Log::Foreign);
    }
    let big_endian = number(&header, 0) & 1 == 1;
    let mut sum = checksum([0, 0], &header[..24], big_endian);
    let page_size = number(&header, 8) as usize;
    let sizes = 512..=65_536;
    if sum != [number(&header, 24), number(&header, 28)] || !sizes.contains(&page_size) {
        return Ok(Log::Empty);
    }
    let (mut committed, mut open_marks, mut any) = (Vec::new(), Vec::new(), false);
    let mut left = MOST_FRAMES;
    let mut frame = vec![0; FRAME_HEADER_BYTES + page_size];
    while file.read_exact(&mut frame).is_ok() && frame[8..16] == header[16..24] {
        left -= 1;
        if left == 0 {
            // The log is too long, and checking a part of it would prove nothing.
            return Ok(Log::Frames(Vec::new()));
        }
        sum = checksum(sum, &frame[..8], big_endian);
        sum = checksum(sum, &frame[FRAME_HEADER_BYTES..], big_endian);
        if sum != [number(&frame, 16), number(&frame, 20)] {
            break;
        }
        if number(&frame, 0) == 1 {
            open_marks.push(marks(&frame[FRAME_HEADER_BYTES..]));
        }
        // Only the last frame of a transaction contains the size of the database.
        if number(&frame, 4) != 0 {
            any = true;
            committed.append(&mut open_marks);
        }
    }
    Ok(if any { Log::Frames(committed) } else { Log::Empty })
}

/// SQLite's checksum over pairs of 32-bit numbers, continued from an earlier one.
fn checksum([mut first, mut second]: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    let read = |four: &[u8]| {
        let four = four.try_into().unwrap_or_default();
        if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    for pair in bytes.chunks_exact(8) {
        first = first.wrapping_add(read(&pair[..4])).wrapping_add(second);
        second = second.wrapping_add(read(&pair[4..])).wrapping_add(first);
    }
    [first, second]
}
