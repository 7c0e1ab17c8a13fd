//! Reads a file that a person named: a regular file, complete, with a limited size.
//!
//! The only module of this crate that opens files, because all other crates must read such files in the same way. Must
//! never read a pipe, a device or a folder: the reader could wait forever or fill its memory. The error names the kind.

use std::fmt;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::encoding::{self, NotText};

/// A limit in bytes for small files: certificates, keys, configuration and answer files.
pub const SMALL: usize = 1024 * 1024;

/// Why a file was not read.
#[derive(Debug)]
pub struct UserFileError {
    pub path: PathBuf,
    pub problem: UserFileProblem,
}

impl std::error::Error for UserFileError {}

impl UserFileError {
    pub fn is_missing(&self) -> bool {
        matches!(&self.problem, UserFileProblem::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// For callers whose other errors are [`io::Error`]s.
impl From<UserFileError> for io::Error {
    fn from(error: UserFileError) -> Self {
        match error.problem {
            UserFileProblem::Io(error) => error,
            _ => Self::new(io::ErrorKind::InvalidInput, error),
        }
    }
}

impl fmt::Display for UserFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            UserFileProblem::Io(error) => {
                write!(f, "Cannot read {path}: {error}. Check the path and your rights.")
            }
            problem => write!(f, "{path} {problem}"),
        }
    }
}

/// The problem; its text follows the path in a message.
#[derive(Debug, thiserror::Error)]
pub enum UserFileProblem {
    #[error("cannot be read: {0}.")]
    Io(#[from] io::Error),
    #[error("is {0}, not a file. Choose a file.")]
    NotAFile(&'static str),
    #[error("is larger than {} KiB, which no such file is. Choose another file.", .0 / 1024)]
    TooLarge(usize),
    #[error("is not a text file. {0}")]
    NotText(#[from] NotText),
}

/// Reads a file of at most `most` bytes.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, UserFileError> {
    read_inner(path, most).map_err(|problem| UserFileError { path: path.to_owned(), problem })
}

/// As [`read`], decoded to text. Accepts the usual encodings and line ends.
pub fn read_text(path: &Path, most: usize) -> Result<String, UserFileError> {
    let bytes = read(path, most)?;
    let text = encoding::decode(&bytes).map(|text| encoding::with_line_feeds(text).into_owned());
    text.map_err(|error| UserFileError { path: path.to_owned(), problem: error.into() })
}

/// Opens a regular file for reading.
pub fn open(path: &Path) -> Result<File, UserFileError> {
    open_inner(path).map_err(|problem| UserFileError { path: path.to_owned(), problem })
}

fn open_inner(path: &Path) -> Result<File, UserFileProblem> {
    // Checked before opening, because opening a device can have an effect.
    require_file(&std::fs::metadata(path)?)?;
    let file = open_at_once(path)?;
    // Checked again, because the file may have been replaced meanwhile.
    require_file(&file.metadata()?)?;
    Ok(file)
}

fn read_inner(path: &Path, most: usize) -> Result<Vec<u8>, UserFileProblem> {
    let file = open_inner(path)?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(UserFileProblem::TooLarge(most)) } else { Ok(bytes) }
}

fn require_file(metadata: &Metadata) -> Result<(), UserFileProblem> {
    let kind = metadata.file_type();
    if kind.is_file() { Ok(()) } else { Err(UserFileProblem::NotAFile(name(kind))) }
}

/// Opens the file without waiting for the other end of a pipe.
fn open_at_once(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(unix)]
fn name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match () {
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn name(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "a device" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_files_within_bounds_and_as_text() {
        let folder = std::env::temp_dir().join(format!("testkeep-user-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("f");
        std::fs::write(&path, b"\xff\xfea\0").unwrap();
        assert_eq!(read(&path, 4).unwrap(), b"\xff\xfea\0");
        assert_eq!(read_text(&path, 4).unwrap(), "a");
        std::fs::write(&path, "a\rb\r").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "a\nb\n");
        assert!(matches!(read(&path, 3).unwrap_err().problem, UserFileProblem::TooLarge(3)));
        let no_file = |path: &Path, name: &str| {
            let error = read(path, 9).unwrap_err();
            assert!(matches!(error.problem, UserFileProblem::NotAFile(found) if found == name), "{error}");
        };
        no_file(&folder, "a folder");
        #[cfg(unix)]
        {
            no_file(Path::new("/dev/zero"), "a device");
            let pipe = folder.join("pipe");
            rustix::fs::mknodat(
                rustix::fs::CWD,
                &pipe,
                rustix::fs::FileType::Fifo,
                rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
                0,
            )
            .unwrap();
            no_file(&pipe, "a pipe");
            std::os::unix::fs::symlink(&pipe, folder.join("link")).unwrap();
            no_file(&folder.join("link"), "a pipe");
            let socket = folder.join("socket");
            let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
            no_file(&socket, "a socket");
            let inside = read(&path.join("inside"), 9).unwrap_err();
            assert!(!inside.is_missing() && inside.to_string().contains("Cannot read"), "{inside}");
        }
        let missing = read(&folder.join("none"), 9).unwrap_err();
        assert!(missing.is_missing() && missing.to_string().contains("Cannot read"), "{missing}");
        assert!(!read(&folder, 9).unwrap_err().is_missing());
        assert!(read(&path, 3).unwrap_err().to_string().ends_with("Choose another file."));
        std::fs::write(&path, b"abc\0").unwrap();
        let error = read_text(&path, 4).unwrap_err();
        assert!(matches!(error.problem, UserFileProblem::NotText(NotText::ZeroByte { line: 1 })), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
