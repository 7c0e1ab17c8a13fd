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
/// Files of one archive.
pub const ENTRIES: usize = 100_000;
/// Bytes to which an archive may unpack.
pub const UNPACKED: u64 = 4 * 1024 * 1024 * 1024;
/// How many times its packed size an archive may unpack to. Reports repeat themselves, but bombs do by 1,000.
pub const RATIO: u64 = 300;
/// Unpacked bytes from which on [`RATIO`] holds.
pub const RATIO_FROM: u64 = 64 * 1024 * 1024;
/// Compressed bytes of the files of an archive that wait for its end.
pub const HELD: usize = 48 * 1024 * 1024;
/// Bytes that are read to find the directory of a zip archive.
pub const DIRECTORY: u64 = 64 * 1024 * 1024;
/// Bytes of one header of a tar archive with its long names.
pub const HEADER: u64 = 1024 * 1024;
/// Lines and branches of one coverage report.
pub const LINES: usize = 4_000_000;
