//! What is exported reads back equal.

use chrono::DateTime;
use proptest::prelude::*;
use testkeep_reports::export::{write_csv, write_ctrf, write_html, write_json, write_junit};
use testkeep_reports::{Attachment, Attempt, Case, Event, Failure, Moment, Outcome, State, Step, Text, read};

fn read_back(bytes: &[u8]) -> Vec<Case> {
    let mut cases = Vec::new();
    let report = read(Box::new(bytes), &mut |event| {
        if let Event::Case(case) = event {
            cases.push(*case);
        }
        Ok(())
    })
    .expect("nobody stops it");
    let state = if cases.is_empty() { State::Empty } else { State::Ok };
    assert_eq!(
        report.state,
        state,
        "{:?} {:?}\n{}",
        report.notes,
        report.tried,
        String::from_utf8_lossy(bytes)
    );
    assert_eq!(report.notes, [""; 0]);
    cases
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9<>&\"' äß→🙂._/#-]{0,12}[a-z]"
}

/// Text of several lines, with everything that XML allows.
fn lines() -> impl Strategy<Value = Text> {
    prop::collection::vec("[ -~äß🙂\t]{0,20}[a-z]", 0..4).prop_map(|lines| {
        let mut text = Text::default();
        for line in lines {
            text.push_line(&line);
        }
        text
    })
}

fn time() -> impl Strategy<Value = Option<Moment>> {
    prop::option::of(
        (1_600_000_000_000_i64..1_900_000_000_000)
            .prop_map(|millis| Moment::Utc(DateTime::from_timestamp_millis(millis).expect("a date"))),
    )
}

fn seconds() -> impl Strategy<Value = Option<f64>> {
    prop::option::of((0_u32..10_000_000).prop_map(|millis| f64::from(millis) / 1000.0))
}

prop_compose! {
    /// The message is the first line of the detail, as most tools write it.
    fn failure(outcome: Outcome)(message in "[a-z<&\"]{1,10}", type_name in prop::option::of(word()), rest in lines()) -> Failure {
        let detail = Text::from(&*format!("{message}\n{}", rest.to_text()));
        Failure { outcome, type_name, message: Some(message), detail }
    }
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(vec![
        Outcome::Passed,
        Outcome::Failed,
        Outcome::Errored,
        Outcome::Skipped,
        Outcome::Other,
    ])
}

prop_compose! {
    fn attempt()(outcome in prop::sample::select(vec![Outcome::Failed, Outcome::Errored]))
        (failure in failure(outcome), started_at in time(), seconds in seconds(), output in lines(), error_output in lines(), outcome in Just(outcome)) -> Attempt {
        // CTRF has no place for the type of an attempt's failure.
        let failures = vec![Failure { type_name: None, ..failure }];
        Attempt { started_at, seconds, failures, output, error_output, ..Attempt::new(outcome) }
    }
}

prop_compose! {
    fn named()(names in prop::collection::btree_map("[a-z]{1,8}", word(), 0..3)) -> Vec<(String, String)> {
        names.into_iter().filter(|(name, _)| name != "tag").collect()
    }
}

prop_compose! {
    fn case()(outcome in outcome())
        (
            suite in prop::collection::vec(word(), 1..4), name in word(), class in prop::option::of(word()), file in prop::option::of(word()),
            line in prop::option::of(1_u64..10_000), started_at in time(), seconds in seconds(), failure in failure(outcome),
            attempts in prop::collection::vec(attempt(), 0..3), (parameters, properties) in (named(), named()), output in lines(), error_output in lines(), outcome in Just(outcome),
        ) -> Case {
        let mut case = Case::new(suite, name);
        let is_bad = matches!(outcome, Outcome::Failed | Outcome::Errored);
        case.failures = if is_bad || outcome == Outcome::Skipped { vec![failure] } else { Vec::new() };
        case.attempts = if is_bad || outcome == Outcome::Passed { attempts } else { Vec::new() };
        case.flaky = outcome == Outcome::Passed && !case.attempts.is_empty();
        Case { class, file, line, outcome, started_at, seconds, parameters, properties, output, error_output, ..case }
    }
}

prop_compose! {
    fn step()(depth in 0_u16..4, name in word(), outcome in outcome(), seconds in seconds()) -> Step {
        Step { depth, name, outcome, started_at: None, seconds, failure: None }
    }
}

/// Suites come in the order of their first cases, so cases are compared in the order of their suites and names.
fn sorted(mut cases: Vec<Case>) -> Vec<String> {
    cases.sort_by(|left, right| (&left.suite, &left.name).cmp(&(&right.suite, &right.name)));
    let mut lines: Vec<String> = cases.iter().map(|case| format!("{case:#?}")).collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn junit_reads_back_equal(cases in prop::collection::vec(case(), 0..6)) {
        let mut bytes = Vec::new();
        write_junit(&cases, &mut bytes).expect("memory can be written");
        prop_assert_eq!(sorted(read_back(&bytes)), sorted(cases));
    }

    #[test]
    fn ctrf_reads_back_equal(cases in prop::collection::vec((case(), prop::collection::vec(step(), 0..3)), 0..6)) {
        let cases: Vec<Case> = cases.into_iter().map(|(case, steps)| Case { steps, ..case }).collect();
        let mut bytes = Vec::new();
        write_ctrf(&cases, &mut bytes).expect("memory can be written");
        prop_assert_eq!(sorted(read_back(&bytes)), sorted(cases));
    }

    #[test]
    fn any_text_can_be_exported(name in any::<String>(), output in any::<String>()) {
        let mut case = Case::new(vec![name.clone()], name);
        case.output = Text::from(&*output);
        let mut bytes = Vec::new();
        write_junit(std::slice::from_ref(&case), &mut bytes).expect("memory can be written");
        prop_assert_eq!(read_back(&bytes).len(), 1);
        bytes.clear();
        write_ctrf(std::slice::from_ref(&case), &mut bytes).expect("memory can be written");
        prop_assert_eq!(read_back(&bytes)[0].name.clone(), case.name);
    }
}

