//! One small report per format, in the folder `samples`; a file's name is the word of its format. They have what the
//! format has: times, places, failures, output, parameters, tags, attachments.

use std::path::Path;

/// The bytes of the sample of a format.
pub(crate) fn of(format: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    std::fs::read(folder.join(format))
        .unwrap_or_else(|error| panic!("there is no sample of {format}: {error}"))
}
