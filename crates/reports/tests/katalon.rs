//! Reports of Katalon Studio and of Katalon's reporters: what is read, what is hidden, what counts once.

use std::io::{BufReader, Cursor, Write};
use std::path::Path;

use testkeep_reports::{
    Archive, Case, Content, Event, FolderFile, Format, Outcome, Packing, Report, State, Suite, read,
    read_archive, read_folder,
};

#[derive(Default)]
struct Found {
    cases: Vec<Case>,
    suites: Vec<Suite>,
}

impl Found {
    fn take(&mut self, event: Event) {
        match event {
            Event::Case(case) => self.cases.push(*case),
            Event::Suite(suite) => self.suites.push(suite),
            Event::RunError(failure) => panic!("{failure:?}"),
        }
    }

    fn outcomes(&self) -> Vec<(&str, Outcome)> {
        self.cases.iter().map(|case| (case.name.as_str(), case.outcome)).collect()
    }
}

fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/katalon-studio");
    std::fs::read(folder.join(name)).expect("the samples can be read")
}

fn one(bytes: &[u8]) -> (Report, Found) {
    let mut found = Found::default();
    let report = read(Box::new(bytes), &mut |event| {
        found.take(event);
        Ok(())
    });
    (report.expect("nobody stops it"), found)
}

fn folder(files: &[(&str, &[u8])]) -> (Report, Found) {
    let mut found = Found::default();
    let files = files.iter().map(|(name, bytes)| FolderFile {
        name: (*name).to_owned(),
        content: Box::new(BufReader::new(*bytes)),
    });
    let report = read_folder(files, &mut |event| {
        found.take(event);
        Ok(())
    });
    (report.expect("nobody stops it"), found)
}

fn zipped(files: &[(&str, &[u8])]) -> Archive {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("it is made in memory");
        zip.write_all(content).expect("it is made in memory");
    }
    let bytes = zip.finish().expect("it is made in memory").into_inner();
    read_archive(Cursor::new(bytes), Packing::Zip, &mut |_name, _event| Ok(())).expect("nobody stops it")
}

fn parts(archive: &Archive) -> Vec<(&str, &str, u64)> {
    let parts = archive.parts.iter().filter_map(|part| match &part.content {
        Content::Report(report) => {
            Some((part.name.as_str(), report.format.map_or("", Format::as_str), report.counts.cases))
        }
        Content::Coverage(_) => None,
    });
    parts.collect()
}

const EXPECTED: [(&str, Outcome); 6] = [
    ("Test Cases/Account/Login", Outcome::Passed),
    ("Test Cases/Cart/Buy", Outcome::Passed),
    ("Test Cases/Cart/Buy", Outcome::Failed),
    ("Test Cases/Cart/Buy", Outcome::Passed),
    ("Test Cases/Cart/Broken", Outcome::Errored),
    ("Test Cases/Cart/Later", Outcome::Skipped),
];

#[test]
fn a_log_has_cases_steps_and_files() {
    let (report, found) = one(&sample("execution0.log"));
    assert_eq!((report.format, report.state), (Some(Format::KatalonLog), State::Ok), "{:?}", report.notes);
    assert_eq!(found.outcomes(), EXPECTED);
    let login = &found.cases[0];
    let steps: Vec<_> =
        login.steps.iter().map(|step| (step.depth, step.name.as_str(), step.outcome)).collect();
    let expected = [
        (0, "Test Cases/Common/Open shop", Outcome::Passed),
        (1, "openBrowser", Outcome::Passed),
        (0, "setText", Outcome::Passed),
        (0, "verifyElementPresent", Outcome::Passed),
    ];
    assert_eq!(steps, expected);
    assert_eq!(login.attachments[0].path.as_deref(), Some("1795860001700.png"));
    assert_eq!(login.file.as_deref(), Some("/w/shop/Test Cases/Account/Login.tc"));
    assert!(login.properties.contains(&("description".into(), "signs in & out".into())));
    let output = login.output.to_text();
    assert!(
        output.contains("[PASSED] Text 'ada' is set on object 'Object Repository/Page <Login>/name'"),
        "{output}"
    );
    assert!(login.seconds.is_some_and(|seconds| seconds > 1.0) && login.failures.is_empty());
    assert_eq!(found.suites[0].path, ["Smoke"]);
}

