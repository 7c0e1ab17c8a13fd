//! JUnit XML in its dialects: Ant, Surefire, Gradle, pytest, PHPUnit, jest-junit, GoogleTest, CTest, Katalon Studio and
//! converters.
//!
//! There is no standard. In all dialects a `<testcase>` is in a `<testsuite>`, at any depth, and has child elements for
//! failures. Counting rules: each `<testcase>` counts once, with the first of error, failure, skipped, passed that
//! applies. Several failures are one failed case. A case with only `rerun…`/`flaky…` children is passed and flaky;
//! beside a `<failure>` these children are earlier attempts. Without such children the attribute `status` or `result`
//! decides.

use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attempt, Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Element, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    match xml.root.as_str() {
        "testsuites" | "testsuite" | "testcase" => Ok(()),
        root => Err(format!("its root element is <{root}>, not <testsuites> or <testsuite>")),
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut reader = Reader::default();
    loop {
        match xml.next() {
            Ok(Token::Open(element)) => reader.open(element, sink),
            Ok(Token::Text(text)) => reader.text(text),
            Ok(Token::Close(name)) => reader.close(name, sink)?,
            Ok(Token::End) => break,
            Err(words) => {
                reader.break_off(sink);
                return Err(words.into());
            }
        }
    }
    xml.finish()
}

#[derive(Default)]
struct Reader {
    suites: Vec<Suite>,
    path: Path,
    case: Option<Open>,
    /// The targets of text. An opening element pushes its target.
    targets: Vec<Target>,
}

struct Open {
    case: Case,
    /// The attribute `status` or `result`, for a case without children that decide.
    status: Option<String>,
    /// The open `rerun…` or `flaky…` element.
    attempt: Option<Attempt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// Text between elements, which is ignored.
    Nothing,
    Output,
    ErrorOutput,
    Failure,
    /// `<message>` in a failure.
    Message,
    Attempt,
    AttemptOutput,
    AttemptErrorOutput,
    Property,
}

impl Reader {
    fn open(&mut self, element: &Element, sink: &mut Sink<'_>) {
        let name = element.name();
        let target = match name {
            "testsuite" => {
                self.open_suite(element);
                Target::Nothing
            }
            "testcase" => {
                self.open_case(element);
                Target::Nothing
            }
            "system-out" | "systemout" if self.is_in_attempt() => Target::AttemptOutput,
            "system-err" | "systemerr" if self.is_in_attempt() => Target::AttemptErrorOutput,
            "system-out" | "systemout" => Target::Output,
            "system-err" | "systemerr" => Target::ErrorOutput,
            "failure" | "error" | "skipped" | "skip" | "ignored" if self.target() != Target::Failure => {
                self.open_failure(element, name);
                Target::Failure
            }
            "rerunFailure" | "rerunError" | "flakyFailure" | "flakyError" => {
                self.open_attempt(element, name);
                Target::Attempt
            }
            "message" if self.target() == Target::Failure => Target::Message,
            "property" => {
                self.property(element);
                Target::Property
            }
            "package" if self.case.is_none() => Target::Nothing,
            _ => self.target(),
        };
        if self.targets.is_empty() {
            sink.states(element.get("tests").and_then(|count| count.parse().ok()));
        }
        if name == "testsuites" && element.get("name") == Some("jest tests") {
            sink.set_dialect("jest-junit");
        }
        self.targets.push(target);
    }

    fn target(&self) -> Target {
        self.targets.last().copied().unwrap_or(Target::Nothing)
    }

    fn is_in_attempt(&self) -> bool {
        self.case.as_ref().is_some_and(|open| open.attempt.is_some())
    }

    fn open_suite(&mut self, element: &Element) {
        let mut suite = Suite::default();
        for (name, value) in element.attributes() {
            match name {
                "name" => self.path.push(value),
                "timestamp" => suite.started_at = time::moment(value),
                "time" | "duration" => suite.seconds = time::seconds(value),
                "hostname" => suite.host = Some(cut(value, NAME)),
                "tests" | "failures" | "errors" | "skipped" | "disabled" | "skip" | "skips" => {
                    suite.stated.push((name.to_owned(), cut(value, NAME)));
                }
                _ => {}
            }
        }
        if element.get("name").is_none() {
            self.path.push("");
        }
        suite.path = self.path.names();
        self.suites.push(suite);
    }

    fn open_case(&mut self, element: &Element) {
        let mut case = Case::new(self.path.names(), "");
        let mut status = None;
        for (name, value) in element.attributes() {
            match name {
                "name" => case.name = cut(value, NAME),
                "classname" | "class" => case.class = Some(cut(value, NAME)),
                "time" | "duration" => case.seconds = time::seconds(value),
                "timestamp" => case.started_at = time::moment(value),
                "file" => case.file = Some(cut(value, NAME)),
                "line" | "lineno" => case.line = value.parse().ok(),
                "status" | "result" => status = status.or_else(|| Some(cut(value, NAME))),
                _ => {}
            }
        }
        self.case = Some(Open { case, status, attempt: None });
    }

    fn open_failure(&mut self, element: &Element, name: &str) {
        let outcome = match name {
            "failure" => Outcome::Failed,
            "error" => Outcome::Errored,
            _ => Outcome::Skipped,
        };
        let failure = failure(element, outcome);
        match &mut self.case {
            Some(open) if open.case.failures.len() < LIST => open.case.failures.push(failure),
            // Outside of a case the failure belongs to the run. It is sent when its element closes.
            Some(_) => {}
            None => self.path.run_error = Some(failure),
        }
    }

