//! CSV for spreadsheets: a line for each case, with the names of the columns first.

use std::io::{self, Write};

use super::moment;
use crate::model::Case;

const COLUMNS: [&str; 13] = [
    "suite",
    "class",
    "name",
    "parameters",
    "outcome",
    "flaky",
    "attempts",
    "started at",
    "seconds",
    "message",
    "file",
    "line",
    "properties",
];

/// Writes all cases, in UTF-8 with a byte order mark. No cell begins a formula (CWE-1236).
///
/// # Errors
/// `out` cannot be written.
pub fn write_csv(cases: &[Case], out: &mut dyn Write) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    write_line(out, &COLUMNS.map(str::to_owned))?;
    cases.iter().try_for_each(|case| write_line(out, &cells(case)))
}

fn cells(case: &Case) -> [String; 13] {
    let joined = |pairs: &crate::Properties| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    };
    let message = case.failures.first().and_then(|failure| failure.message.clone());
    [
        case.suite.join(" > "),
        case.class.clone().unwrap_or_default(),
        case.name.clone(),
        joined(&case.parameters),
        case.outcome.as_str().to_owned(),
        case.flaky.to_string(),
        (case.attempts.len() + 1).to_string(),
        case.started_at.map(moment).unwrap_or_default(),
        case.seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
        message.unwrap_or_default(),
        case.file.clone().unwrap_or_default(),
        case.line.map(|line| line.to_string()).unwrap_or_default(),
        joined(&case.properties),
    ]
}

fn write_line(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    write!(out, "{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    let cell = text_only(cell);
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// A leading apostrophe makes spreadsheets treat a cell as text. A spreadsheet of another locale splits the line at
/// other characters, so each part that could become a cell is guarded.
fn text_only(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    for part in cell.split_inclusive([';', ',', '\t', '\n', '\r']) {
        if part.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠']) {
            text.push('\'');
        }
        text.push_str(part);
    }
    text
}
