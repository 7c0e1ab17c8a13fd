//! Writes cases in formats that other programs read, JUnit XML, CTRF, JSON and CSV, and as one HTML page for people. What is written as JUnit or CTRF, this
//! crate reads back equal, as far as the format has a place for it (docs/formats.md).
//!
//! Must stay pure: cases in, bytes out.

mod csv;
mod ctrf;
mod html;
mod json;
mod junit;

pub use csv::write_csv;
pub use ctrf::write_ctrf;
pub use html::write_html;
pub use json::write_json;
pub use junit::write_junit;

use chrono::SecondsFormat;

use crate::model::Moment;

/// A time as in RFC 3339; a time of an unknown zone has none.
fn moment(moment: Moment) -> String {
    match moment {
        Moment::Utc(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Moment::Local(time) => time.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
    }
}
