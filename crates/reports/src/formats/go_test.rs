//! `go test -json` (test2json): one event a line. Events of several packages are mixed.
//!
//! A test without subtests is a case, a test with subtests is not. A test without a final action is read as errored. A
//! package that fails although none of its tests failed is an error of the run. A test that passes when it is run again
//! is flaky. A benchmark is a case, and what it measured are its properties.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::place::place;
use super::value::{lines_of_json, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{number, text};
use crate::limits::{LIST, NAME};
use crate::lines::Lines;
use crate::model::{Attempt, Case, Event, Failure, Outcome, Properties, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let text = lines_of_json(start)?;
    let is_event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        event["Action"].is_string()
            && (event["Package"].is_string() || event["Test"].is_string() || event["ImportPath"].is_string())
    };
    if text.lines().any(is_event) { Ok(()) } else { Err("it has no line with `Action` and `Package`".into()) }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut lines = Lines::new(source);
    let mut reader = Reader::default();
    while let Some(line) = lines.next()? {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Value>(line) {
            Ok(event) if event.is_object() => reader.event(&event),
            _ => sink.note("Lines that are not JSON were passed over."),
        }
    }
    reader.finish(sink)
}

/// The package and the full name of a test.
type Key = (String, String);

#[derive(Default)]
struct Reader {
    /// The tests in the order in which they began.
    order: Vec<Key>,
    tests: BTreeMap<Key, Test>,
    packages: BTreeMap<String, Package>,
    parents: BTreeSet<Key>,
}

#[derive(Default)]
struct Test {
    outcome: Option<Outcome>,
    seconds: Option<f64>,
    started_at: Option<crate::model::Moment>,
    output: Text,
    attempts: Vec<Attempt>,
    /// What a benchmark measured, with the units as names.
    result: Properties,
}

#[derive(Default)]
struct Package {
    failed: bool,
    output: Text,
}

impl Reader {
    fn event(&mut self, event: &Value) {
        let package = some_name(&event["Package"]).unwrap_or_default();
        let action = event["Action"].as_str().unwrap_or_default();
        let Some(name) = some_name(&event["Test"]) else {
            let package = self.packages.entry(package).or_default();
            package.failed |= action == "fail";
            if let Some(output) = text(&event["Output"]) {
                package.output.push(&output);
            }
            return;
        };
        self.packages.entry(package.clone()).or_default();
        for (at, _) in name.match_indices('/') {
            self.parents.insert((package.clone(), name[..at].to_owned()));
        }
        let key = (package, name);
        if !self.tests.contains_key(&key) {
            self.order.push(key.clone());
        }
        self.tests.entry(key).or_default().take(event, action);
    }

    fn finish(self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let Self { order, mut tests, packages, parents } = self;
        let mut failed_in = BTreeSet::new();
        let mut with_cases = BTreeSet::new();
        for key in order {
            let Some(test) = tests.remove(&key) else { continue };
            // A benchmark that wrote its result has no final action.
            let unfinished = if test.result.is_empty() { Outcome::Errored } else { Outcome::Passed };
            let outcome = test.outcome.unwrap_or(unfinished);
            if matches!(outcome, Outcome::Failed | Outcome::Errored) {
                failed_in.insert(key.0.clone());
            }
            if !parents.contains(&key) {
                with_cases.insert(key.0.clone());
                sink.send(Event::Case(Box::new(test.into_case(key, outcome))))?;
            }
        }
        for (name, package) in packages {
            if package.failed && !failed_in.contains(&name) {
                let message = Some(format!("The package {name} failed."));
                let failure = Failure {
                    outcome: Outcome::Errored,
                    type_name: None,
                    message,
                    detail: package.output.clone(),
                };
                sink.send(Event::RunError(failure))?;
            }
            if with_cases.contains(&name) {
                sink.send(Event::Suite(Suite {
                    path: vec![name],
                    output: package.output,
                    ..Suite::default()
                }))?;
            }
        }
        Ok(())
    }
}

impl Test {
    fn take(&mut self, event: &Value, action: &str) {
        let outcome = match action {
            "pass" | "bench" => Outcome::Passed,
            "fail" => Outcome::Failed,
            "skip" => Outcome::Skipped,
            "run" => {
                self.begin(event);
                return;
            }
            _ => {
                if let Some(output) = text(&event["Output"]) {
                    self.result.extend(benchmark(&output));
                    self.output.push(&output);
                }
                return;
            }
        };
        self.outcome = Some(outcome);
        self.seconds = number(&event["Elapsed"]);
    }

    /// Begins a test. If it ran before, the earlier run becomes an attempt.
    fn begin(&mut self, event: &Value) {
        if let Some(outcome) = self.outcome.take() {
            let (seconds, output) = (self.seconds.take(), std::mem::take(&mut self.output));
            let started_at = self.started_at.take();
            self.attempts.push(Attempt { started_at, seconds, output, ..Attempt::new(outcome) });
        }
        self.started_at = text(&event["Time"]).as_deref().and_then(time::moment);
    }

    fn into_case(self, (package, name): Key, outcome: Outcome) -> Case {
        let mut case = Case::new(vec![package.clone()], cut(&name, NAME));
        case.class = Some(package);
        case.outcome = outcome;
        case.seconds = self.seconds;
        case.started_at = self.started_at;
        case.flaky = outcome == Outcome::Passed
            && self.attempts.iter().any(|attempt| attempt.outcome != Outcome::Passed);
        case.attempts = self.attempts;
        case.properties = self.result;
        if outcome == Outcome::Failed || outcome == Outcome::Errored {
            let message = Some(reason(&self.output, outcome));
            if let Some((file, line)) = message.as_deref().and_then(place) {
                (case.file, case.line) = (Some(file), Some(line));
            }
            case.failures.push(Failure { outcome, type_name: None, message, detail: self.output.clone() });
        }
        case.output = self.output;
        case
    }
}

/// `BenchmarkSum-8   1000   1234 ns/op   16 B/op` gives what was measured: `iterations`, `ns/op`, `B/op`.
fn benchmark(line: &str) -> Properties {
    if !line.contains(" ns/op") && !line.contains("\tns/op") {
        return Properties::new();
    }
    // The name may have been written before, in an event of its own.
    let words: Vec<&str> = line.split_whitespace().skip_while(|word| word.parse::<u64>().is_err()).collect();
    let Some((iterations, measured)) = words.split_first() else { return Properties::new() };
    let pairs = measured.chunks_exact(2).map(|pair| (cut(pair[1], NAME), cut(pair[0], NAME)));
    std::iter::once(("iterations".to_owned(), cut(iterations, NAME))).chain(pairs).take(LIST).collect()
}

/// The message of a failure: the first line that the test itself wrote.
fn reason(output: &Text, outcome: Outcome) -> String {
    let text = output.to_text();
    let own = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("===") && !line.starts_with("---"));
    let ended = "The test did not end.";
    own.map_or_else(
        || if outcome == Outcome::Errored { ended.into() } else { String::new() },
        |line| cut(line, NAME),
    )
}
