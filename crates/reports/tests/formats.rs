//! Small reports of each format, made from its documentation, and all that a reader finds in them.

use std::fmt::Write as _;

use testkeep_reports::{Case, Event, Moment, Outcome, Report, State, Suite, read};

fn read_all(bytes: &[u8]) -> (Report, Vec<Case>, Vec<Suite>) {
    let (mut cases, mut suites) = (Vec::new(), Vec::new());
    let report = read(Box::new(bytes), &mut |event| {
        match event {
            Event::Case(case) => cases.push(*case),
            Event::Suite(suite) => suites.push(suite),
            Event::RunError(_) => {}
        }
        Ok(())
    })
    .expect("nobody stops it");
    (report, cases, suites)
}

fn cases(format: &str, bytes: &[u8]) -> Vec<Case> {
    let (report, cases, _) = read_all(bytes);
    let found = report.format.map(testkeep_reports::Format::as_str);
    assert_eq!((found, report.state), (Some(format), State::Ok), "{:?} {:?}", report.notes, report.tried);
    cases
}

fn outcomes(cases: &[Case]) -> Vec<(&str, Outcome)> {
    cases.iter().map(|case| (case.name.as_str(), case.outcome)).collect()
}

#[test]
fn googletest_json() {
    let report = br#"{"tests":3,"failures":1,"time":"0.035s","name":"AllTests","testsuites":[{"name":"MathTest","tests":3,
        "time":"0.015s","timestamp":"2026-10-31T18:52:42Z","testsuite":[
        {"name":"Addition/0","value_param":"2","file":"t.cc","line":7,"status":"RUN","result":"COMPLETED","time":"0.007s",
         "classname":"MathTest","ticket":"A-1","failures":[{"failure":"x","message":"Value of: add(1, 1)\n  Actual: 3","type":""}]},
        {"name":"Later","status":"RUN","result":"SKIPPED","skipped":[{"message":"not today"}]},
        {"name":"Off","status":"NOTRUN","result":"SUPPRESSED","time":"0s"}]}]}"#;
    let cases = cases("gtest-json", report);
    let expected = [("Addition/0", Outcome::Failed), ("Later", Outcome::Skipped), ("Off", Outcome::Skipped)];
    assert_eq!(outcomes(&cases), expected);
    assert_eq!(
        (cases[0].seconds, cases[0].line, cases[0].suite[0].as_str()),
        (Some(0.007), Some(7), "MathTest")
    );
    assert_eq!(cases[0].properties, [("ticket".to_owned(), "A-1".to_owned())]);
    assert_eq!(cases[0].parameters, [("value".to_owned(), "2".to_owned())]);
}

#[test]
fn subunit_v1() {
    let report = b"tags: nightly\ntime: 2026-11-28 10:00:00Z\ntest: a.B.ok\ntime: 2026-11-28 10:00:01.5Z\nsuccess: a.B.ok\n\
        test: a.B.bad\nwritten by the test\nfailure: a.B.bad [\nTraceback\n ]\nValueError: no\n]\n\
        test: a.B.parts\nerror: a.B.parts [ multipart\nContent-Type: text/plain\ntraceback\n9\r\nKeyError\n0\r\n]\n\
        test: a.B.x\nxfail: a.B.x\ntest: a.B.s\nskip: a.B.s [\nno network\n]\ntest: a.B.open\n";
    let cases = cases("subunit-v1", report);
    let expected = [
        ("a.B.ok", Outcome::Passed),
        ("a.B.bad", Outcome::Failed),
        ("a.B.parts", Outcome::Errored),
        ("a.B.x", Outcome::Skipped),
        ("a.B.s", Outcome::Skipped),
        ("a.B.open", Outcome::Errored),
    ];
    assert_eq!(outcomes(&cases), expected);
    assert_eq!((cases[0].seconds, cases[0].class.as_deref()), (Some(1.5), Some("a.B")));
    assert_eq!(cases[0].properties, [("tag".to_owned(), "nightly".to_owned())]);
    assert_eq!(cases[1].failures[0].detail.to_text(), "Traceback\n]\nValueError: no\n");
    assert_eq!(cases[1].output.to_text(), "written by the test\n");
    assert_eq!(cases[2].failures[0].message.as_deref(), Some("KeyError"));
    assert_eq!(cases[4].failures[0].message.as_deref(), Some("no network"));
}

