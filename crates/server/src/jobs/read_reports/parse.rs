//! Parses the files of an execution on a thread of its own, and sends what it finds in batches.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use testkeep_reports::{
    Content, Event, FolderFile, Packing, Report, RunDetails, State, Stop, Use, choose, read, read_archive,
    read_folder,
};
use tokio::sync::mpsc::Sender;

use super::case::{self, Converted};
use crate::ops::reports::rows::ResultRow;

/// Results of one batch, which is one transaction.
const ROWS: usize = 2000;
/// Bytes of packed texts of one batch.
const TEXTS: usize = 4 * 1024 * 1024;
/// Bytes of a small file that are read.
const SMALL: u64 = 1024 * 1024;

/// One file of an execution.
pub(super) struct Input {
    pub id: i64,
    pub name: String,
    pub path: PathBuf,
}

/// What the thread sends.
pub(super) enum Part {
    Batch(Batch),
    /// A file that was inside a report.
    Embedded {
        name: String,
        media_type: &'static str,
        content: Bytes,
    },
    Report(Finished),
    /// What the small files of a run say about it.
    Details(Box<RunDetails>),
}

#[derive(Default)]
pub(super) struct Batch {
    pub rows: Vec<ResultRow>,
    /// Packed texts. The places in `rows` begin at 0 in each batch.
    pub texts: Vec<u8>,
    pub run_errors: i64,
}

/// The end of a file, or of files that are one run.
#[derive(Default)]
pub(super) struct Finished {
    pub files: Vec<i64>,
    /// Formats of the reports in the files; empty: they are no report.
    pub formats: Vec<&'static str>,
    /// Sentences for people, with the name of the file.
    pub notes: Vec<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub milliseconds: i64,
}

/// Reads all files. Ends early when the receiver is closed, because the reading was replaced.
pub(super) fn parse(inputs: Vec<Input>, sender: Sender<Part>) {
    let mut out = Out { sender, batch: Batch::default(), position: 0, started_at: None, milliseconds: 0 };
    let _receiver_closed = out.parse_all(inputs);
}

struct Out {
    sender: Sender<Part>,
    batch: Batch,
    /// Number of results so far.
    position: u64,
    started_at: Option<DateTime<Utc>>,
    milliseconds: i64,
}

