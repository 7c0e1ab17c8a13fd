//! Tar archives: headers with their files, one after the other.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::Ended;
use super::contents::Contents;
use super::meter::{Allowed, Meter};
use crate::limits::{ENTRIES, HEADER};

pub(super) fn read<R: Read>(input: R, contents: &mut Contents<'_, '_>) -> Result<(), Ended> {
    // The bytes of one header with its long names are limited, because they are held in memory.
    let left = Rc::new(Cell::new(HEADER));
    let mut archive = tar::Archive::new(Allowed { inner: input, left: left.clone() });
    let meter = Meter::of_size(u64::MAX);
    let mut entries = archive.entries().map_err(|error| refused(&error))?;
    let mut count = 0;
    loop {
        left.set(HEADER);
        let Some(entry) = entries.next() else { return Ok(()) };
        let entry = entry.map_err(|error| refused(&error))?;
        count += 1;
        if count > ENTRIES {
            return Err(Ended::Refused(format!("it holds more than {ENTRIES} files")));
        }
        left.set(u64::MAX);
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        // The bytes are counted here as well: a sparse file has more of them than the archive.
        let mut content = meter.unpacked(entry);
        if kind.is_file() || kind.is_contiguous() {
            contents.add(name.trim_start_matches("./"), &mut content)?;
        } else if kind.is_symlink() || kind.is_hard_link() {
            contents.pass_over(&name, "it is a link");
        } else if !kind.is_dir() && !kind.is_pax_global_extensions() {
            contents.pass_over(&name, "it is no ordinary file");
        }
        io::copy(&mut content, &mut io::sink()).map_err(|error| refused(&error))?;
        meter.check()?;
    }
}

fn refused(error: &io::Error) -> Ended {
    Ended::Refused(format!("it cannot be read as tar: {error}"))
}