/// A packet with an id, made as the documentation says.
fn packet(status: u8, id: &str, file: Option<(&str, &str)>) -> Vec<u8> {
    let length = |bytes: &str| u8::try_from(bytes.len()).expect("it is short");
    assert!(id.len() < 64);
    let mut flags = 0x2a00_u16 | u16::from(status);
    let mut fields = vec![0x69, 0, 0, status, 0];
    fields.push(length(id));
    fields.extend(id.bytes());
    if let Some((name, content)) = file {
        flags |= 0x0060;
        for text in ["text/plain", name, content] {
            fields.push(length(text));
            fields.extend(text.bytes());
        }
    }
    let mut packet = vec![0xb3];
    packet.extend(flags.to_be_bytes());
    let whole = packet.len() + 2 + fields.len() + 4;
    packet.extend((0x4000 | u16::try_from(whole).expect("it is short")).to_be_bytes());
    packet.extend(fields);
    let mut crc = flate2::Crc::new();
    crc.update(&packet);
    packet.extend(crc.sum().to_be_bytes());
    packet
}

#[test]
fn subunit_v2() {
    let mut report = packet(2, "a.B.ok", None);
    report.extend(packet(3, "a.B.ok", None));
    report.extend(b"text between packets\n");
    report.extend(packet(0, "a.B.bad", Some(("traceback", "Traceback\nValueError: no"))));
    report.extend(packet(6, "a.B.bad", None));
    report.extend(packet(7, "a.B.x", None));
    report.extend(packet(4, "a.B.ux", None));
    report.extend(packet(1, "a.B.only-listed", None));
    let cases = cases("subunit-v2", &report);
    let expected = [
        ("a.B.ok", Outcome::Passed),
        ("a.B.bad", Outcome::Failed),
        ("a.B.x", Outcome::Skipped),
        ("a.B.ux", Outcome::Failed),
    ];
    assert_eq!(outcomes(&cases), expected);
    assert_eq!(cases[0].seconds, Some(1.0));
    assert_eq!(cases[1].failures[0].message.as_deref(), Some("ValueError: no"));
    let damaged = [&report[..], &[0xb3, 0x29, 0, 0x05, 0]].concat();
    let (found, _, _) = read_all(&damaged);
    assert_eq!((found.state, found.counts.cases), (State::Malformed, 4));
}