#[test]
fn a_log_says_why() {
    let (_, found) = one(&sample("execution0.log"));
    let buy = &found.cases[2];
    let why = &buy.failures[0];
    let words = "Unable to verify match between actual text '2' and expected text '1'";
    assert_eq!(why.message.as_deref(), Some(words));
    assert_eq!(why.type_name.as_deref(), Some("com.kms.katalon.core.exception.StepFailedException"));
    assert!(why.detail.to_text().ends_with("\tat Script1795.run(Script1795:19)"), "{why:?}");
    let step = buy.steps[0].failure.as_ref().unwrap();
    assert_eq!(step.message.as_deref(), Some(words));
    assert!(step.detail.to_text().ends_with("\tat Script1795.run:19"), "{step:?}");
    assert_eq!(buy.parameters, [("iterationName".to_owned(), "item 2".to_owned())]);
    assert_eq!(buy.attachments[0].name, "keyword-2.png");
    // The keyword has no end, so its result is the one of the case.
    let broken = &found.cases[4];
    assert_eq!(broken.failures[0].type_name.as_deref(), Some("groovy.lang.MissingPropertyException"));
    assert_eq!(broken.steps[0].outcome, Outcome::Errored);
}

#[test]
fn secrets_do_not_leave_the_readers() {
    for name in ["execution0.log", "JUnit_Report.xml"] {
        let (_, found) = one(&sample(name));
        let all = format!("{:?} {:?}", found.suites, found.cases);
        assert!(!all.contains("hunter2") && !all.contains("acc355"), "{name} {all}");
        assert!(all.contains("password=[redacted], proxyServerAddress=10.0.0.1"), "{name} {all}");
    }
    let (_, found) = one(&sample("execution0.log"));
    let properties = &found.suites[0].properties;
    let value =
        |name: &str| properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(value("remoteDriverUrl"), Some("https://ada:[redacted]@hub.example/wd/hub"));
    assert_eq!((value("browser"), value("katalonVersion")), (Some("Chrome 131.0"), Some("9.7.2.0")));
    assert_eq!(found.suites[0].host.as_deref(), Some("ada - ci-1"));
}

/// Cutting never panics and never counts more, and no case that ended before the cut is lost.
#[test]
fn a_log_may_be_cut_anywhere() {
    let bytes = sample("execution0.log");
    let small =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/katalon-log")).unwrap();
    for (bytes, step) in [(&bytes, 61), (&small, 1)] {
        let whole = one(bytes).0.counts;
        let mut last = 0;
        for end in (0..bytes.len()).step_by(step) {
            let counts = one(&bytes[..end]).0.counts;
            let is_less = counts.cases <= whole.cases && counts.passed <= whole.passed;
            assert!(is_less && counts.cases >= last, "cut at {end}");
            last = counts.cases;
        }
    }
    let ends = bytes.windows(15).enumerate().filter(|(_, text)| text == b"End Test Case :");
    let ends: Vec<usize> = ends.map(|(at, _)| at).collect();
    // The result is written before the end: a failure is believed, a success may be one of a part.
    let (report, found) = one(&bytes[..ends[3]]);
    assert_eq!((report.state, found.outcomes()), (State::Malformed, EXPECTED[..3].to_vec()));
    let (_, found) = one(&bytes[..ends[2]]);
    assert_eq!((found.cases.len(), found.cases[1].outcome), (2, Outcome::Errored));
    assert!(
        report.notes.iter().any(|note| note.contains("“Test Cases/Cart/Buy” has no end")),
        "{:?}",
        report.notes
    );
    assert!(report.notes.iter().any(|note| note.contains("the file was cut")), "{:?}", report.notes);
}

