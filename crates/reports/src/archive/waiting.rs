//! Files of an archive that may tell the same run as others: reports of Katalon Studio and Cucumber.
//!
//! They wait until all names of the archive are seen. Then [`choose`] decides which of them count.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use super::contents::Contents;
use super::held::{Held, Kept, Room};
use super::{Content, Part};
use crate::detect::Start;
use crate::folder::{FolderFile, Use, choose, has_extension, is_junit, is_log, read_studio};
use crate::formats::cucumber;
use crate::sink::Stop;

#[derive(Default)]
pub(super) struct Waiting {
    files: BTreeMap<String, Held>,
    room: Room,
    /// Folders with a log that was read at once, because there was no room for it.
    read: BTreeSet<String>,
}

/// Whether the run of a file with this name depends on other files.
pub(super) fn is_studio(name: &str) -> bool {
    is_log(name) || is_junit(name)
}

/// Whether a report of Cucumber must wait: beside the log of Katalon Studio it does not count.
pub(super) fn is_cucumber(name: &str, prefix: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_below = lower.starts_with("cucumber") || lower.contains("/cucumber");
    let is_json = has_extension(name, "json");
    let is_named = is_below && lower.contains('/') && (is_json || has_extension(name, "xml"));
    is_named || is_json && cucumber::recognize(&Start::of(prefix)).is_ok()
}

impl Contents<'_, '_> {
    /// Keeps a file until the end, or reads it at once if there is no room.
    pub(super) fn wait(&mut self, name: String, content: &mut dyn Read) -> Result<(), Stop> {
        match self.waiting.room.keep(content) {
            Kept::Whole(held) => {
                self.waiting.files.insert(name, held);
                Ok(())
            }
            Kept::Part(held) => {
                if is_log(&name) {
                    self.waiting.read.insert(folder(&name).to_owned());
                }
                self.add_report(name, &mut held.content().chain(content))
            }
        }
    }

    /// Reads those of the files that count. All files of the archive have their names here now.
    pub(super) fn end_waiting(&mut self) -> Result<(), Stop> {
        let names: Vec<String> = self.names.iter().cloned().collect();
        let uses: BTreeMap<String, Use> = std::iter::zip(names.iter().cloned(), choose(&names)).collect();
        let mut runs: BTreeMap<String, Vec<FolderFile<'static>>> = BTreeMap::new();
        for (name, held) in std::mem::take(&mut self.waiting.files) {
            let is_read = self.waiting.read.contains(folder(&name)) && is_junit(&name);
            match uses.get(&name) {
                Some(Use::Counts | Use::Instead) if !is_read => {
                    let run = runs.entry(folder(&name).to_owned()).or_default();
                    run.push(FolderFile { name, content: held.content() });
                }
                Some(Use::Alone) | None => self.add_report(name, &mut held.content())?,
                _ => self.repeats(),
            }
        }
        runs.into_values().try_for_each(|files| self.add_studio(files))
    }

    fn repeats(&mut self) {
        self.others += 1;
        self.note(
            "Files that tell a run of Katalon Studio again were passed over, so that it counts once.".into(),
        );
    }

    fn add_studio(&mut self, files: Vec<FolderFile<'static>>) -> Result<(), Stop> {
        let logs = files.iter().filter(|file| is_log(&file.name)).count().max(1) as u64;
        let all = files.len() as u64;
        let receive = &mut *self.receive;
        let (name, report) = read_studio(files, &mut |name, event| receive(name, event))?;
        if report.format.is_none() {
            self.others += all;
            for note in report.notes {
                self.note(note);
            }
            return Ok(());
        }
        self.others += all - if is_log(&name) { logs } else { 1 };
        self.parts.push(Part { name, content: Content::Report(report) });
        Ok(())
    }
}

fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}