#[test]
fn csv_has_a_line_for_each_case_and_no_formulas() {
    let mut case = Case::new(vec!["a".into(), "b".into()], "=cmd()");
    case.properties = vec![("owner".into(), "x; =1+1, \"y\"".into())];
    case.seconds = Some(1.5);
    let mut bytes = Vec::new();
    write_csv(&[case], &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "\u{feff}suite,class,name,parameters,outcome,flaky,attempts,started at,seconds,message,file,line,properties"
    );
    assert_eq!(lines[1], "a > b,,'=cmd(),,passed,false,1,,1.5,,,,\"owner=x;' =1+1, \"\"y\"\"\"");
}

#[test]
fn json_has_every_case_with_the_same_keys() {
    let mut case = Case::new(vec!["a".into(), "b".into()], "adds");
    case.failures = vec![Failure {
        outcome: Outcome::Failed,
        type_name: Some("E".into()),
        message: Some("no".into()),
        detail: Text::from("at x"),
    }];
    case.parameters = vec![("n".into(), "1".into()), ("n".into(), "2".into())];
    case.attempts = vec![Attempt::new(Outcome::Failed)];
    let mut bytes = Vec::new();
    write_json(&[case, Case::new(Vec::new(), "bare")], &mut bytes).unwrap();
    let written: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&written[0]), keys(&written[1]));
    assert_eq!(written[0]["failures"][0]["detail"], "at x");
    assert_eq!(written[0]["parameters"][1]["value"], "2");
    assert_eq!(written[0]["attempts"][0]["outcome"], "failed");
}

/// What is between the tags of a page.
fn visible(html: &str) -> String {
    html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect()
}

#[test]
fn html_shows_everything_and_loads_nothing() {
    let mut case = Case::new(vec!["shop".into()], "adds \"three\" <items>");
    case.outcome = Outcome::Failed;
    case.failures = vec![Failure {
        outcome: Outcome::Failed,
        type_name: Some("AssertionError".into()),
        message: Some("1 < 2 & more".into()),
        detail: Text::from("at Cart.java:42"),
    }];
    case.steps = vec![Step {
        depth: 1,
        name: "opens the shop".into(),
        outcome: Outcome::Passed,
        started_at: None,
        seconds: Some(0.5),
        failure: None,
    }];
    case.parameters = vec![("count".into(), "3".into())];
    case.properties = vec![("owner".into(), "ada".into())];
    case.attachments = vec![Attachment {
        name: "the cart".into(),
        path: None,
        media_type: Some("image/png".into()),
        content: Some(b"hello".to_vec()),
    }];
    let mut passed = Case::new(vec!["shop".into()], "removes");
    passed.attempts = vec![Attempt::new(Outcome::Errored)];
    passed.flaky = true;
    let mut bytes = Vec::new();
    write_html("Nightly & more", &[passed, case], &mut bytes).unwrap();
    let html = String::from_utf8(bytes).unwrap();
    let text = visible(&html);
    for words in [
        "Nightly &amp; more",
        "2 cases, 1 flaky",
        "1 failed",
        "adds &quot;three&quot; &lt;items&gt;",
        "AssertionError",
        "1 &lt; 2 &amp; more",
        "at Cart.java:42",
        "opens the shop",
        "count=3",
        "ownerada",
        "Earlier attempt 1: errored",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(html.contains("src=\"data:image/png;base64,aGVsbG8=\""));
    assert!(html.contains("default-src 'none'"));
    assert!(html.find("adds").unwrap() < html.find("removes").unwrap(), "failed cases come first");
    let mut empty = Vec::new();
    write_html("", &[], &mut empty).unwrap();
    let program = String::from_utf8(empty).unwrap();
    assert!(program.len() < 1024 * 1024 && !program.contains("://"), "{}", program.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Tags come from the program alone, whatever the texts of a report are.
    #[test]
    fn no_text_becomes_a_tag(text in "[a-z<>&\"'/=! -]{0,40}") {
        let page = |text: &str| {
            let mut case = Case::new(vec![text.to_owned()], text);
            case.output = Text::from(&*format!("x{text}"));
            case.class = Some(text.to_owned());
            case.parameters = vec![(text.to_owned(), text.to_owned())];
            case.properties = vec![(text.to_owned(), text.to_owned())];
            case.attachments =
                vec![Attachment { name: text.to_owned(), path: Some(text.to_owned()), media_type: None, content: None }];
            let mut bytes = Vec::new();
            write_html(text, &[case], &mut bytes).expect("memory can be written");
            String::from_utf8(bytes).expect("UTF-8")
        };
        let tags = |html: &str| html.matches(['<', '>', '"', '\'']).count();
        prop_assert_eq!(tags(&page(&text)), tags(&page("word")));
    }
}
