//! One reader at a time, whatever the bytes look like. `TESTKEEP_FUZZ_FORMAT` names its format; without it the first
//! byte chooses one.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use testkeep_reports::{Format, read_as};

/// The format that was asked for.
fn asked() -> Option<Format> {
    static ASKED: OnceLock<Option<Format>> = OnceLock::new();
    *ASKED.get_or_init(|| {
        let word = std::env::var("TESTKEEP_FUZZ_FORMAT").ok()?;
        let known = Format::ALL.iter().find(|format| format.as_str() == word);
        Some(*known.unwrap_or_else(|| panic!("there is no format {word}")))
    })
}

fuzz_target!(|bytes: &[u8]| {
    let (format, bytes) = match (asked(), bytes) {
        (Some(format), bytes) => (format, bytes),
        (None, [first, rest @ ..]) => (Format::ALL[usize::from(*first) % Format::ALL.len()], rest),
        (None, []) => return,
    };
    let report = read_as(format, Box::new(bytes), &mut |_event| Ok(())).expect("nobody stops it");
    let counts = report.counts;
    let sum = counts.passed + counts.failed + counts.errored + counts.skipped + counts.other;
    assert_eq!(counts.cases, sum);
});
