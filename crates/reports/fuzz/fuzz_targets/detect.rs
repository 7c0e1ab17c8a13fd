//! Detection by content, and the reader that it chooses.

#![no_main]

use libfuzzer_sys::fuzz_target;
use testkeep_reports::{Format, read};

fuzz_target!(|bytes: &[u8]| {
    let report = read(Box::new(bytes), &mut |_event| Ok(())).expect("nobody stops it");
    // An unknown report is explained for every format.
    assert!(report.format.is_some() || report.tried.len() == Format::ALL.len());
});
