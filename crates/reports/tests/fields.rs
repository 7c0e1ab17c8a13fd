//! What a report says of a case besides its outcome, for each format: time, place, failure, output, parameters, tags,
//! owners, links, attachments, steps, attempts. The reports are in `samples`, one per format.

mod samples;

use testkeep_reports::{Case, Event, Failure, Format, Outcome, State, Suite, read};

struct Found {
    cases: Vec<Case>,
    suites: Vec<Suite>,
    run_errors: Vec<Failure>,
}

fn found(format: &str) -> Found {
    let (mut cases, mut suites, mut run_errors) = (Vec::new(), Vec::new(), Vec::new());
    let bytes = samples::of(format);
    let report = read(Box::new(&*bytes), &mut |event| {
        match event {
            Event::Case(case) => cases.push(*case),
            Event::Suite(suite) => suites.push(suite),
            Event::RunError(failure) => run_errors.push(failure),
        }
        Ok(())
    })
    .expect("nobody stops it");
    assert_eq!(report.format.map(Format::as_str), Some(format), "{:?}", report.tried);
    assert_eq!(report.state, State::Ok, "{format} {:?}", report.notes);
    Found { cases, suites, run_errors }
}

fn pairs(list: &[(String, String)]) -> Vec<(&str, &str)> {
    list.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Place, class of the exception, message and trace of the first failure.
type Why<'a> = (Option<&'a str>, Option<u64>, Option<&'a str>, Option<&'a str>, String);

fn why(case: &Case) -> Why<'_> {
    let failure = case.failures.first().expect("it did not pass");
    let (class, message) = (failure.type_name.as_deref(), failure.message.as_deref());
    (case.file.as_deref(), case.line, class, message, failure.detail.to_text())
}

#[test]
fn every_format_has_a_sample_that_is_recognized() {
    for format in Format::ALL {
        let cases = found(format.as_str()).cases;
        assert!(!cases.is_empty(), "{}", format.as_str());
        let fails = |case: &Case| matches!(case.outcome, Outcome::Failed | Outcome::Errored);
        for case in cases.iter().filter(|case| fails(case)) {
            assert!(!case.name.is_empty(), "{case:?}");
            let is_explained = !case.failures.is_empty() || case.outcome == Outcome::Errored;
            assert!(is_explained || format.as_str() == "cypress-json", "{} {case:?}", format.as_str());
        }
    }
}

#[test]
fn boost() {
    let Found { cases, .. } = found("boosttest");
    let (file, line, _, message, detail) = why(&cases[0]);
    assert_eq!((file, line, message), (Some("cart.cpp"), Some(10), Some("check 1 == 2 has failed")));
    assert_eq!(detail, "cart.cpp:12\ncheck 1 == 2 has failed\ni = 3");
    assert_eq!((cases[0].seconds, cases[0].output.to_text().as_str()), (Some(0.0025), "check opened\n"));
    assert!(cases[1].failures[0].detail.to_text().ends_with("last checkpoint: cart.cpp:17 "));
    assert_eq!(cases[2].failures[0].message.as_deref(), Some("disabled"));
}

#[test]
fn qtest() {
    let Found { cases, suites, .. } = found("qtestlib");
    let (file, line, _, message, _) = why(&cases[0]);
    assert_eq!((file, line, message), (Some("tst_cart.cpp"), Some(42), Some("'1' returned FALSE")));
    let steps: Vec<_> = cases[0].steps.iter().map(|row| (row.name.as_str(), row.failure.is_some())).collect();
    assert_eq!(steps, [("one", false), ("two", true)]);
    assert_eq!(cases[0].output.to_text(), "one: opening the shop\n");
    assert_eq!(pairs(&cases[1].properties), [("WalltimeMilliseconds (small)", "0.5")]);
    assert_eq!(pairs(&suites[0].properties), [("QtVersion", "6.5.0"), ("QtBuild", "x86_64")]);
    assert_eq!((cases[0].seconds, suites[0].seconds), (Some(0.012), Some(0.02)));
}

#[test]
fn cunit() {
    let Found { cases, run_errors, .. } = found("cunit");
    let (file, line, _, message, _) = why(&cases[1]);
    assert_eq!((file, line, message), (Some("cart.c"), Some(42), Some("1 == 2")));
    assert_eq!(run_errors[0].message.as_deref(), Some("Suite Initialization Failed"));
}

#[test]
fn check() {
    let Found { cases, .. } = found("check");
    let (file, line, _, message, _) = why(&cases[1]);
    assert_eq!((file, line, message), (Some("ex.c"), Some(16), Some("Failure")));
    assert_eq!((cases[1].seconds, cases[1].class.as_deref()), (Some(0.5), Some("Core")));
    assert_eq!(pairs(&cases[1].parameters), [("iteration", "2")]);
}

#[test]
fn cppunit_and_aunit() {
    let cases = found("cppunit").cases;
    assert_eq!((cases[1].seconds, cases[1].class.as_deref()), (Some(0.25), Some("CartTest")));
    assert_eq!(pairs(&cases[1].properties), [("path", "/All/CartTest/adds")]);
    let cases = found("aunit").cases;
    let (_, _, class, message, detail) = why(&cases[1]);
    assert_eq!((class, message), (Some("CONSTRAINT_ERROR"), Some("Test errored.")));
    assert_eq!(detail, "Test errored.\ncart.adb:12 range check failed\n0x1 0x2");
}