/// Logs that roll: the numbers may count up or down, and the files come in any order.
#[test]
fn a_log_may_be_several_files() {
    let whole = String::from_utf8(sample("execution0.log")).unwrap();
    let head = &whole[..whole.find("<record>").unwrap()];
    let places: Vec<usize> = whole.match_indices("<record>").map(|(at, _)| at).collect();
    for cut in places.iter().copied().step_by(3).skip(1) {
        let first = format!("{}</log>", &whole[..cut]);
        let second = format!("{head}{}", &whole[cut..]);
        for names in [["execution0.log", "execution1.log"], ["execution1.log", "execution0.log"]] {
            let (report, found) = folder(&[(names[1], second.as_bytes()), (names[0], first.as_bytes())]);
            assert_eq!(
                (report.state, found.outcomes()),
                (State::Ok, EXPECTED.to_vec()),
                "{:?}",
                report.notes
            );
        }
    }
}

#[test]
fn the_log_counts_once_beside_other_reports() {
    let (log, junit) = (sample("execution0.log"), sample("JUnit_Report.xml"));
    let (report, _) = folder(&[("JUnit_Report.xml", &junit), ("execution0.log", &log), ("a.csv", b"a,b")]);
    assert_eq!((report.format, report.counts.cases), (Some(Format::KatalonLog), 6));
    let (report, _) = folder(&[("JUnit_Report.xml", &junit)]);
    assert_eq!((report.format, report.counts.cases), (Some(Format::JunitXml), 6));
    for unreadable in [&b"<log>"[..], b"", &log[..900], b"\0\0"] {
        let (report, found) = folder(&[("execution0.log", unreadable), ("JUnit_Report.xml", &junit)]);
        assert_eq!((report.format, found.cases.len()), (Some(Format::JunitXml), 6), "{:?}", report.notes);
        assert_eq!(found.suites.len(), 1);
        assert!(report.notes.iter().any(|note| note.contains("was read instead")), "{:?}", report.notes);
    }
    let (report, _) = folder(&[("execution0.log", b"<log>")]);
    assert_eq!((report.format, report.state), (None, State::NotAReport), "{:?}", report.notes);
}

