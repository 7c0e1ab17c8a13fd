//! Collects the lines of all files and adds them up. Lines that occur again are joined.

use std::collections::BTreeMap;

use super::{Coverage, CoverageFormat, Totals};
use crate::limits::{LINES, LIST, NAME};
use crate::read::State;
use crate::text::cut;

/// A line, a branch of a line, or a block of statements.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item {
    /// What makes it the same item again, within its file.
    pub(super) key: u64,
    /// How many lines or statements it stands for.
    pub(super) lines: u32,
    pub(super) is_covered: bool,
    pub(super) branches: u32,
    pub(super) branches_covered: u32,
}

#[derive(Default)]
pub(super) struct Tally {
    files: BTreeMap<String, Vec<Item>>,
    count: usize,
}

impl Tally {
    /// Begins a file, or goes on with it.
    pub(super) fn file(&mut self, path: &str) -> String {
        let path = cut(&path.trim().replace('\\', "/"), NAME);
        self.files.entry(path.clone()).or_default();
        path
    }

    /// # Errors
    /// The report has too many lines.
    pub(super) fn add(&mut self, path: &str, item: Item) -> Result<(), String> {
        self.count += 1;
        if self.count > LINES {
            return Err(format!("it holds more than {LINES} lines"));
        }
        if let Some(items) = self.files.get_mut(path) {
            items.push(item);
        }
        Ok(())
    }

    pub(super) fn into_coverage(self, format: CoverageFormat) -> Coverage {
        let files = self.files.len() as u64;
        let (mut total, mut folders, mut notes) = (Totals::default(), BTreeMap::new(), Vec::new());
        for (path, items) in self.files {
            let sum = sum(items);
            total.add(sum);
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if folders.len() < LIST || folders.contains_key(folder) {
                folders.entry(folder.to_owned()).or_insert_with(Totals::default).add(sum);
            } else if notes.is_empty() {
                notes.push(format!("It has more than {LIST} folders; the others count only in the total."));
            }
        }
        let state = if total.lines == 0 { State::Empty } else { State::Ok };
        Coverage { format: Some(format), state, total, folders, files, notes }
    }
}

fn sum(mut items: Vec<Item>) -> Totals {
    items.sort_unstable_by_key(|item| item.key);
    let mut totals = Totals::default();
    for same in items.chunk_by(|left, right| left.key == right.key) {
        let most = |value: fn(&Item) -> u32| u64::from(same.iter().map(value).max().unwrap_or_default());
        let lines = most(|item| item.lines);
        let is_covered = same.iter().any(|item| item.is_covered);
        totals.add(Totals {
            lines,
            lines_covered: if is_covered { lines } else { 0 },
            branches: most(|item| item.branches),
            branches_covered: most(|item| item.branches_covered),
        });
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_occurs_again_counts_once() {
        let mut tally = Tally::default();
        let path = tally.file(r"src\a.rs");
        for is_covered in [false, true] {
            let item =
                Item { key: 7, lines: 1, is_covered, branches: 2, branches_covered: u32::from(is_covered) };
            tally.add(&path, item).unwrap();
        }
        let coverage = tally.into_coverage(CoverageFormat::Lcov);
        let expected = Totals { lines: 1, lines_covered: 1, branches: 2, branches_covered: 1 };
        assert_eq!((coverage.total, coverage.folders["src"]), (expected, expected));
    }
}
