//! Which files of an upload or archive count, by their names.
//!
//! In a report folder of Katalon Studio the log, `JUnit_Report.xml`, `JSON_Report.json`, the CSV file and the JSON of
//! Cucumber tell the same run, and it must be counted once.

use std::collections::BTreeSet;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// Read it with the files of the same folder that have this use or [`Use::Instead`]: they are one run, for
    /// `read_folder`. If that finds no report there, each of them is read alone.
    Counts,
    /// Read it only if the files of its folder that count have no case. `read_folder` does so itself.
    Instead,
    /// It tells again what other files tell. Never read it; keep it as a file of the run.
    Repeats,
    /// It belongs to no folder of results: its content decides.
    Alone,
}

/// The use of each file, in the order of `files`: paths with `/` or `\`, of one upload or archive.
///
/// In each folder the log counts, and `JUnit_Report.xml` only without a readable log. A collection of suites (its folder
/// has a file `*.rp`) repeats what the folders of its suites tell.
pub fn choose<S: AsRef<str>>(files: &[S]) -> Vec<Use> {
    let names: Vec<String> = files.iter().map(|file| file.as_ref().replace('\\', "/")).collect();
    let folders = |is: fn(&str) -> bool| {
        names.iter().map(|name| split(name)).filter(|(_, file)| is(file)).map(|(folder, _)| folder).collect()
    };
    let chooser = Chooser {
        logs: folders(is_log),
        junit: folders(is_junit),
        collections: folders(|name| has_extension(name, "rp")),
    };
    names.iter().map(|name| chooser.of(name)).collect()
}

/// The folders that have a file of each kind.
struct Chooser<'n> {
    logs: BTreeSet<&'n str>,
    junit: BTreeSet<&'n str>,
    collections: BTreeSet<&'n str>,
}

impl Chooser<'_> {
    fn of(&self, name: &str) -> Use {
        let (folder, file) = split(name);
        let is_collection = !self.logs.contains(folder) && self.collections.contains(folder);
        if is_log(file) || is_own(file) {
            Use::Counts
        } else if is_junit(file) {
            match (self.logs.contains(folder), is_collection && !self.logs.is_empty()) {
                (true, _) => Use::Instead,
                (false, true) => Use::Repeats,
                (false, false) => Use::Counts,
            }
        } else if self.repeats(folder, file) {
            Use::Repeats
        } else {
            Use::Alone
        }
    }

    /// Files beside the log or JUnit report, and in the folder of Cucumber's reports below them.
    fn repeats(&self, folder: &str, file: &str) -> bool {
        let is_run = |folder: &str| self.logs.contains(folder) || self.junit.contains(folder);
        if is_run(folder) {
            return has_extension(file, "csv") || has_extension(file, "json");
        }
        let mut above = folder.match_indices('/').map(|(at, _)| (&folder[..at], &folder[at + 1..]));
        let is_below = folder_of_cucumber(folder) && is_run("")
            || above.any(|(outer, inner)| folder_of_cucumber(inner) && is_run(outer));
        is_below && (has_extension(file, "json") || has_extension(file, "xml"))
    }
}

/// A file of another run that is a folder.
fn is_own(file: &str) -> bool {
    super::is_allure(file) || super::four::has_name(file)
}

fn folder_of_cucumber(name: &str) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("cucumber"))
}

/// `execution0.log`, `execution1.log`, …
pub(crate) fn is_log(name: &str) -> bool {
    let number = split(name).1.strip_prefix("execution").and_then(|rest| rest.strip_suffix(".log"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(crate) fn is_junit(name: &str) -> bool {
    split(name).1 == "JUnit_Report.xml"
}

pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, known)| known.eq_ignore_ascii_case(extension))
}

/// The folder and the name of a file.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rfind(['/', '\\']).map_or(("", path), |at| (&path[..at], &path[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::Use::{Alone, Counts, Instead, Repeats};
    use super::*;

    #[test]
    fn the_log_counts_and_the_rest_repeats_it() {
        let files = [
            ("r/1/execution0.log", Counts),
            ("r/1/execution1.log", Counts),
            ("r/1/JUnit_Report.xml", Instead),
            ("r/1/JSON_Report.json", Repeats),
            ("r/1/20261128_100000.csv", Repeats),
            ("r/1/cucumber.json", Repeats),
            ("r/1/cucumber_report/1795/k.json", Repeats),
            ("r/1/cucumber_report/k.xml", Repeats),
            ("r/1/1795.png", Alone),
            ("r/1/execution.properties", Alone),
            ("r/2/JUnit_Report.xml", Counts),
            ("r/2/a.csv", Repeats),
            ("r/3/cucumber.json", Alone),
            ("r/3/a.csv", Alone),
            ("r/JUnit_Report.xml", Repeats),
            ("r/20261128_100000.rp", Alone),
            ("r/execution.log", Alone),
            ("r/4/results.json", Counts),
            ("r/4/a-result.json", Counts),
            ("r/4/TEST-a.xml", Alone),
        ];
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let uses: Vec<(&str, Use)> = names.iter().copied().zip(choose(&names)).collect();
        assert_eq!(uses, files);
    }

    #[test]
    fn a_folder_without_names_above_it_and_with_backslashes() {
        let files = ["execution0.log", "JUnit_Report.xml", "cucumber\\a.json", "x\\a.json"];
        assert_eq!(choose(&files), [Counts, Instead, Repeats, Alone]);
        let windows = ["s\\1\\execution0.log", "s/1/JUnit_Report.xml"];
        assert_eq!(choose(&windows), [Counts, Instead]);
        assert!(choose::<&str>(&[]).is_empty());
    }
}