#[test]
fn an_archive_of_a_reports_folder_counts_each_run_once() {
    let (log, junit) = (sample("execution0.log"), sample("JUnit_Report.xml"));
    let cucumber = br#"[{"name":"a","uri":"b","keyword":"Feature","elements":[{"name":"c","steps":[{"name":"d","result":{"status":"passed"}}]}]}]"#;
    let archive = zipped(&[
        ("Reports/1/Smoke/1/JUnit_Report.xml", &junit),
        ("Reports/1/Smoke/1/cucumber.json", cucumber),
        ("Reports/1/Smoke/1/execution0.log", &log),
        ("Reports/1/Smoke/1/20261128_100000.csv", b"a,b\n"),
        ("Reports/1/Smoke/1/execution.properties", b"{}"),
        ("Reports/1/Full/1/JUnit_Report.xml", &junit),
        ("Reports/1/Full/1/execution0.log", &log[..500]),
        ("Reports/2/Old/1/JUnit_Report.xml", &junit),
        ("other/cucumber.json", cucumber),
        ("other/TEST-a.xml", br#"<testsuite name="s"><testcase name="a"/></testsuite>"#),
    ]);
    let expected = [
        ("other/TEST-a.xml", "junit-xml", 1),
        ("other/cucumber.json", "cucumber-json", 1),
        ("Reports/1/Full/1/JUnit_Report.xml", "junit-xml", 6),
        ("Reports/1/Smoke/1/execution0.log", "katalon-log", 6),
        ("Reports/2/Old/1/JUnit_Report.xml", "junit-xml", 6),
    ];
    assert_eq!(parts(&archive), expected);
    assert_eq!((archive.state, archive.others), (State::Ok, 5), "{:?}", archive.notes);
    assert!(archive.notes.iter().any(|note| note.contains("counts once")), "{:?}", archive.notes);
}

/// Whatever a tool leaves out: the run counts once.
#[test]
fn any_part_of_a_report_folder_counts_once() {
    let (log, junit) = (sample("execution0.log"), sample("JUnit_Report.xml"));
    let cucumber = br#"[{"uri":"b","keyword":"Feature","elements":[{"name":"c","steps":[{"result":{"status":"passed"}}]}]}]"#;
    let files: [(&str, &[u8]); 5] = [
        ("r/JUnit_Report.xml", &junit),
        ("r/execution0.log", &log),
        ("r/cucumber_report/1.json", cucumber),
        ("r/JSON_Report.json", b"{}"),
        ("r/a.csv", b"a,b"),
    ];
    for subset in 0..32_usize {
        let some = files.iter().copied().enumerate().filter(|(at, _)| subset & (1 << at) != 0);
        let some: Vec<_> = some.map(|(_, file)| file).collect();
        let cases: u64 = parts(&zipped(&some)).iter().map(|(_, _, cases)| cases).sum();
        let expected = match subset {
            subset if subset & 3 != 0 => 6,
            subset if subset & 4 != 0 => 1,
            _ => 0,
        };
        assert_eq!(cases, expected, "{some:?}");
    }
}

const RESULTS: &str = r#"{"results":[
    {"uuid":"1","parentUuid":"s1","suiteName":"ignored","name":"a","status":"PASSED","start":1000,"stop":1500,"duration":500,"errors":[{"message":"","stackTrace":""}]},
    {"uuid":"2","suiteName":"Second","name":"b","status":"FAILED","errors":null,"failures":[{"message":"no","stackTrace":"x.AssertionError: no\n at A"}],"parameters":{"n":1,"list":[2],"nil":null}},
    {"uuid":"3","parentUuid":null,"suiteName":"Third","name":"c","status":"ERROR","start":null,"duration":null,"errorMessage":"old"},
    {"uuid":"4","name":"d","status":"INCOMPLETE"},{"uuid":"5","name":"e","status":"SKIPPED","duration":null},{"name":"f","status":"WHAT"},null,7]}"#;
const SUITES: &str = r#"{"suites":[{"uuid":"s1","parentUuid":"e","name":"First","start":1000,"stop":3000,"duration":2000,"host":"ci"},
    {"uuid":"s2","parentUuid":"e","name":"Second","description":null}]}"#;

