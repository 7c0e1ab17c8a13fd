//! Packs report files into the body of an upload: one file compressed, several as one compressed archive.
//!
//! The body is a temporary file without a name, so that it is gone when the program ends in any way. Everything is
//! streamed. Must never read a pipe or a device.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use testkeep_domain::user_file;
use testkeep_reports::Packing;

use super::ReportFile;

pub(super) const ARCHIVE: &str = "reports.tar.gz";
/// Enough to recognize an archive.
const PREFIX: u64 = 512;

/// A body, and what the token of the upload is made of.
#[derive(Clone, Debug)]
pub struct Packed {
    pub body: Arc<File>,
    /// Size of the body in bytes.
    pub bytes: u64,
    pub name: String,
    pub files: usize,
    /// Whether the body is one file that was compressed here.
    pub compressed: bool,
    /// SHA-256 of names and contents of the files.
    pub content: String,
    /// When the files were last written.
    pub written: String,
}

/// Divides files into those of one upload each. If all are archives, each is an upload, because the server reads no
/// archive within an archive. Otherwise an archive among reports is an attachment, as traces of browsers are.
pub fn groups(files: Vec<ReportFile>) -> io::Result<Vec<Vec<ReportFile>>> {
    for file in &files {
        if !is_archive(file)? {
            return Ok(vec![files]);
        }
    }
    Ok(files.into_iter().map(|file| vec![file]).collect())
}

fn is_archive(file: &ReportFile) -> io::Result<bool> {
    let mut prefix = Vec::new();
    open(file)?.take(PREFIX).read_to_end(&mut prefix).map_err(|error| naming(file, &error))?;
    Ok(Packing::of(&prefix).is_some())
}

fn open(file: &ReportFile) -> io::Result<File> {
    user_file::open(&file.path).map_err(|error| naming(file, &error.into()))
}

fn naming(file: &ReportFile, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", file.path.display()))
}

/// `as_archive`: also a single file becomes an archive, because it is from a folder.
pub fn pack(files: &[ReportFile], as_archive: bool) -> io::Result<Packed> {
    let mut inputs = Inputs::default();
    let (body, name, compressed) = match files {
        [file] if is_archive(file)? => (copied(file, &mut inputs)?, file.name.clone(), false),
        [file] if !as_archive => (gzipped(file, &mut inputs)?, file.name.clone(), true),
        _ => (archived(files, &mut inputs)?, ARCHIVE.to_owned(), false),
    };
    Ok(Packed {
        bytes: body.metadata()?.len(),
        body: Arc::new(body),
        name,
        files: files.len(),
        compressed,
        content: hex::encode(inputs.content.finalize()),
        written: hex::encode(inputs.written.finalize()),
    })
}

fn copied(file: &ReportFile, inputs: &mut Inputs) -> io::Result<File> {
    let mut body = tempfile::tempfile()?;
    io::copy(&mut inputs.open(file)?, &mut body)?;
    Ok(body)
}

fn gzipped(file: &ReportFile, inputs: &mut Inputs) -> io::Result<File> {
    let mut body = GzEncoder::new(tempfile::tempfile()?, Compression::default());
    io::copy(&mut inputs.open(file)?, &mut body)?;
    body.finish()
}

fn archived(files: &[ReportFile], inputs: &mut Inputs) -> io::Result<File> {
    let body = GzEncoder::new(tempfile::tempfile()?, Compression::default());
    let mut archive = tar::Builder::new(body);
    for file in files {
        let mut input = inputs.open(file)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(input.left);
        header.set_mode(0o644);
        header.set_mtime(u64::try_from(input.written.timestamp()).unwrap_or_default());
        archive.append_data(&mut header, &file.name, &mut input)?;
    }
    archive.into_inner()?.finish()
}

/// Hashes all that is read.
#[derive(Default)]
struct Inputs {
    content: Sha256,
    written: Sha256,
}

impl Inputs {
    fn open(&mut self, file: &ReportFile) -> io::Result<Input<'_>> {
        let opened = open(file)?;
        let metadata = opened.metadata()?;
        let left = metadata.len();
        let written = metadata.modified().map(DateTime::<Utc>::from)?;
        self.written.update(written.timestamp_micros().to_le_bytes());
        // Lengths keep neighbors apart.
        for length in [file.name.len() as u64, left] {
            self.content.update(length.to_le_bytes());
        }
        self.content.update(&file.name);
        Ok(Input { file: opened, left, written, hash: &mut self.content })
    }
}

/// Exactly as many bytes as the file had when it was opened: an archive states the size before the content.
struct Input<'h> {
    file: File,
    left: u64,
    written: DateTime<Utc>,
    hash: &'h mut Sha256,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = (&mut self.file).take(self.left).read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::other("a report became shorter while it was read"));
        }
        self.left -= read as u64;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

/// For the spool.
pub(super) fn copy_body(mut body: &File, to: &mut impl Write) -> io::Result<u64> {
    io::Seek::rewind(&mut body)?;
    io::copy(&mut body, to)
}
