//! Reads test reports: bytes in, suites and test cases out, as a stream.
//!
//! Owns recognizing a report by its content ([`detect`]), one reader per format (`formats/`) and the counting rules that
//! all of them share ([`count`]). Pure: no files, no network, no database. A reader sees nothing but the bytes, so a
//! report can neither name a file to load nor grow in memory beyond the bounds of [`limits`].

mod count;
mod detect;
mod folder;
mod formats;
mod input;
mod json;
pub mod limits;
mod lines;
mod model;
mod node;
mod read;
mod text;
mod time;
mod xml;

pub use count::Counts;
pub use detect::{Format, Tried};
pub use folder::{FolderFile, is_result, read_folder};
pub use model::{Attachment, Attempt, Case, Event, Failure, Outcome, Properties, Step, Suite, Text};
pub use read::{Problem, Report, Sink, State, Stop, read};