#[test]
fn the_files_of_a_reporter_are_one_run_in_any_order() {
    let files: [(&str, &[u8]); 4] = [
        ("results.json", RESULTS.as_bytes()),
        ("suites.json", SUITES.as_bytes()),
        ("execution.json", br#"{"uuid":"e","status":"FAILED","start":1,"parentUuid":""}"#),
        ("metadata.json", br#"{"framework":"mocha","language":"javascript"}"#),
    ];
    for turn in 0..4 {
        let mut files = files;
        files.rotate_left(turn);
        let (report, found) = folder(&files);
        assert_eq!(
            (report.format, report.state),
            (Some(Format::KatalonJson), State::Ok),
            "{:?}",
            report.notes
        );
        assert_eq!((report.dialect, found.suites.len()), (Some("mocha"), 3));
        let shown: Vec<_> = found.cases.iter().map(|case| (case.suite.join("/"), case.outcome)).collect();
        let expected = [
            ("First".to_owned(), Outcome::Passed),
            ("Second".to_owned(), Outcome::Failed),
            ("Third".to_owned(), Outcome::Errored),
            (String::new(), Outcome::Errored),
            (String::new(), Outcome::Skipped),
            (String::new(), Outcome::Other),
        ];
        assert_eq!(shown, expected);
        assert!(found.cases[0].failures.is_empty());
        assert_eq!(found.cases[1].failures[0].message.as_deref(), Some("no"));
        let parameters = [("n", "1"), ("list", "[2]"), ("nil", "")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut read = found.cases[1].parameters.clone();
        read.sort();
        let mut expected = parameters.to_vec();
        expected.sort();
        assert_eq!(read, expected);
        assert_eq!(found.cases[2].failures[0].message.as_deref(), Some("old"));
        assert_eq!((found.suites[0].seconds, found.suites[0].host.as_deref()), (Some(2.0), Some("ci")));
    }
}

#[test]
fn results_are_a_report_without_the_files_beside_them() {
    for (report, found) in [one(RESULTS.as_bytes()), folder(&[("results.json", RESULTS.as_bytes())])] {
        assert_eq!(
            (report.format, report.state),
            (Some(Format::KatalonJson), State::Ok),
            "{:?}",
            report.notes
        );
        assert_eq!((report.counts.cases, report.counts.errored, found.suites.len()), (6, 2, 3));
    }
    let (report, _) =
        folder(&[("suites.json", SUITES.as_bytes()), ("metadata.json", b"{\"framework\":\"jest\"}")]);
    assert_eq!(report.state, State::NotAReport);
    let (report, _) =
        folder(&[("results.json", &RESULTS.as_bytes()[..400]), ("suites.json", b"{\"suites\":null}")]);
    assert_eq!((report.state, report.counts.cases), (State::Malformed, 2), "{:?}", report.notes);
    for end in (0..RESULTS.len()).step_by(3) {
        assert!(one(&RESULTS.as_bytes()[..end]).0.counts.cases <= 6);
        assert!(folder(&[("results.json", &RESULTS.as_bytes()[..end])]).0.counts.cases <= 6);
    }
}

#[test]
fn other_files_with_the_names_of_a_reporter_are_read_as_what_they_are() {
    let ctrf = br#"{"results":{"tool":{"name":"x"},"summary":{"tests":1},"tests":[{"name":"a","status":"passed","duration":1}]}}"#;
    let archive = zipped(&[
        ("a/results.json", ctrf),
        ("b/results.json", RESULTS.as_bytes()),
        ("b/suites.json", SUITES.as_bytes()),
        ("c/suites.json", SUITES.as_bytes()),
        ("c/metadata.json", br#"{"packages":[]}"#),
    ]);
    assert_eq!(parts(&archive), [("a/results.json", "ctrf", 1), ("b", "katalon-json", 6)]);
    assert_eq!(archive.others, 2);
}

#[test]
fn hostile_logs_stay_bounded() {
    let start = |part: &str| {
        format!(
            "<record><level>START</level><method>start{part}</method><message>Start : a</message><nestedLevel>0</nestedLevel></record>"
        )
    };
    for part in ["Keyword", "Test", "Suite"] {
        let text = format!("<log>{}{}", start("Test"), start(part).repeat(30_000));
        let (report, found) = one(text.as_bytes());
        assert_eq!((report.format, report.counts.cases), (Some(Format::KatalonLog), 1));
        assert!(found.cases[0].steps.len() <= 10_000 && found.suites.len() <= 256);
    }
    let bomb = "<!DOCTYPE log [<!ENTITY a \"ha\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]><log><record><level>INFO</level><message>&a;&b;</message><nestedLevel>0</nestedLevel></record></log>";
    let (report, _) = one(bomb.as_bytes());
    assert_eq!((report.format, report.state), (Some(Format::KatalonLog), State::Malformed));
    let java = "<?xml version=\"1.0\"?><!DOCTYPE log SYSTEM \"logger.dtd\"><log><record><level>INFO</level><message>hello</message></record></log>";
    assert_eq!(one(java.as_bytes()).0.state, State::NotAReport);
}