#[test]
fn xcresult_in_both_forms() {
    let new = br#"{"devices":[],"testNodes":[{"name":"Plan","nodeType":"Test Plan","result":"Failed","children":[
        {"name":"AppTests","nodeType":"Unit test bundle","children":[{"name":"LoginTests","nodeType":"Test Suite","children":[
          {"name":"testOk()","nodeType":"Test Case","nodeIdentifier":"LoginTests/testOk()","result":"Passed","durationInSeconds":0.5},
          {"name":"testBad()","nodeType":"Test Case","result":"Failed","duration":"1,5s","children":[
             {"name":"T.swift:7: XCTAssertTrue failed","nodeType":"Failure Message","result":"Failed"}]},
          {"name":"testAgain()","nodeType":"Test Case","result":"Passed","children":[
             {"name":"First Run","nodeType":"Repetition","result":"Failed","children":[{"name":"no","nodeType":"Failure Message"}]},
             {"name":"Retry 1","nodeType":"Repetition","result":"Passed"}]},
          {"name":"rows(n:)","nodeType":"Test Case","result":"Passed","children":[
             {"name":"1","nodeType":"Arguments","result":"Passed"},{"name":"2","nodeType":"Arguments","result":"Failed"}]},
          {"name":"known()","nodeType":"Test Case","result":"Expected Failure"}]}]}]}]}"#;
    let found = cases("xcresult", new);
    let expected = [
        ("testOk()", Outcome::Passed),
        ("testBad()", Outcome::Failed),
        ("testAgain()", Outcome::Passed),
        ("rows(n:)", Outcome::Passed),
        ("rows(n:)", Outcome::Failed),
        ("known()", Outcome::Skipped),
    ];
    assert_eq!(outcomes(&found), expected);
    assert_eq!((found[1].seconds, found[0].class.as_deref()), (Some(1.5), Some("LoginTests")));
    assert_eq!((found[2].flaky, found[2].attempts.len()), (true, 1));
    assert_eq!(found[4].parameters, [("arguments".to_owned(), "2".to_owned())]);

    let old = br#"{"_type":{"_name":"ActionTestPlanRunSummaries"},"summaries":{"_values":[{"testableSummaries":{"_values":[
        {"targetName":{"_value":"AppTests"},"tests":{"_values":[{"name":{"_value":"LoginTests"},"subtests":{"_values":[
          {"name":{"_value":"testOk()"},"identifier":{"_value":"LoginTests/testOk()"},"testStatus":{"_value":"Success"},"duration":{"_value":"0.25"}},
          {"name":{"_value":"testBad()"},"testStatus":{"_value":"Failure"},"failureSummaries":{"_values":[{"message":{"_value":"no"},"fileName":{"_value":"T.swift"},"lineNumber":{"_value":"7"}}]},
           "activitySummaries":{"_values":[{"title":{"_value":"Tap"},"subactivities":{"_values":[{"title":{"_value":"Find"}}]}}]}}]}}]}}]}}]}}"#;
    let found = cases("xcresult", old);
    assert_eq!(outcomes(&found), [("testOk()", Outcome::Passed), ("testBad()", Outcome::Failed)]);
    assert_eq!((found[0].seconds, found[0].suite.join("/").as_str()), (Some(0.25), "AppTests/LoginTests"));
    assert_eq!(found[1].failures[0].detail.to_text(), "no\nT.swift:7");
    let steps: Vec<_> = found[1].steps.iter().map(|step| (step.depth, step.name.as_str())).collect();
    assert_eq!(steps, [(0, "Tap"), (1, "Find")]);
}

#[test]
fn playwright_blob() {
    let lines = [
        r#"{"method":"onBlobReportMetadata","params":{"version":2}}"#,
        r#"{"method":"onConfigure","params":{"config":{"rootDir":"/w"}}}"#,
        r#"{"method":"onProject","params":{"project":{"name":"firefox","suites":[{"title":"a.spec.ts","entries":[{"title":"group","entries":[{"testId":"1","title":"flaky","tags":["@slow"],"location":{"file":"a.spec.ts","line":3}}]},{"testId":"2","title":"meant to fail"},{"testId":"3","title":"never begun"}]}]}}}"#,
        r#"{"method":"onTestBegin","params":{"testId":"1","result":{"id":"r1","retry":0,"startTime":1700000000000}}}"#,
        r#"{"method":"onStepBegin","params":{"testId":"1","resultId":"r1","step":{"id":"s1","title":"click"}}}"#,
        r#"{"method":"onTestEnd","params":{"test":{"testId":"1","expectedStatus":"passed"},"result":{"id":"r1","duration":100,"status":"failed","errors":[{"message":"no"}]}}}"#,
        r#"{"method":"onTestBegin","params":{"testId":"1","result":{"id":"r2","retry":1}}}"#,
        r#"{"method":"onStepBegin","params":{"testId":"1","resultId":"r2","step":{"id":"s1","title":"click"}}}"#,
        r#"{"method":"onStepBegin","params":{"testId":"1","resultId":"r2","step":{"id":"s2","parentStepId":"s1","title":"wait"}}}"#,
        r#"{"method":"onStepEnd","params":{"testId":"1","resultId":"r2","step":{"id":"s2","duration":20}}}"#,
        r#"{"method":"onStdIO","params":{"type":"stdout","testId":"1","resultId":"r2","data":"hello\n"}}"#,
        r#"{"method":"onAttach","params":{"testId":"1","resultId":"r2","attachments":[{"name":"trace","path":"t.zip","contentType":"application/zip"}]}}"#,
        r#"{"method":"onTestEnd","params":{"test":{"testId":"1","expectedStatus":"passed"},"result":{"id":"r2","duration":200,"status":"passed","errors":[]}}}"#,
        r#"{"method":"onTestBegin","params":{"testId":"2","result":{"id":"r3"}}}"#,
        r#"{"method":"onTestEnd","params":{"test":{"testId":"2","expectedStatus":"failed"},"result":{"id":"r3","status":"failed"}}}"#,
    ];
    let cases = cases("playwright-blob", lines.join("\n").as_bytes());
    let expected =
        [("flaky", Outcome::Passed), ("meant to fail", Outcome::Passed), ("never begun", Outcome::Skipped)];
    assert_eq!(outcomes(&cases), expected);
    let flaky = &cases[0];
    assert_eq!(
        (flaky.flaky, flaky.seconds, flaky.suite.join("/").as_str()),
        (true, Some(0.2), "a.spec.ts/group")
    );
    assert_eq!(flaky.attempts[0].failures[0].message.as_deref(), Some("no"));
    let steps: Vec<_> =
        flaky.steps.iter().map(|step| (step.depth, step.name.as_str(), step.seconds)).collect();
    assert_eq!(steps, [(0, "click", None), (1, "wait", Some(0.02))]);
    assert_eq!((flaky.output.to_text().as_str(), flaky.attachments[0].name.as_str()), ("hello\n", "trace"));
}

