//! Reads a run that is a folder of files: Allure 2 results, the JSON files of Katalon's reporters, a report folder of
//! Katalon Studio.
//!
//! The caller lists and opens the files; this crate must never open one. Files that belong to no such run are ignored.
//! The order of the files does not matter. Each kind collects its files and sends its run at the end.

mod allure;
mod choose;
mod four;
mod reporter;
mod studio;

use std::io::{BufRead, Read};

use crate::limits::PREFIX;
use crate::model::Event;
use crate::read::Report;
use crate::sink::Stop;

use allure::{AllureRun, is_allure};
pub use choose::{Use, choose};
pub(crate) use choose::{has_extension, is_junit, is_log};
use four::is_part;
use reporter::ReporterRun;
pub(crate) use studio::read_studio;

/// One file of a folder.
pub struct FolderFile<'a> {
    pub name: String,
    pub content: Box<dyn BufRead + 'a>,
}

/// Whether a file with this name may belong to a run that is a folder. The content of the files decides: a file that has
/// such a name by chance is ignored.
pub fn is_result(name: &str) -> bool {
    is_allure(name) || four::has_name(name) || is_log(name) || is_junit(name)
}

/// Reads the results among `files` and sends their cases, then their suites. If there are several kinds of results, the
/// first of Allure, Katalon's reporters, Katalon Studio is read; a note says so.
///
/// # Errors
/// [`Stop`] when `receive` returned it.
pub fn read_folder<'a>(
    files: impl Iterator<Item = FolderFile<'a>>,
    receive: &mut dyn FnMut(Event) -> Result<(), Stop>,
) -> Result<Report, Stop> {
    let mut runs = FolderRuns::default();
    let mut studio = Vec::new();
    for mut file in files.filter(|file| is_result(&file.name)) {
        if is_log(&file.name) || is_junit(&file.name) {
            studio.push(file);
            continue;
        }
        let mut prefix = Vec::new();
        // What cannot be read is seen again with the rest of the file.
        let _error = file.content.by_ref().take(PREFIX as u64).read_to_end(&mut prefix);
        runs.add(&file.name, &prefix, &mut prefix.as_slice().chain(file.content));
    }
    if studio.is_empty() || runs.is_found() {
        let is_mixed = !studio.is_empty();
        let mut report = runs.send(receive)?;
        if is_mixed {
            report.notes.push("The folder also has a report of Katalon Studio, which was not read.".into());
        }
        return Ok(report);
    }
    Ok(read_studio(studio, &mut |_name, event| receive(event))?.1)
}

/// The runs of one folder that are several files each, collected file by file.
#[derive(Default)]
pub(crate) struct FolderRuns {
    allure: AllureRun,
    reporter: ReporterRun,
}

impl FolderRuns {
    /// Adds a file if it belongs to one of the runs; `prefix` is its beginning, which `content` has as well. Returns
    /// whether it belongs to one.
    pub(crate) fn add(&mut self, name: &str, prefix: &[u8], content: &mut dyn Read) -> bool {
        if is_allure(name) {
            self.allure.add(name, content);
        } else if is_part(name, prefix) {
            self.reporter.add(name, content);
        } else {
            return false;
        }
        true
    }

    fn is_found(&self) -> bool {
        self.allure.is_found() || self.reporter.is_found()
    }

    /// The run of a folder that is expected to hold one.
    fn send(self, receive: &mut dyn FnMut(Event) -> Result<(), Stop>) -> Result<Report, Stop> {
        let (is_allure, is_both) =
            (self.allure.is_found(), self.allure.is_found() && self.reporter.is_found());
        if !is_allure && self.reporter.is_found() {
            return self.reporter.send(receive);
        }
        let mut report = self.allure.send(receive)?;
        if is_both {
            report
                .notes
                .push("The folder also has results of a Katalon reporter, which were not read.".into());
        }
        Ok(report)
    }

    /// All runs of the folder, each as a report of its own, and the number of files that are no results.
    pub(crate) fn send_all(
        self,
        receive: &mut dyn FnMut(Event) -> Result<(), Stop>,
    ) -> Result<(Vec<Report>, u64), Stop> {
        let mut reports = Vec::new();
        if self.allure.is_found() {
            reports.push(self.allure.send(receive)?);
        }
        let companions = if self.reporter.is_found() { 0 } else { self.reporter.files() };
        if self.reporter.is_found() {
            reports.push(self.reporter.send(receive)?);
        }
        Ok((reports, companions))
    }
}
