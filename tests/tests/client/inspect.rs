//! `testkeep report inspect` with real files: every format, archives, folders, wrong and damaged files, exit codes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::testkeep::{Account, Ended};

const JUNIT: &str = r#"<testsuite name="s"><testcase name="a"/><testcase name="b"><failure message="no"/></testcase></testsuite>"#;

fn run(words: &[&str], files: &[PathBuf]) -> Ended {
    let mut command = Account::new("", "").bare(&["report", "inspect"]);
    Ended::of(command.args(words).args(files).output().unwrap())
}

/// The lines of `--json`; the exit code must be `code`.
#[track_caller]
fn inspected(files: &[PathBuf], code: i32) -> Vec<Value> {
    let ended = run(&["--json"], files);
    assert_eq!((ended.code, ended.stderr.as_str()), (code, ""), "{ended:?}");
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn written(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn notes(line: &Value) -> Vec<&str> {
    line["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect()
}

/// The samples of the readers: one file per format, with the word of the format as its name.
fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/reports/tests/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_none_or(|end| end != "rs")).collect();
    files.sort();
    files
}

#[test]
fn every_format_is_recognized_by_its_content() {
    let files = samples();
    assert!(files.len() > 30, "{files:?}");
    let lines = inspected(&files, 0);
    assert_eq!(lines.len(), files.len());
    for (line, file) in lines.iter().zip(&files) {
        assert_eq!(line["format"].as_str(), file.file_name().unwrap().to_str(), "{line}");
        assert_eq!(line["state"], "ok", "{line}");
        let count = |name: &str| line[name].as_u64().unwrap();
        let outcomes = ["passed", "failed", "errored", "skipped", "other"];
        assert!(count("cases") > 0, "{line}");
        assert_eq!(count("cases"), outcomes.into_iter().map(count).sum::<u64>(), "{line}");
    }
}

#[test]
fn words_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "a.txt", JUNIT.as_bytes());
    let ended = run(&[], std::slice::from_ref(&file));
    let expected =
        "junit-xml (ok), 1 suites, 2 cases, 1 passed, 1 failed, 0 errored, 0 skipped, 0 flaky, 0 other\n";
    assert_eq!((ended.code, ended.stdout), (0, format!("{}: {expected}", file.display())));
    let ended = run(&[], &[]);
    assert_eq!(ended.code, 64, "the exit code of a wrong command line");
    assert!(ended.stderr.contains("<FILES>"), "{ended:?}");
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn an_archive_has_its_sums_and_a_line_for_each_report() {
    let folder = tempfile::tempdir().unwrap();
    let inner = zip(&[("a.xml", JUNIT.as_bytes())]);
    let packed = zip(&[
        ("junit/a.xml", JUNIT.as_bytes()),
        ("tap", b"1..1\nok 1 - a\n"),
        ("lcov.info", b"TN:\nSF:a.c\nDA:1,1\nend_of_record\n"),
        ("shot.png", b"\x89PNG\0\0"),
        ("inner.zip", &inner),
    ]);
    let lines = inspected(&[written(folder.path(), "reports", &packed)], 0);
    let whole = &lines[0];
    assert_eq!((&whole["format"], whole["reports"].as_u64()), (&Value::from("zip"), Some(3)));
    assert_eq!((whole["cases"].as_u64(), whole["other_files"].as_u64()), (Some(3), Some(2)));
    assert!(notes(whole)[0].contains("an archive within the archive"), "{whole}");
    let inside: Vec<_> = lines[1..].iter().map(|line| (&line["inside"], &line["format"])).collect();
    let expected = [("junit/a.xml", "junit-xml"), ("tap", "tap"), ("lcov.info", "lcov")]
        .map(|(a, b)| (a.into(), b.into()));
    assert_eq!(inside, expected.iter().map(|(a, b): &(Value, Value)| (a, b)).collect::<Vec<_>>());
    assert_eq!(lines[3]["lines_covered"], 1);
    // Half an archive is damaged, and says so.
    let cut = written(folder.path(), "cut.zip", &packed[..packed.len() / 2]);
    let lines = inspected(&[cut], 2);
    assert_eq!(lines[0]["state"], "malformed");
    assert!(notes(&lines[0])[0].contains("not read to its end"), "{}", lines[0]);
}

#[test]
fn a_folder_is_read_as_allure_results() {
    let folder = tempfile::tempdir().unwrap();
    written(
        folder.path(),
        "1-result.json",
        br#"{"uuid":"1","name":"a","historyId":"h","status":"failed","stop":1}"#,
    );
    written(
        folder.path(),
        "2-result.json",
        br#"{"uuid":"2","name":"a","historyId":"h","status":"passed","stop":2}"#,
    );
    let lines = inspected(&[folder.path().into()], 0);
    assert_eq!((&lines[0]["format"], lines[0]["flaky"].as_u64()), (&Value::from("allure2"), Some(1)));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(inspected(&[empty.path().into()], 2)[0]["state"], "not_a_report");
}

#[test]
fn other_files_are_refused_with_the_reason_of_each_format() {
    let folder = tempfile::tempdir().unwrap();
    let text = written(folder.path(), "a.xml", b"some words\n");
    let picture = written(folder.path(), "b.xml", b"\x89PNG\0\0\0");
    let lines = inspected(&[text, picture], 2);
    for line in &lines {
        assert_eq!((&line["state"], &line["format"]), (&Value::from("not_a_report"), &Value::Null));
        for format in ["junit-xml", "tap", "robot", "go-test-json"] {
            let said = notes(line).iter().any(|note| note.starts_with(&format!("Not {format}: ")));
            assert!(said, "{format} {line}");
        }
    }
    let missing = inspected(&[folder.path().join("missing.xml")], 2);
    assert!(notes(&missing[0])[0].starts_with("The file cannot be read: "), "{}", missing[0]);
    assert_eq!(inspected(&[written(folder.path(), "empty.xml", b"")], 2)[0]["state"], "malformed");
}

#[test]
fn one_bad_file_among_good_ones_decides_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let good = written(folder.path(), "good.xml", JUNIT.as_bytes());
    let cut = written(folder.path(), "cut.xml", &JUNIT.as_bytes()[..JUNIT.len() - 20]);
    let lines = inspected(&[cut, good.clone()], 2);
    assert_eq!((&lines[0]["state"], lines[0]["cases"].as_u64()), (&Value::from("malformed"), Some(1)));
    assert!(notes(&lines[0]).iter().any(|note| note.contains("was cut off")), "{}", lines[0]);
    assert_eq!((&lines[1]["state"], lines[1]["cases"].as_u64()), (&Value::from("ok"), Some(2)));
    let nothing = written(folder.path(), "empty-suite.xml", b"<testsuite/>");
    let lines = inspected(&[good, nothing], 0);
    assert_eq!(lines[1]["state"], "empty");
}

#[test]
fn endless_nesting_ends_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let deep = |begin: &str, level: &str| format!("{begin}{}", level.repeat(200_000));
    let files = [
        written(folder.path(), "xml", deep("", "<testsuite>").as_bytes()),
        written(
            folder.path(),
            "robot",
            deep("<robot generator=\"Robot 7\"><suite><test>", "<kw>").as_bytes(),
        ),
        written(
            folder.path(),
            "json",
            deep("{\"config\":{\"rootDir\":1},\"suites\":[", "{\"suites\":[").as_bytes(),
        ),
    ];
    for line in inspected(&files, 2) {
        assert_eq!(line["state"], "malformed", "{line}");
        assert!(notes(&line).iter().any(|note| note.starts_with("The report is damaged: ")), "{line}");
    }
}