#[test]
fn cypress_runs() {
    let report = br#"{"status":"finished","totalTests":2,"cypressVersion":"13.6.0","runs":[{"spec":{"relative":"cypress/e2e/a.cy.js"},"video":"v.mp4",
        "tests":[{"title":["group","works"],"state":"passed","duration":12,"attempts":[{"state":"failed","error":{"message":"no"}},{"state":"passed"}]},
        {"title":["group","fails"],"state":"failed","displayError":"Error: no\n at x","attempts":[{"state":"failed"}]}]}]}"#;
    let cases = cases("cypress-json", report);
    assert_eq!(outcomes(&cases), [("works", Outcome::Passed), ("fails", Outcome::Failed)]);
    assert_eq!((cases[0].flaky, cases[0].attempts.len(), cases[0].seconds), (true, 1, Some(0.012)));
    assert_eq!(cases[0].attachments[0].path.as_deref(), Some("v.mp4"));
    assert_eq!(cases[1].failures[0].message.as_deref(), Some("Error: no"));
}

#[test]
fn robot_json() {
    let report = br#"{"generator":"Robot 7.2 (Python 3.12 on linux)","generated":"2026-11-28T10:00:00","rpa":false,"suite":{"name":"All","id":"s1",
        "metadata":{"Version":"3"},"suites":[{"name":"Login","tests":[{"name":"Valid","tags":["smoke"],"lineno":4,
        "body":[{"name":"Open","status":"PASS","elapsed_time":0.1,"body":[{"type":"MESSAGE","message":"opened"},{"name":"Inner","status":"PASS"}]}],
        "teardown":{"name":"Close","status":"PASS"},"status":"PASS","start_time":"2026-11-28T10:00:00.000000","elapsed_time":0.2}],
        "teardown":{"name":"Clean","status":"FAIL","message":"no database"},"status":"FAIL"}],
        "tests":[{"name":"Other","status":"SKIP","message":"later"}],"status":"FAIL","elapsed_time":0.5}}"#;
    let (_, _, suites) = read_all(report);
    let cases = cases("robot-json", report);
    assert_eq!(outcomes(&cases), [("Valid", Outcome::Failed), ("Other", Outcome::Skipped)]);
    assert_eq!(cases[0].failures[0].message.as_deref(), Some("no database"));
    let steps: Vec<_> = cases[0].steps.iter().map(|step| (step.depth, step.name.as_str())).collect();
    assert_eq!(steps, [(0, "Open"), (1, "Inner"), (0, "Close")]);
    assert_eq!(
        (cases[0].output.to_text().as_str(), cases[0].suite.join("/").as_str()),
        ("opened\n", "All/Login")
    );
    assert_eq!(suites.last().unwrap().properties, [("Version".to_owned(), "3".to_owned())]);
}

