//! Refusals by pre-flight: exit code 2, a message with the reason, nothing changed.

mod answer_file;
mod destinations;
mod ports;
mod trust;
mod urls;

use crate::place::{Ended, Place};

/// Runs the installer, which must refuse with `error` (field and code) and change nothing.
fn refused(place: &Place, error: &str) -> Ended {
    let before = place.snapshot();
    let ended = place.install();
    assert_eq!((ended.code, ended.outcome()), (Some(2), "refused"), "{error}: {ended:#?}");
    assert_eq!(ended.errors(), [error], "{ended:#?}");
    assert!(ended.message().starts_with("Nothing was changed."), "{}", ended.message());
    place.assert_untouched(&before, error);
    ended
}
