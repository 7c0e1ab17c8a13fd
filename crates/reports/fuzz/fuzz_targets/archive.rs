//! Archives: zip, tar, tar.gz, gz.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use testkeep_reports::{Packing, read_archive};

fuzz_target!(|bytes: &[u8]| {
    if let Some(packing) = Packing::of(bytes) {
        read_archive(Cursor::new(bytes), packing, &mut |_name, _event| Ok(())).expect("nobody stops it");
    }
});
