//! Uploads of test reports: finds the files, packs them, sends them, and keeps them on disk while the server is away.
//!
//! An upload is one request with one body, a report file or an archive of them. It has a token (idempotency key), so
//! that the server counts it once however often it is sent. Must never hold a whole report in memory.

mod about;
pub(crate) mod body;
mod ci;
mod files;
mod key;
mod pack;
mod send;
mod spool;

#[cfg(test)]
mod ci_tests;
#[cfg(test)]
mod files_tests;
#[cfg(test)]
mod pack_tests;
#[cfg(test)]
mod spool_tests;

pub use about::About;
pub use ci::{Ci, detect};
pub use files::{FilesError, Found, ReportFile, find};
pub use key::{KeyError, UploadKey};
pub use pack::{Packed, groups, pack};
pub use send::{NotSent, Receipt, Uploader};
pub use spool::{Kept, Spool};

use std::fs::File;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use testkeep_domain::ServerUrl;

/// What is sent with a body, and what the spool stores beside it. Contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadMeta {
    pub server: ServerUrl,
    /// The project's number or name.
    pub project: String,
    /// Name of the report file, relative and with slashes; of an archive, its own name.
    pub file: String,
    /// Number of files in the body.
    pub files: usize,
    /// Size of the body in bytes.
    pub bytes: u64,
    /// Whether the body is one file that was compressed for the way (`Content-Encoding: gzip`).
    pub compressed: bool,
    pub key: UploadKey,
    pub about: About,
}

/// One request that can be sent several times.
#[derive(Clone, Debug)]
pub struct Upload {
    pub meta: UploadMeta,
    /// The body, from the file's first byte to its last.
    pub body: Arc<File>,
}
