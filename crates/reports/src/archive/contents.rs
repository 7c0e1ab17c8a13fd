//! The files of an archive, one after the other: reports, coverage, results of Allure folders, and others.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Cursor, Read};

use super::waiting::{Waiting, is_cucumber, is_studio};
use super::{Archive, Content, Packing, Part, Receive};
use crate::coverage;
use crate::folder::{FolderRuns, is_result};
use crate::limits::{NAME, NOTES, PREFIX};
use crate::read::{State, read};
use crate::sink::Stop;
use crate::text::cut;

pub(super) struct Contents<'c, 'r> {
    pub(super) receive: &'c mut Receive<'r>,
    pub(super) parts: Vec<Part>,
    /// Runs that are a folder of files, by the folder.
    folders: BTreeMap<String, FolderRuns>,
    /// Files whose use depends on other files.
    pub(super) waiting: Waiting,
    pub(super) names: BTreeSet<String>,
    pub(super) others: u64,
    notes: Vec<String>,
}

impl<'c, 'r> Contents<'c, 'r> {
    pub(super) fn new(receive: &'c mut Receive<'r>) -> Self {
        Self {
            receive,
            parts: Vec::new(),
            folders: BTreeMap::new(),
            waiting: Waiting::default(),
            names: BTreeSet::new(),
            others: 0,
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Passes over a file that must not be read; `why` ends the sentence.
    pub(super) fn pass_over(&mut self, name: &str, why: &str) {
        self.others += 1;
        self.note(format!("“{}” was passed over: {why}.", cut(name, 200)));
    }

    /// Reads one file. A name that leads out of the archive is refused, although nothing is ever written.
    pub(super) fn add(&mut self, name: &str, content: &mut dyn Read) -> Result<(), Stop> {
        let name = cut(&name.replace('\\', "/"), NAME);
        if leads_out(&name) {
            self.pass_over(&name, "its path leads out of the archive");
            return Ok(());
        }
        if !self.names.insert(name.clone()) {
            self.pass_over(&name, "the archive has another file with this name");
            return Ok(());
        }
        if is_studio(&name) {
            return self.wait(name, content);
        }
        let Some(prefix) = self.prefix(&name, content) else { return Ok(()) };
        let whole = &mut Cursor::new(&prefix).chain(content);
        if is_result(&name) {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
            if self.folders.entry(folder.to_owned()).or_default().add(file, &prefix, whole) {
                return Ok(());
            }
        }
        if is_cucumber(&name, &prefix) { self.wait(name, whole) } else { self.add_report(name, whole) }
    }

    /// The beginning of a file; `None`: it cannot be read.
    fn prefix(&mut self, name: &str, content: &mut dyn Read) -> Option<Vec<u8>> {
        let mut prefix = Vec::new();
        match Read::take(&mut *content, PREFIX as u64).read_to_end(&mut prefix) {
            Ok(_) => Some(prefix),
            Err(error) => {
                self.pass_over(name, &format!("it cannot be read: {error}"));
                None
            }
        }
    }

    pub(super) fn add_report(&mut self, name: String, content: &mut dyn Read) -> Result<(), Stop> {
        let Some(prefix) = self.prefix(&name, content) else { return Ok(()) };
        if Packing::of(&prefix).is_some() {
            self.pass_over(&name, "it is an archive within the archive; unpack it and send its reports");
            return Ok(());
        }
        let is_coverage = coverage::is_coverage(&prefix);
        let whole: Box<dyn BufRead + '_> = Box::new(BufReader::new(Cursor::new(prefix).chain(content)));
        let content = if is_coverage {
            Content::Coverage(coverage::read(whole))
        } else {
            let receive = &mut *self.receive;
            let report = read(whole, &mut |event| receive(&name, event))?;
            if report.format.is_none() {
                self.others += 1;
                return Ok(());
            }
            Content::Report(report)
        };
        self.parts.push(Part { name, content });
        Ok(())
    }

    /// Sends the folders of results. `refused`: the archive could not be read to its end, with the reason.
    pub(super) fn finish(mut self, packing: Packing, refused: Option<String>) -> Result<Archive, Stop> {
        for (name, folder) in std::mem::take(&mut self.folders) {
            let receive = &mut *self.receive;
            let (reports, others) = folder.send_all(&mut |event| receive(&name, event))?;
            self.others += others;
            let parts = reports.into_iter().map(Content::Report);
            self.parts.extend(parts.map(|content| Part { name: name.clone(), content }));
        }
        self.end_waiting()?;
        let Self { parts, others, mut notes, .. } = self;
        let state = match &refused {
            Some(_) => State::Malformed,
            None => state(&parts),
        };
        if let Some(words) = refused {
            notes.insert(0, format!("The archive was not read to its end: {words}."));
        }
        if parts.is_empty() && state == State::NotAReport {
            notes.push(format!("The archive holds no test report; {others} files are of no known format."));
        }
        Ok(Archive { packing, state, parts, others, notes })
    }
}

/// One damaged report makes the archive damaged; the others were read all the same.
fn state(parts: &[Part]) -> State {
    let states: Vec<State> = parts
        .iter()
        .map(|part| match &part.content {
            Content::Report(report) => report.state,
            Content::Coverage(coverage) => coverage.state,
        })
        .collect();
    let order = [State::Malformed, State::Ok, State::Empty];
    order.into_iter().find(|state| states.contains(state)).unwrap_or(State::NotAReport)
}

/// Absolute paths, drives and `..`.
fn leads_out(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with('/') || has_drive || name.contains('\0') || name.split('/').any(|part| part == "..")
}
