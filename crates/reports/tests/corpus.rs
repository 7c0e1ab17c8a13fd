//! Compares real reports with the counts of an independent program (`shared/corpus`).
//!
//! The corpus is in the folder `TESTKEEP_CORPUS`. Without it nothing is compared, and a line says so.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use testkeep_reports::{FolderFile, Format, Report, State, read, read_folder};

fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("TESTKEEP_CORPUS")?);
    folder.join("expected.jsonl").is_file().then_some(folder)
}

/// Entries with other counts on purpose, each with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "python__test__files__mocha__tests.json",
        "five `describe` blocks hold its five tests; the expected 3 is what the file states itself",
    ),
    (
        "disable-archive-output-xml__workspace__output-001.xml",
        "it holds two words of text; only its name says XML",
    ),
    (
        "customTool__testcase1__input.xml",
        "a test in `<SkippedTests>` is a skipped case; the expected counts leave it out",
    ),
    ("json__non-json.json", "it holds words of text; only its name says JSON"),
];

fn report_of(path: &Path) -> Report {
    let mut receive = |_event| Ok(());
    let open = |path: &Path| Box::new(BufReader::new(File::open(path).expect("the corpus can be read")));
    if !path.is_dir() {
        return read(open(path), &mut receive).expect("the corpus can be read");
    }
    let files = std::fs::read_dir(path).expect("the corpus can be read").map(|entry| {
        let entry = entry.expect("the corpus can be read");
        FolderFile {
            name: entry.file_name().into_string().expect("the corpus can be read"),
            content: open(&entry.path()),
        }
    });
    read_folder(files, &mut receive).expect("the corpus can be read")
}

/// The difference in one line; `None`: everything is as expected.
fn difference(file: &Path, expected: &Value) -> Option<String> {
    let report = report_of(file);
    let state = match report.state {
        State::Ok => "ok",
        State::Empty => "empty",
        State::Malformed => "malformed",
        State::NotAReport => "not-a-report",
    };
    // A part of a run without results does not count as a report.
    let expected_state =
        if expected["state"] == "companion" { "not-a-report" } else { expected["state"].as_str()? };
    if state != expected_state {
        return Some(format!(
            "state {state}, expected {expected_state}; {:?} {:?}",
            report.notes, report.tried
        ));
    }
    if state != "ok" && state != "empty" {
        return None;
    }
    let counts = report.counts;
    let format = report.format.map_or("", Format::as_str);
    let ours = [
        ("cases", counts.cases),
        ("suites", counts.suites),
        ("passed", counts.passed),
        ("failed", counts.failed),
        ("errored", counts.errored),
        ("skipped", counts.skipped),
        ("other", counts.other),
        ("flaky", counts.flaky),
    ];
    let wrong: Vec<String> = ours
        .iter()
        .filter(|(name, count)| expected[name].as_u64() != Some(*count))
        .map(|(name, count)| format!("{name} {count}, expected {}", expected[name]))
        .chain((format != expected["format"]).then(|| format!("format {format}")))
        .collect();
    (!wrong.is_empty()).then(|| wrong.join("; "))
}

#[test]
fn counts_what_an_independent_program_counted() {
    let Some(folder) = corpus() else {
        eprintln!("SKIPPED: there is no corpus; set TESTKEEP_CORPUS to its folder");
        return;
    };
    let mut list = String::new();
    File::open(folder.join("expected.jsonl")).unwrap().read_to_string(&mut list).unwrap();
    let only = std::env::var("TESTKEEP_CORPUS_FORMAT").ok();
    let known: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
    let (mut read, mut wrong) = (0, Vec::new());
    for line in list.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let format = expected["format"].as_str().unwrap();
        // Damaged documents, and documents of no format, are also read: they must be refused.
        if !known.contains(&format) && format != "malformed-json"
            || only.as_deref().is_some_and(|only| only != format)
        {
            continue;
        }
        let path = expected["path"].as_str().unwrap();
        if DIFFERENT.iter().any(|(different, _)| path.ends_with(different)) {
            continue;
        }
        read += 1;
        if let Some(words) = difference(&folder.join(path), &expected) {
            wrong.push(format!("{path}\n    {words}"));
        }
    }
    assert!(read > 0, "no entry of a known format");
    assert!(wrong.is_empty(), "{} of {read} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Real reports with changed bytes: no panic, and the counts stay consistent.
#[test]
fn changed_real_reports_do_not_panic() {
    let Some(folder) = corpus() else {
        eprintln!("SKIPPED: there is no corpus; set TESTKEEP_CORPUS to its folder");
        return;
    };
    let list = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    // Numbers that look random but are the same in each run.
    let mut state = 20_261_130_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for line in list.lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let path = folder.join(expected["path"].as_str().unwrap());
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if bytes.is_empty() || bytes.len() > 100_000 {
            continue;
        }
        for _ in 0..4 {
            let mut changed = bytes.clone();
            for _ in 0..=next(6) {
                let at = next(changed.len());
                changed[at] = u8::try_from(next(256)).unwrap();
            }
            // A piece is also moved, so that elements end where they did not begin.
            let (from, to) = (next(changed.len()), next(changed.len()));
            changed[from.min(to)..].rotate_left((from.max(to) - from.min(to)) / 2);
            let counts = read(Box::new(&*changed), &mut |_event| Ok(())).unwrap().counts;
            let sum = counts.passed + counts.failed + counts.errored + counts.skipped + counts.other;
            assert_eq!(counts.cases, sum, "{}", path.display());
        }
    }
}
