//! Executions: uploads, reading their results into the database, and deletion.
//!
//! Must never parse a report: the job `read_reports` does, and hands over rows.

pub(crate) mod clearing;
pub(crate) mod deletion;
pub(crate) mod media_type;
pub(crate) mod progress;
pub(crate) mod reading;
pub(crate) mod registration;
pub(crate) mod rows;
pub(crate) mod slots;
pub(crate) mod texts;
pub(crate) mod upload;