    fn open_attempt(&mut self, element: &Element, name: &str) {
        let outcome = if name.ends_with("Error") { Outcome::Errored } else { Outcome::Failed };
        let Some(open) = &mut self.case else { return };
        let seconds = element.get("time").and_then(time::seconds);
        let started_at = element.get("timestamp").and_then(time::moment);
        let failures = vec![failure(element, outcome)];
        open.attempt = Some(Attempt { started_at, seconds, failures, ..Attempt::new(outcome) });
    }

    fn property(&mut self, element: &Element) {
        let (Some(name), Some(value)) = (element.get("name"), element.get("value")) else { return };
        let properties = match (&mut self.case, self.suites.last_mut()) {
            (Some(open), _) => &mut open.case.properties,
            (None, Some(suite)) => &mut suite.properties,
            (None, None) => return,
        };
        if properties.len() < LIST {
            properties.push((cut(name, NAME), cut(value, NAME)));
        }
        // Our own export writes parameters so ([`crate::export`]).
        if let Some(open) = &mut self.case
            && let Some(parameter) = name.strip_prefix("parameter[").and_then(|name| name.strip_suffix(']'))
            && let Some((_, value)) = open.case.properties.pop()
        {
            open.case.parameters.push((cut(parameter, NAME), value));
        }
    }

    fn text(&mut self, text: &str) {
        let target = self.target();
        let Some(open) = &mut self.case else {
            match (target, self.suites.last_mut()) {
                (Target::Output, Some(suite)) => suite.output.push(text),
                (Target::ErrorOutput, Some(suite)) => suite.error_output.push(text),
                (Target::Failure, _) => {
                    if let Some(failure) = &mut self.path.run_error {
                        failure.detail.push(text);
                    }
                }
                _ => {}
            }
            return;
        };
        match target {
            Target::Output => open.case.output.push(text),
            Target::ErrorOutput => open.case.error_output.push(text),
            Target::Failure => {
                if let Some(failure) = open.case.failures.last_mut() {
                    failure.detail.push(text);
                }
            }
            Target::Message => {
                if let Some(failure) = open.case.failures.last_mut() {
                    let message = failure.message.get_or_insert_default();
                    message.push_str(&cut(text, NAME.saturating_sub(message.len())));
                }
            }
            Target::Attempt => {
                if let Some(failure) = open.attempt.as_mut().and_then(|attempt| attempt.failures.last_mut()) {
                    failure.detail.push(text);
                }
            }
            Target::AttemptOutput => {
                if let Some(attempt) = &mut open.attempt {
                    attempt.output.push(text);
                }
            }
            Target::AttemptErrorOutput => {
                if let Some(attempt) = &mut open.attempt {
                    attempt.error_output.push(text);
                }
            }
            Target::Nothing | Target::Property => {}
        }
    }

    fn close(&mut self, name: &str, sink: &mut Sink<'_>) -> Result<(), Problem> {
        self.targets.pop();
        match name {
            "testcase" => {
                if let Some(open) = self.case.take() {
                    sink.send(Event::Case(Box::new(judged(open))))?;
                }
            }
            "testsuite" => {
                self.path.pop();
                if let Some(mut suite) = self.suites.pop() {
                    super::junit_output::hide_environment(&mut suite.output);
                    sink.send(Event::Suite(suite))?;
                }
            }
            "rerunFailure" | "rerunError" | "flakyFailure" | "flakyError" => {
                if let Some(open) = &mut self.case
                    && let Some(attempt) = open.attempt.take()
                    && open.case.attempts.len() < LIST
                {
                    open.case.attempts.push(attempt);
                }
            }
            "failure" | "error" if self.case.is_none() => {
                if let Some(failure) = self.path.run_error.take() {
                    sink.send(Event::RunError(failure))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Handles a report that ends with open elements: open suites count, an open case does not.
    fn break_off(&mut self, sink: &mut Sink<'_>) {
        if let Some(open) = &self.case {
            sink.note(format!("The test case “{}” was cut off and is not counted.", open.case.name));
        }
        while let Some(mut suite) = self.suites.pop() {
            super::junit_output::hide_environment(&mut suite.output);
            if sink.send(Event::Suite(suite)).is_err() {
                return;
            }
        }
    }
}

fn failure(element: &Element, outcome: Outcome) -> Failure {
    let text = |name: &str| element.get(name).map(|value| cut(value, NAME)).filter(|value| !value.is_empty());
    Failure { outcome, type_name: text("type"), message: text("message"), detail: Text::default() }
}

fn judged(open: Open) -> Case {
    let Open { mut case, status, .. } = open;
    let worst = case.failures.iter().map(|failure| failure.outcome).max_by_key(|outcome| outcome.weight());
    case.outcome = match worst {
        Some(outcome) => outcome,
        None if !case.attempts.is_empty() => Outcome::Passed,
        None => status.as_deref().map_or(Outcome::Passed, outcome_of_status),
    };
    case.flaky = worst.is_none() && !case.attempts.is_empty();
    super::junit_output::read(&mut case);
    case
}

/// The outcome of a case without children that decide.
fn outcome_of_status(status: &str) -> Outcome {
    match status.to_ascii_lowercase().as_str() {
        "notrun" | "disabled" | "suppressed" | "skipped" | "ignored" | "pending" => Outcome::Skipped,
        "fail" | "failed" => Outcome::Failed,
        "error" | "errored" => Outcome::Errored,
        "other" => Outcome::Other,
        _ => Outcome::Passed,
    }
}
