//! What is exported reads back equal.

use chrono::DateTime;
use proptest::prelude::*;
use testkeep_reports::export::{write_csv, write_ctrf, write_junit};
use testkeep_reports::{Attempt, Case, Event, Failure, Moment, Outcome, State, Step, Text, read};

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
