//! Reads coverage reports: Cobertura, JaCoCo, lcov, and Go's cover profiles. Only numbers leave this module: lines (in
//! Go: statements) and branches, in total and per folder.
//!
//! As with test reports, the format is recognized by the content and a report's own totals are not used. A line that
//! occurs several times in a file counts once and is covered if it is covered anywhere.

mod cobertura;
mod go_cover;
mod jacoco;
mod lcov;
mod tally;

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::detect::Start;
use crate::input::{self, Source};
use crate::read::State;
use tally::Tally;

/// Counts of lines and branches. For [`CoverageFormat::GoCover`] a line is a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub lines: u64,
    pub lines_covered: u64,
    /// 0: the report has no branches.
    pub branches: u64,
    pub branches_covered: u64,
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.lines_covered += other.lines_covered;
        self.branches += other.branches;
        self.branches_covered += other.branches_covered;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverageFormat {
    Cobertura,
    Jacoco,
    Lcov,
    GoCover,
}

impl CoverageFormat {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cobertura => "cobertura",
            Self::Jacoco => "jacoco",
            Self::Lcov => "lcov",
            Self::GoCover => "go-cover",
        }
    }

    fn of(start: &Start) -> Option<Self> {
        match start {
            Start::Xml(xml) => match xml.root.as_str() {
                "coverage" if xml.has_attribute("line-rate") || xml.holds("packages") => {
                    Some(Self::Cobertura)
                }
                "report" if ["package", "group", "sessioninfo"].iter().any(|name| xml.holds(name)) => {
                    Some(Self::Jacoco)
                }
                _ => None,
            },
            Start::Text(text) if text.starts_with("mode: ") => Some(Self::GoCover),
            Start::Text(text) if text.lines().take(50).any(|line| line.starts_with("SF:")) => {
                Some(Self::Lcov)
            }
            _ => None,
        }
    }
}

/// What a coverage report says.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// `None`: it is no coverage report.
    pub format: Option<CoverageFormat>,
    pub state: State,
    pub total: Totals,
    /// By the folder of the files, with `/` between its names; empty: files without a folder.
    pub folders: BTreeMap<String, Totals>,
    /// Number of files.
    pub files: u64,
    /// Notes for people, in sentences.
    pub notes: Vec<String>,
}

/// Whether a report that begins with these bytes is a coverage report.
pub fn is_coverage(prefix: &[u8]) -> bool {
    CoverageFormat::of(&Start::of(prefix)).is_some()
}

/// Reads a coverage report. A damaged report gives what could be read, and a note.
pub fn read<'a>(input: Box<dyn BufRead + 'a>) -> Coverage {
    let (prefix, source) = match input::open(input) {
        Ok(opened) => opened,
        Err(error) => return failed(None, format!("The report cannot be read: {error}.")),
    };
    let Some(format) = CoverageFormat::of(&Start::of(&prefix)) else {
        let note = "It is no coverage report of Cobertura, JaCoCo, lcov or Go.";
        return Coverage { state: State::NotAReport, ..failed(None, note.into()) };
    };
    let mut tally = Tally::default();
    let broken = read_as(format, source, &mut tally).err();
    let mut coverage = tally.into_coverage(format);
    if let Some(words) = broken {
        coverage.notes.push(format!("The report is damaged: {words}. What comes before that was read."));
        coverage.state = State::Malformed;
    }
    coverage
}

fn read_as(format: CoverageFormat, source: Source<'_>, tally: &mut Tally) -> Result<(), String> {
    match format {
        CoverageFormat::Cobertura => cobertura::read(source, tally),
        CoverageFormat::Jacoco => jacoco::read(source, tally),
        CoverageFormat::Lcov => lcov::read(source, tally),
        CoverageFormat::GoCover => go_cover::read(source, tally),
    }
}

fn failed(format: Option<CoverageFormat>, note: String) -> Coverage {
    Coverage {
        format,
        state: State::Malformed,
        total: Totals::default(),
        folders: BTreeMap::new(),
        files: 0,
        notes: vec![note],
    }
}
