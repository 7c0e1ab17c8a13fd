//! Zip archives. The central directory decides what is in the archive; its size is limited before it is read.

use std::cell::Cell;
use std::io::{Read, Seek};
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use super::Ended;
use super::contents::Contents;
use super::meter::{Allowed, Meter};
use crate::limits::{DIRECTORY, ENTRIES};

pub(super) fn read<R: Read + Seek>(
    input: R,
    size: u64,
    contents: &mut Contents<'_, '_>,
) -> Result<(), Ended> {
    let left = Rc::new(Cell::new(DIRECTORY));
    let mut archive =
        ZipArchive::new(Allowed { inner: input, left: left.clone() }).map_err(|error| refused(&error))?;
    if archive.len() > ENTRIES {
        return Err(Ended::Refused(format!("it holds more than {ENTRIES} files")));
    }
    // Checking reads the small header before each file.
    left.set(u64::MAX);
    if archive.has_overlapping_entries().map_err(|error| refused(&error))? {
        return Err(Ended::Refused("files overlap in it, as in a zip bomb".into()));
    }
    if archive.has_duplicate_names() {
        contents.note("Several files in the archive have the same name; only one of each was read.".into());
    }
    let meter = Meter::of_size(size);
    for index in 0..archive.len() {
        add(&mut archive, index, &meter, contents)?;
        meter.check()?;
    }
    Ok(())
}

fn add<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    meter: &Meter,
    contents: &mut Contents<'_, '_>,
) -> Result<(), Ended> {
    let (name, why) = match archive.by_index_raw(index) {
        Ok(file) if file.is_dir() => return Ok(()),
        Ok(file) => {
            let name = String::from_utf8_lossy(file.name_raw()).into_owned();
            let name = file.name().map_or(name, std::borrow::Cow::into_owned);
            let why = if file.encrypted() {
                Some("it is encrypted")
            } else {
                file.is_symlink().then_some("it is a link")
            };
            (name, why)
        }
        Err(error) => return Err(refused(&error)),
    };
    if let Some(why) = why {
        contents.pass_over(&name, why);
        return Ok(());
    }
    match archive.by_index(index) {
        Ok(file) => Ok(contents.add(&name, &mut meter.unpacked(file))?),
        Err(error) => {
            contents.pass_over(&name, &format!("it cannot be unpacked: {error}"));
            Ok(())
        }
    }
}

fn refused(error: &ZipError) -> Ended {
    Ended::Refused(format!("it cannot be read as zip: {error}"))
}
