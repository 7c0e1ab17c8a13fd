//! Reads test reports: bytes in, suites and test cases out, as a stream.
//!
//! Owns the recognition of a report by its content ([`detect`]), one reader per format (`formats/`) and the counting
//! rules that all formats share ([`count`]). Must never use files, the network or a database: a reader gets only bytes,
//! so a report cannot make it load a file. Memory must stay within [`limits`].

mod archive;
mod count;
pub mod coverage;
mod details;
mod detect;
pub mod export;
mod folder;
mod formats;
mod input;
mod json;
pub mod limits;
mod lines;
mod model;
mod read;
mod redact;
mod sink;
mod text;
mod time;
mod xml;

pub use archive::{Archive, Content, Packing, Part, Receive, read_archive};
pub use count::Counts;
pub use details::RunDetails;
pub use detect::{Format, Tried};
pub use folder::{FolderFile, Use, choose, is_result, read_folder};
pub use model::{Attachment, Attempt, Case, Event, Failure, Moment, Outcome, Properties, Step, Suite, Text};
pub use read::{Report, State, read, read_as};
pub use redact::{redact, redact_urls};
pub use sink::{Problem, Sink, Stop};