#[test]
fn fpcunit_and_unittestpp() {
    let cases = found("fpcunit").cases;
    let (file, line, class, message, _) = why(&cases[1]);
    assert_eq!((file, line, class), (Some("cart.pas"), Some(42), Some("EAssertionFailedError")));
    assert_eq!((message, cases[0].seconds), (Some("expected: 1 but was: 2"), Some(0.25)));
    let cases = found("unittest++").cases;
    assert_eq!(
        (cases[1].file.as_deref(), cases[1].line, cases[1].failures.len()),
        (Some("cart.cpp"), Some(14), 2)
    );
}

#[test]
fn ctest() {
    let Found { cases, suites, .. } = found("ctest");
    assert_eq!(cases[0].failures[0].message.as_deref(), Some("Required regular expression not found"));
    let expected = [
        ("label", "smoke"),
        ("command", "/w/adds -v"),
        ("Fail Reason", "Required regular expression not found"),
        ("Processors", "2"),
    ];
    assert_eq!(pairs(&cases[0].properties), expected);
    let file = &cases[0].attachments[0];
    assert_eq!((file.name.as_str(), file.content.as_deref()), ("output.txt", Some(&b"hello"[..])));
    assert_eq!((suites[0].seconds, suites[0].host.as_deref()), (Some(30.0), Some("ci-1")));
    assert!(suites[0].started_at.is_some());
}

#[test]
fn testng() {
    let cases = found("testng").cases;
    let (_, _, class, message, detail) = why(&cases[0]);
    assert_eq!((class, message), (Some("java.lang.AssertionError"), Some("expected 1")));
    assert_eq!(
        (detail.as_str(), cases[0].output.to_text().as_str()),
        ("at CartTest.java:42", "opening the shop\n")
    );
    assert_eq!(pairs(&cases[0].properties), [("description", "Adds an item"), ("group", "slow")]);
    assert_eq!(pairs(&cases[0].parameters), [("0", "3")]);
    assert_eq!((cases[1].flaky, cases[1].attempts.len()), (true, 1));
}

#[test]
fn nunit() {
    let Found { cases, suites, .. } = found("nunit");
    let messages: Vec<_> =
        cases[0].failures.iter().filter_map(|failure| failure.message.as_deref()).collect();
    assert_eq!(messages, ["Multiple failures", "Expected 1"]);
    assert_eq!(pairs(&cases[0].parameters), [("arguments", "1,\"a\"")]);
    assert_eq!(cases[0].attachments[0].name, "the cart");
    assert_eq!(cases[1].failures[0].message.as_deref(), Some("later"));
    assert_eq!((suites[0].host.as_deref(), suites[0].seconds), (Some("ci-1"), Some(1.5)));
}

#[test]
fn xunit() {
    let Found { cases, suites, .. } = found("xunit");
    let (file, line, class, message, _) = why(&cases[0]);
    assert_eq!((file, line, class), (Some("CartTest.cs"), Some(42), Some("Xunit.EqualException")));
    assert_eq!((message, pairs(&cases[0].parameters)), (Some("Expected 1"), vec![("arguments", "count: 3")]));
    let contents: Vec<_> = cases[0].attachments.iter().map(|file| file.content.as_deref()).collect();
    assert_eq!(contents, [Some(&b"hello"[..]), Some(b"hello")]);
    assert_eq!(suites[0].host.as_deref(), Some("ci-1"));
    let expected = [("environment", "64-bit .NET 8"), ("test-framework", "xUnit.net 2.4")];
    assert_eq!(pairs(&suites[0].properties), expected);
    assert!(suites[0].started_at.is_some());
}

#[test]
fn trx() {
    let cases = found("trx").cases;
    assert_eq!((cases[0].seconds, cases[0].class.as_deref()), (Some(0.125), Some("Shop.CartTest")));
    let expected = [
        ("computer", "ci-1"),
        ("owner", "ada"),
        ("category", "smoke"),
        ("Ticket", "A-1"),
        ("description", "Adds an item"),
        ("priority", "2"),
    ];
    assert_eq!(pairs(&cases[0].properties), expected);
    assert_eq!(cases[0].attachments[0].name, "1.png");
    assert_eq!(pairs(&cases[2].parameters), [("row", "1")]);
    assert_eq!(cases[2].outcome, Outcome::Errored);
}

#[test]
fn robot() {
    let Found { cases, suites, .. } = found("robot");
    let steps: Vec<_> =
        cases[0].steps.iter().map(|step| (step.depth, step.name.as_str(), step.seconds)).collect();
    let expected =
        [(0, "Open Shop", Some(0.2)), (1, "Take Picture", Some(0.1)), (0, "Should Be Equal", Some(0.1))];
    assert_eq!(steps, expected);
    let (file, line, _, message, _) = why(&cases[0]);
    assert_eq!((file, line, message), (Some("/w/shop.robot"), Some(4), Some("2 != 1")));
    assert_eq!(pairs(&cases[0].properties), [("documentation", "Adds an item"), ("tag", "smoke")]);
    assert_eq!(cases[0].attachments[0].path.as_deref(), Some("1.png"));
    assert_eq!((suites[0].seconds, pairs(&suites[0].properties)), (Some(1.5), vec![("Version", "3")]));
}

