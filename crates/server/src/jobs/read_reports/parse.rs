//! Parses the files of an execution on a thread of its own, and sends what it finds in batches.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use axum::body::Bytes;
use testkeep_reports::{Content, Event, Packing, Report, Stop, read, read_archive};
use tokio::sync::mpsc::Sender;

use super::case::{self, Converted};
use crate::ops::reports::rows::ResultRow;

/// Results of one batch, which is one transaction.
const ROWS: usize = 2000;
/// Bytes of packed texts of one batch.
const TEXTS: usize = 4 * 1024 * 1024;

/// One file of an execution.
pub(super) struct Input {
    pub id: i64,
    pub name: String,
    pub content: File,
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
}

#[derive(Default)]
pub(super) struct Batch {
    pub rows: Vec<ResultRow>,
    /// Packed texts. The places in `rows` begin at 0 in each batch.
    pub texts: Vec<u8>,
    pub run_errors: i64,
}

/// The end of a file.
pub(super) struct Finished {
    pub file_id: i64,
    /// Formats of the reports in the file; empty: it is no report.
    pub formats: Vec<&'static str>,
    /// Sentences for people, with the name of the file.
    pub notes: Vec<String>,
    pub started_at: Option<chrono::DateTime<chrono::Utc>>,
    pub milliseconds: i64,
}

/// Reads all files. Ends early when nobody receives any more.
pub(super) fn parse(inputs: Vec<Input>, sender: Sender<Part>) {
    let mut out = Out { sender, batch: Batch::default(), position: 0, started_at: None, milliseconds: 0 };
    for input in inputs {
        if out.parse_file(input).is_err() {
            return;
        }
    }
    let _nobody_receives = out.flush();
}

struct Out {
    sender: Sender<Part>,
    batch: Batch,
    /// Number of results so far.
    position: u64,
    started_at: Option<chrono::DateTime<chrono::Utc>>,
    milliseconds: i64,
}

impl Out {
    fn parse_file(&mut self, input: Input) -> Result<(), Stop> {
        let Input { id, name, mut content } = input;
        let (formats, notes) = match packing(&mut content) {
            Err(error) => (Vec::new(), vec![format!("It cannot be read: {error}.")]),
            Ok(Some(packing)) => {
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
            Ok(None) => {
                let report = read(Box::new(BufReader::new(content)), &mut |event| self.receive(event))?;
                (format_of(&report).into_iter().collect(), report.notes)
            }
        };
        self.flush()?;
        let notes = notes.into_iter().map(|note| format!("{name}: {note}")).collect();
        let (started_at, milliseconds) = (self.started_at.take(), std::mem::take(&mut self.milliseconds));
        self.send(Part::Report(Finished { file_id: id, formats, notes, started_at, milliseconds }))
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

    fn note_start(&mut self, at: Option<chrono::DateTime<chrono::Utc>>) {
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

fn packing(file: &mut File) -> std::io::Result<Option<Packing>> {
    let mut prefix = Vec::new();
    file.by_ref().take(512).read_to_end(&mut prefix)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(Packing::of(&prefix))
}
