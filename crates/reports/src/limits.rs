//! The bounds that every reader keeps, whatever a report holds.

/// Bytes of one token: a tag with its attributes, or one run of text. Longer ones end the reading with a problem.
pub const TOKEN: usize = 32 * 1024 * 1024;
/// Elements or JSON values inside each other.
pub const DEPTH: usize = 256;
/// Bytes that are kept of one long text, such as the output of a test case: the first part and the last.
pub const TEXT_HEAD: usize = 768 * 1024;
/// See [`TEXT_HEAD`].
pub const TEXT_TAIL: usize = 256 * 1024;
/// Bytes of a name, a class, a path.
pub const NAME: usize = 4 * 1024;
/// Steps, attachments, properties, attempts or failures of one test case.
pub const LIST: usize = 10_000;
/// Notes of one report.
pub const NOTES: usize = 50;
/// Bytes at the start of a report by which its format is recognized.
pub const PREFIX: usize = 64 * 1024;
