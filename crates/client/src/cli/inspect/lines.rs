//! The lines that `testkeep report inspect` prints, as JSON objects and in words.

use std::path::Path;

use serde_json::{Map, Value, json};
use testkeep_reports::coverage::{Coverage, CoverageFormat, Totals};
use testkeep_reports::{Archive, Content, Counts, Format, Report};

/// A report. `inside`: its path inside the archive `file`.
pub(super) fn of_report(file: &Path, inside: Option<&str>, report: &Report) -> Value {
    let mut notes = report.notes.clone();
    if report.format.is_none() {
        notes.extend(
            report.tried.iter().map(|tried| format!("Not {}: {}.", tried.format.as_str(), tried.reason)),
        );
    }
    let mut line = begun(file, inside);
    line.insert("format".into(), json!(report.format.map(Format::as_str)));
    line.insert("dialect".into(), json!(report.dialect));
    line.insert("state".into(), json!(report.state.as_str()));
    add_counts(&mut line, report.counts);
    line.insert("notes".into(), json!(notes));
    Value::Object(line)
}

/// A coverage report, with its totals and those of each folder.
pub(super) fn of_coverage(file: &Path, inside: Option<&str>, coverage: &Coverage) -> Value {
    let mut line = begun(file, inside);
    line.insert("format".into(), json!(coverage.format.map(CoverageFormat::as_str)));
    line.insert("state".into(), json!(coverage.state.as_str()));
    line.insert("files".into(), json!(coverage.files));
    let folders =
        coverage.folders.iter().map(|(folder, totals)| (folder.clone(), Value::Object(numbers(*totals))));
    line.extend(numbers(coverage.total));
    line.insert("folders".into(), Value::Object(folders.collect()));
    line.insert("notes".into(), json!(coverage.notes));
    Value::Object(line)
}

/// A line for the archive with the sums of its reports, then a line for each of them.
pub(super) fn of_archive(file: &Path, archive: &Archive) -> Vec<Value> {
    let mut sum = Counts::default();
    let mut lines = Vec::new();
    for part in &archive.parts {
        match &part.content {
            Content::Report(report) => {
                sum.add_all(&report.counts);
                lines.push(of_report(file, Some(&part.name), report));
            }
            Content::Coverage(coverage) => lines.push(of_coverage(file, Some(&part.name), coverage)),
        }
    }
    let mut whole = begun(file, None);
    whole.insert("format".into(), json!(archive.packing.as_str()));
    whole.insert("dialect".into(), Value::Null);
    whole.insert("state".into(), json!(archive.state.as_str()));
    add_counts(&mut whole, sum);
    whole.insert("reports".into(), json!(archive.parts.len()));
    whole.insert("other_files".into(), json!(archive.others));
    whole.insert("notes".into(), json!(archive.notes));
    lines.insert(0, Value::Object(whole));
    lines
}

pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Value {
    let note = format!("The file cannot be read: {error}.");
    json!({ "file": file, "format": null, "dialect": null, "state": "not_a_report", "notes": [note] })
}

fn begun(file: &Path, inside: Option<&str>) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("file".into(), json!(file));
    if let Some(inside) = inside {
        line.insert("inside".into(), json!(inside));
    }
    line
}

fn add_counts(line: &mut Map<String, Value>, counts: Counts) {
    for (key, count) in [
        ("suites", counts.suites),
        ("cases", counts.cases),
        ("passed", counts.passed),
        ("failed", counts.failed),
        ("errored", counts.errored),
        ("skipped", counts.skipped),
        ("flaky", counts.flaky),
        ("other", counts.other),
    ] {
        line.insert(key.into(), json!(count));
    }
}

fn numbers(totals: Totals) -> Map<String, Value> {
    let pairs = [
        ("lines", totals.lines),
        ("lines_covered", totals.lines_covered),
        ("branches", totals.branches),
        ("branches_covered", totals.branches_covered),
    ];
    pairs.into_iter().map(|(key, count)| (key.to_owned(), json!(count))).collect()
}

/// The order of the counts in words.
const COUNTS: [&str; 15] = [
    "reports",
    "other_files",
    "suites",
    "cases",
    "passed",
    "failed",
    "errored",
    "skipped",
    "flaky",
    "other",
    "files",
    "lines",
    "lines_covered",
    "branches",
    "branches_covered",
];

pub(super) fn words(line: &Value) -> String {
    let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
    let inside = line["inside"].as_str().map(|inside| format!(" › {inside}")).unwrap_or_default();
    let mut words = format!("{}{inside}: {} ({})", text("file"), text("format"), text("state"));
    for key in COUNTS {
        if let Some(count) = line[key].as_u64() {
            words.extend([", ", &count.to_string(), " ", &key.replace('_', " ")]);
        }
    }
    for note in line["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        words.push_str("\n  ");
        words.push_str(note);
    }
    words
}