impl Out {
    fn parse_all(&mut self, inputs: Vec<Input>) -> Result<(), Stop> {
        let small: Vec<(String, Vec<u8>)> = inputs.iter().filter_map(small_file).collect();
        let details = RunDetails::read(small.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        self.send(Part::Details(Box::new(details)))?;
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        let uses = choose(&names);
        let mut runs: BTreeMap<String, Vec<Input>> = BTreeMap::new();
        for (input, use_of) in inputs.into_iter().zip(uses) {
            match use_of {
                Use::Alone => self.parse_file(input)?,
                Use::Counts | Use::Instead => runs.entry(folder_of(&input.name)).or_default().push(input),
                Use::Repeats => {}
            }
        }
        runs.into_values().try_for_each(|files| self.parse_folder(files))
    }

    /// Reads files of one folder that are one run together. If they are none, each is read alone.
    fn parse_folder(&mut self, files: Vec<Input>) -> Result<(), Stop> {
        let opened = files.iter().map(|file| FolderFile {
            name: file.name.clone(),
            content: Box::new(BufReader::new(Later::new(file.path.clone()))),
        });
        let report = read_folder(opened, &mut |event| self.receive(event))?;
        if report.state == State::NotAReport {
            return files.into_iter().try_for_each(|file| self.parse_file(file));
        }
        let ids = files.iter().map(|file| file.id).collect();
        self.finish(ids, format_of(&report).into_iter().collect(), report.notes)
    }

    fn parse_file(&mut self, input: Input) -> Result<(), Stop> {
        let Input { id, name, path } = input;
        let (formats, notes) = match open(&path) {
            Err(error) => (Vec::new(), vec![format!("It cannot be read: {error}.")]),
            Ok((content, Some(packing))) => {
                let archive = read_archive(content, packing, &mut |_, event| self.receive(event))?;
                let reports = archive.parts.iter().filter_map(|part| match &part.content {
                    Content::Report(report) => Some((part.name.as_str(), report)),
                    Content::Coverage(_) => None,
                });
                let (mut formats, mut notes) = (Vec::new(), archive.notes.clone());
                for (inside, report) in reports {
                    formats.extend(format_of(report));
                    notes.extend(report.notes.iter().map(|note| format!("{inside}: {note}")));
                }
                (formats, notes)
            }
            Ok((content, None)) => {
                let report = read(Box::new(BufReader::new(content)), &mut |event| self.receive(event))?;
                (format_of(&report).into_iter().collect(), report.notes)
            }
        };
        let notes = notes.into_iter().map(|note| format!("{name}: {note}")).collect();
        self.finish(vec![id], formats, notes)
    }

    fn finish(
        &mut self,
        files: Vec<i64>,
        formats: Vec<&'static str>,
        notes: Vec<String>,
    ) -> Result<(), Stop> {
        self.flush()?;
        let (started_at, milliseconds) = (self.started_at.take(), std::mem::take(&mut self.milliseconds));
        self.send(Part::Report(Finished { files, formats, notes, started_at, milliseconds }))
    }

    fn receive(&mut self, event: Event) -> Result<(), Stop> {
        match event {
            Event::RunError(_) => self.batch.run_errors += 1,
            Event::Suite(suite) => self.note_start(case::utc(suite.started_at)),
            Event::Case(test) => {
                self.note_start(case::utc(test.started_at));
                let Converted { row, texts, embedded } = case::convert(*test, self.position);
                self.position += 1;
                self.milliseconds = self.milliseconds.saturating_add(row.duration_ms.unwrap_or(0));
                for (name, media_type, content) in embedded {
                    self.send(Part::Embedded { name, media_type, content: content.into() })?;
                }
                self.add(row, &texts);
            }
        }
        if self.batch.rows.len() >= ROWS || self.batch.texts.len() >= TEXTS { self.flush() } else { Ok(()) }
    }

    fn add(&mut self, mut row: ResultRow, texts: &[u8]) {
        row.text_at = i64::try_from(self.batch.texts.len()).unwrap_or(i64::MAX);
        row.text_size = i64::try_from(texts.len()).unwrap_or(i64::MAX);
        self.batch.texts.extend_from_slice(texts);
        self.batch.rows.push(row);
    }

    fn note_start(&mut self, at: Option<DateTime<Utc>>) {
        if let Some(at) = at {
            self.started_at = Some(self.started_at.map_or(at, |first| first.min(at)));
        }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        if self.batch.rows.is_empty() && self.batch.run_errors == 0 {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.send(Part::Batch(batch))
    }

    fn send(&mut self, part: Part) -> Result<(), Stop> {
        self.sender.blocking_send(part).map_err(|_| Stop)
    }
}

fn format_of(report: &Report) -> Option<&'static str> {
    report.format.map(testkeep_reports::Format::as_str)
}

fn open(path: &Path) -> io::Result<(File, Option<Packing>)> {
    let mut file = File::open(path)?;
    let mut prefix = Vec::new();
    file.by_ref().take(512).read_to_end(&mut prefix)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((file, Packing::of(&prefix)))
}

/// A file that is opened when its first byte is read: a run may have more files than a program may open.
struct Later {
    path: PathBuf,
    file: Option<File>,
}

impl Later {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }
}

impl Read for Later {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.read(buffer),
            none => none.insert(File::open(&self.path)?).read(buffer),
        }
    }
}

/// The content of a small file that says something about the run.
fn small_file(input: &Input) -> Option<(String, Vec<u8>)> {
    if !RunDetails::uses(&input.name) {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(&input.path).ok()?.take(SMALL).read_to_end(&mut bytes).ok()?;
    Some((input.name.clone(), bytes))
}

fn folder_of(name: &str) -> String {
    name.rsplit_once(['/', '\\']).map(|(folder, _)| folder.to_owned()).unwrap_or_default()
}