#[test]
fn go_benchmarks() {
    let report = "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"BenchmarkSum\"}\n\
        {\"Action\":\"output\",\"Package\":\"p\",\"Test\":\"BenchmarkSum\",\"Output\":\"BenchmarkSum-8 \\t 1000\\t 12.5 ns/op\\t 16 B/op\\n\"}\n\
        {\"Action\":\"pass\",\"Package\":\"p\"}\n";
    let cases = cases("go-test-json", report.as_bytes());
    assert_eq!(outcomes(&cases), [("BenchmarkSum", Outcome::Passed)]);
    let expected = [("iterations", "1000"), ("ns/op", "12.5"), ("B/op", "16")];
    assert_eq!(cases[0].properties, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn testng_groups() {
    let report = br#"<testng-results total="2"><suite name="s"><groups><group name="slow"><method class="a.B" name="one" signature="x"/></group></groups>
        <test name="t"><class name="a.B"><test-method name="one" status="PASS"/><test-method name="two" status="PASS"/></class></test></suite></testng-results>"#;
    let cases = cases("testng", report);
    assert_eq!(cases[0].properties, [("group".to_owned(), "slow".to_owned())]);
    assert!(cases[1].properties.is_empty());
}

#[test]
fn nunit_suites_have_output_and_properties() {
    let report = br#"<test-run total="1"><test-suite name="s"><properties><property name="Owner" value="ada"/></properties><output>set up</output>
        <test-case name="a" result="Passed"><output>inside</output></test-case></test-suite></test-run>"#;
    let (_, cases, suites) = read_all(report);
    assert_eq!(
        (suites[0].output.to_text().as_str(), cases[0].output.to_text().as_str()),
        ("set up", "inside")
    );
    assert_eq!(suites[0].properties, [("Owner".to_owned(), "ada".to_owned())]);
}

#[test]
fn ctest_compressed_output() {
    use std::io::Write as _;

    use base64::Engine as _;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all("line ä\n".repeat(20_000).as_bytes()).unwrap();
    let packed = base64::engine::general_purpose::STANDARD.encode(packed.finish().unwrap());
    let report = format!(
        r#"<Site BuildName="b"><Testing><Test Status="failed"><Name>t</Name><Results><Measurement><Value encoding="base64" compression="gzip">{packed}</Value></Measurement></Results></Test></Testing></Site>"#
    );
    let output = cases("ctest", report.as_bytes())[0].output.to_text();
    assert_eq!(output, "line ä\n".repeat(20_000));
}

#[test]
fn a_different_total_of_its_own_is_a_note() {
    let (report, ..) = read_all(br#"<testsuite name="s" tests="5"><testcase name="a"/></testsuite>"#);
    assert_eq!(report.notes, ["The report states 5 test cases itself; it contains 1."]);
    let (report, ..) = read_all(br#"<testsuite name="s" tests="1"><testcase name="a"/></testsuite>"#);
    assert_eq!(report.notes, [""; 0]);
}

#[test]
fn a_damaged_line_of_a_blob_keeps_what_came_before() {
    let mut report = String::from("{\"method\":\"onConfigure\",\"params\":{}}\n");
    writeln!(report, r#"{{"method":"onProject","params":{{"project":{{"suites":[{{"title":"f","entries":[{{"testId":"1","title":"t"}}]}}]}}}}}}"#).unwrap();
    report.push_str("{\"method\":");
    let (found, ..) = read_all(report.as_bytes());
    assert_eq!((found.state, found.counts.cases), (State::Malformed, 1));
}

#[test]
fn times_of_cucumber_messages() {
    let report = br#"{"meta":{}}
{"gherkinDocument":{"uri":"a.feature","feature":{"name":"F"}}}
{"pickle":{"id":"p","uri":"a.feature","name":"S","steps":[]}}
{"testCase":{"id":"c","pickleId":"p","testSteps":[]}}
{"testCaseStarted":{"id":"s","testCaseId":"c","timestamp":{"seconds":1700000000,"nanos":0}}}
{"testCaseFinished":{"testCaseStartedId":"s","willBeRetried":false}}"#;
    let cases = cases("cucumber-messages", report);
    assert!(matches!(cases[0].started_at, Some(Moment::Utc(time)) if time.timestamp() == 1_700_000_000));
}
