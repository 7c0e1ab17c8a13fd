//! Coverage reports.

#![no_main]

use libfuzzer_sys::fuzz_target;
use testkeep_reports::coverage;

fuzz_target!(|bytes: &[u8]| {
    let read = coverage::read(Box::new(bytes));
    assert!(read.total.lines_covered <= read.total.lines);
});
