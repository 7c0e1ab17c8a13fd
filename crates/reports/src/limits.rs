//! The limits of every reader, for any content of a report.

/// Bytes of one token: a tag with its attributes, or one run of text. A longer token ends the reading with a problem.
pub const TOKEN: usize = 32 * 1024 * 1024;
/// Nesting depth of elements or JSON values.
pub const DEPTH: usize = 256;
/// Bytes that are kept from the beginning of one long text, for example the output of a test case.
pub const TEXT_HEAD: usize = 768 * 1024;
/// Bytes that are kept from the end of one long text.
pub const TEXT_TAIL: usize = 256 * 1024;
/// Bytes of a name, a class or a path.
pub const NAME: usize = 4 * 1024;
/// Steps, attachments, properties, attempts or failures of one test case.
pub const LIST: usize = 10_000;
/// Notes of one report.
pub const NOTES: usize = 50;
/// Bytes at the start of a report by which its format is recognized.
pub const PREFIX: usize = 64 * 1024;