#[test]
fn dart() {
    let cases = found("dart-json").cases;
    let (file, line, _, message, detail) = why(&cases[0]);
    assert_eq!(
        (file, line, message),
        (Some("file:///w/test/cart_test.dart"), Some(42), Some("Expected: <1>"))
    );
    assert!(detail.ends_with("test/cart_test.dart 42:5"), "{detail}");
    assert_eq!((cases[0].seconds, cases[0].output.to_text().as_str()), (Some(0.125), "opening the shop\n"));
    assert_eq!(pairs(&cases[0].properties), [("platform", "chrome")]);
    assert_eq!(cases[1].failures[0].message.as_deref(), Some("no shop"));
}

#[test]
fn newman() {
    let Found { cases, run_errors, .. } = found("newman-json");
    let (_, _, class, message, _) = why(&cases[0]);
    assert_eq!((class, message), (Some("AssertionError"), Some("expected 1")));
    let expected = [("request", "GET https://shop.example/carts"), ("response", "500")];
    assert_eq!(pairs(&cases[0].properties), expected);
    assert_eq!(pairs(&cases[0].parameters), [("iteration", "2")]);
    assert_eq!(run_errors[0].type_name.as_deref(), Some("ReferenceError"));
}

#[test]
fn pytest() {
    let case = &found("pytest-json-report").cases[0];
    assert_eq!((case.file.as_deref(), case.line), (Some("tests/test_cart.py"), Some(42)));
    assert_eq!(case.output.to_text(), "opening the shop\nWARNING the shop is slow\n");
    assert_eq!(pairs(&case.properties), [("keyword", "smoke"), ("ticket", "A-1")]);
    assert_eq!(case.failures[0].type_name.as_deref(), Some("AssertionError"));
}

#[test]
fn tap() {
    let cases = found("tap").cases;
    assert_eq!((cases[0].name.as_str(), cases[0].seconds), ("adds", Some(0.0125)));
    let (file, line, _, message, _) = why(&cases[1]);
    assert_eq!((file, line, message), (Some("cart.test.js"), Some(42), Some("expected 1")));
}

#[test]
fn go() {
    let case = &found("go-test-json").cases[0];
    assert_eq!((case.file.as_deref(), case.line, case.seconds), (Some("cart_test.go"), Some(42), Some(0.12)));
}

#[test]
fn ctrf() {
    let cases = found("ctrf").cases;
    let (file, line, _, message, _) = why(&cases[0]);
    assert_eq!((file, line, message), (Some("cart.test.js"), Some(42), Some("expected 1")));
    assert_eq!(pairs(&cases[0].properties), [("tag", "smoke"), ("owner", "ada"), ("browser", "firefox")]);
    assert_eq!(cases[0].attachments[0].content.as_deref(), Some(&b"hello"[..]));
    assert_eq!((cases[0].attempts.len(), cases[1].flaky), (1, true));
}

#[test]
fn cucumber_messages() {
    let case = &found("cucumber-messages").cases[0];
    let (file, line, _, message, _) = why(case);
    assert_eq!((file, line, message), (Some("cart.feature"), Some(9), Some("expected 1")));
    assert_eq!(
        (pairs(&case.parameters), pairs(&case.properties)),
        (vec![("count", "3")], vec![("tag", "@smoke")])
    );
    assert_eq!((case.seconds, case.steps[0].name.as_str()), (Some(0.5), "a shop"));
}

/// Contents inside a report are bytes as the test wrote them, however the report packs them.
#[test]
fn embedded_attachments_are_unpacked() {
    for format in ["cucumber-json", "cucumber-messages", "playwright-json", "ctrf", "ctest", "xunit"] {
        let contents =
            found(format).cases.iter().flat_map(|case| &case.attachments).cloned().collect::<Vec<_>>();
        assert_eq!(contents[0].content.as_deref(), Some(&b"hello"[..]), "{format}");
    }
}

#[test]
fn allure() {
    let case = &found("allure1").cases[0];
    assert_eq!(pairs(&case.properties), [("owner", "ada"), ("description", "Adds an item")]);
    assert_eq!((pairs(&case.parameters), case.steps.len()), (vec![("count", "3")], 1));
    let case = &found("allure2").cases[0];
    let expected = [
        ("suite", "cart"),
        ("owner", "ada"),
        ("issue", "https://tickets.example/A-1"),
        ("description", "Adds an item"),
    ];
    assert_eq!(pairs(&case.properties), expected);
}

#[test]
fn a_shard_says_so() {
    let bytes = samples::of("playwright-blob");
    let report = read(Box::new(&*bytes), &mut |_event| Ok(())).expect("nobody stops it");
    assert_eq!(report.notes, ["It is shard 1 of 2 of its run; the others are reports of their own."]);
}
