//! JUnit XML: nested `<testsuite>` elements as the suites are nested, and one `<testcase>` for each case.
//!
//! An attempt before a pass is a `<flakyFailure>` or `<flakyError>`, before a failure a `<rerunFailure>` or
//! `<rerunError>`, as Surefire writes them. A parameter is a property `parameter[name]`. JUnit has no place for steps; an
//! attachment is a line `[[ATTACHMENT|path]]` of the output, as Jenkins reads it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::moment;
use crate::limits::DEPTH;
use crate::model::{Attempt, Case, Failure, Outcome};

/// Writes a whole document.
///
/// # Errors
/// `out` cannot be written.
pub fn write_junit(cases: &[Case], out: &mut dyn Write) -> io::Result<()> {
    let root = tree(cases);
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites")?;
    root.write_totals(out)?;
    out.write_all(b">\n")?;
    root.write_content(out)?;
    out.write_all(b"</testsuites>\n")
}

/// A suite with its cases and the suites inside it, in the order of their first cases.
#[derive(Default)]
struct Branch<'a> {
    name: &'a str,
    cases: Vec<&'a Case>,
    inside: Vec<Branch<'a>>,
    /// The place of each name in `inside`.
    places: BTreeMap<&'a str, usize>,
}

fn tree(cases: &[Case]) -> Branch<'_> {
    let mut root = Branch::default();
    for case in cases {
        let mut branch = &mut root;
        // The reader refuses deeper elements.
        for name in case.suite.iter().take(DEPTH / 2) {
            let next = branch.inside.len();
            let place = *branch.places.entry(name).or_insert(next);
            if place == next {
                branch.inside.push(Branch { name, ..Branch::default() });
            }
            branch = &mut branch.inside[place];
        }
        branch.cases.push(case);
    }
    root
}

impl Branch<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"<testsuite")?;
        attribute(out, "name", self.name)?;
        self.write_totals(out)?;
        out.write_all(b">\n")?;
        self.write_content(out)?;
        out.write_all(b"</testsuite>\n")
    }

    fn write_totals(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut counts = BTreeMap::new();
        self.count(&mut counts);
        let of = |outcome: Outcome| counts.get(outcome.as_str()).copied().unwrap_or_default();
        let (failures, errors) = (of(Outcome::Failed), of(Outcome::Errored));
        let (tests, skipped) = (counts.values().sum::<u64>(), of(Outcome::Skipped));
        write!(out, " tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }

    fn count(&self, counts: &mut BTreeMap<&'static str, u64>) {
        for case in &self.cases {
            *counts.entry(case.outcome.as_str()).or_default() += 1;
        }
        for branch in &self.inside {
            branch.count(counts);
        }
    }

    fn write_content(&self, out: &mut dyn Write) -> io::Result<()> {
        for case in &self.cases {
            write_case(case, out)?;
        }
        self.inside.iter().try_for_each(|branch| branch.write(out))
    }
}

fn write_case(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<testcase")?;
    attribute(out, "name", &case.name)?;
    some_attribute(out, "classname", case.class.as_deref())?;
    some_attribute(out, "file", case.file.as_deref())?;
    some_attribute(out, "line", case.line.map(|line| line.to_string()).as_deref())?;
    times(out, case.started_at, case.seconds)?;
    if case.outcome == Outcome::Other {
        attribute(out, "status", "other")?;
    }
    out.write_all(b">")?;
    write_properties(case, out)?;
    write_failures(case, out)?;
    for attempt in &case.attempts {
        write_attempt(attempt, case.outcome == Outcome::Passed, out)?;
    }
    let mut output = case.output.to_text();
    for path in case.attachments.iter().filter_map(|attachment| attachment.path.as_deref()) {
        let line = format!("[[ATTACHMENT|{path}]]");
        if !output.contains(&line) {
            output.push_str(&line);
            output.push('\n');
        }
    }
    element(out, "system-out", &output)?;
    element(out, "system-err", &case.error_output.to_text())?;
    out.write_all(b"</testcase>\n")
}

fn write_properties(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    if case.properties.is_empty() && case.parameters.is_empty() {
        return Ok(());
    }
    out.write_all(b"<properties>")?;
    let parameters = case.parameters.iter().map(|(name, value)| (format!("parameter[{name}]"), value));
    let properties = case.properties.iter().map(|(name, value)| (name.clone(), value));
    for (name, value) in parameters.chain(properties) {
        out.write_all(b"<property")?;
        attribute(out, "name", &name)?;
        attribute(out, "value", value)?;
        out.write_all(b"/>")?;
    }
    out.write_all(b"</properties>")
}

fn write_failures(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    let name = match case.outcome {
        Outcome::Failed => "failure",
        Outcome::Errored => "error",
        Outcome::Skipped => "skipped",
        Outcome::Passed | Outcome::Other => return Ok(()),
    };
    if case.failures.is_empty() {
        return write!(out, "<{name}/>");
    }
    for failure in &case.failures {
        open_failure(out, name, failure, None)?;
        text(out, &failure.detail.to_text())?;
        write!(out, "</{name}>")?;
    }
    Ok(())
}

fn write_attempt(attempt: &Attempt, is_passed: bool, out: &mut dyn Write) -> io::Result<()> {
    let name = match (is_passed, attempt.outcome) {
        (true, Outcome::Errored) => "flakyError",
        (true, _) => "flakyFailure",
        (false, Outcome::Errored) => "rerunError",
        (false, _) => "rerunFailure",
    };
    let nothing =
        Failure { outcome: attempt.outcome, type_name: None, message: None, detail: crate::Text::default() };
    let failure = attempt.failures.first().unwrap_or(&nothing);
    open_failure(out, name, failure, Some(attempt))?;
    element(out, "stackTrace", &failure.detail.to_text())?;
    element(out, "system-out", &attempt.output.to_text())?;
    element(out, "system-err", &attempt.error_output.to_text())?;
    write!(out, "</{name}>")
}

fn open_failure(
    out: &mut dyn Write,
    name: &str,
    failure: &Failure,
    attempt: Option<&Attempt>,
) -> io::Result<()> {
    write!(out, "<{name}")?;
    some_attribute(out, "message", failure.message.as_deref())?;
    some_attribute(out, "type", failure.type_name.as_deref())?;
    if let Some(attempt) = attempt {
        times(out, attempt.started_at, attempt.seconds)?;
    }
    out.write_all(b">")
}

fn times(out: &mut dyn Write, started_at: Option<crate::Moment>, seconds: Option<f64>) -> io::Result<()> {
    some_attribute(out, "timestamp", started_at.map(moment).as_deref())?;
    some_attribute(out, "time", seconds.map(|seconds| seconds.to_string()).as_deref())
}

fn some_attribute(out: &mut dyn Write, name: &str, value: Option<&str>) -> io::Result<()> {
    value.map_or(Ok(()), |value| attribute(out, name, value))
}

fn attribute(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    write!(out, " {name}=\"")?;
    text(out, value)?;
    out.write_all(b"\"")
}

/// An element with a text; nothing if the text is empty.
fn element(out: &mut dyn Write, name: &str, content: &str) -> io::Result<()> {
    if content.is_empty() {
        return Ok(());
    }
    write!(out, "<{name}>")?;
    text(out, content)?;
    write!(out, "</{name}>")
}

/// Text as XML. Blanks that a reader would change are written as numbers; characters that XML forbids are replaced.
fn text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    out.write_all(escaped.as_bytes())
}
