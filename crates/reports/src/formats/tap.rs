//! TAP 12 to 14, the Test Anything Protocol.
//!
//! Test points at the top level are cases. The points of a subtest are steps of the point after it. `not ok … # TODO`
//! is read as skipped. Points that are planned but absent are not cases; a note names their number.

use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::lines::Lines;
use crate::model::{Case, Event, Failure, Outcome, Step, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let Start::Text(text) = start else { return Err("it is not lines of text".into()) };
    let is_tap = text.lines().any(|line| {
        line.starts_with("TAP version ")
            || plan(line).is_some()
            || point(line).is_some()
            || line.starts_with("Bail out!")
    });
    if is_tap {
        Ok(())
    } else {
        Err("it has no plan such as `1..3` and no line that begins with `ok` or `not ok`".into())
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut lines = Lines::new(source);
    let mut reader = Reader::default();
    while let Some(line) = lines.next()? {
        reader.line(line, sink)?;
    }
    reader.finish(sink)
}

#[derive(Default)]
struct Reader {
    /// The last case, to which diagnostics may be added.
    open: Option<Case>,
    /// Points of a subtest, until the point comes to which they belong.
    steps: Vec<Step>,
    /// The indentation of the open YAML block.
    yaml: Option<usize>,
    planned: Option<u64>,
    points: u64,
    /// `Bail out!` was read: the following lines are ignored.
    given_up: bool,
}

impl Reader {
    fn line(&mut self, line: &str, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let indent = line.len() - line.trim_start().len();
        if let Some(begun) = self.yaml {
            if line.trim().is_empty() || indent >= begun {
                if line.trim() == "..." {
                    self.yaml = None;
                } else {
                    self.yaml_line(line.trim_end());
                }
                return Ok(());
            }
            // The block has no end.
            self.yaml = None;
        }
        if self.given_up {
            return Ok(());
        }
        if line.trim() == "---" && indent > 0 && (self.open.is_some() || !self.steps.is_empty()) {
            self.yaml = Some(indent);
        } else if indent > 0 {
            self.subtest_line(line.trim_start(), indent);
        } else if let Some(point) = point(line) {
            self.begin(&point, sink)?;
        } else if let Some(count) = plan(line) {
            self.planned = Some(count);
        } else if let Some(reason) = line.strip_prefix("Bail out!") {
            self.given_up = true;
            sink.note(format!("The run was given up: {}", cut(reason.trim(), NAME)));
        } else if let Some(comment) = line.strip_prefix('#')
            && let Some(case) = &mut self.open
        {
            case.output.push_line(comment.trim());
        }
        Ok(())
    }

    fn begin(&mut self, point: &Point<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
        self.send_open(sink)?;
        self.points += 1;
        let name = if point.name.is_empty() { format!("{}", self.points) } else { cut(point.name, NAME) };
        let mut case = Case::new(Vec::new(), name);
        case.outcome = point.outcome();
        case.seconds = point.seconds;
        case.steps = std::mem::take(&mut self.steps);
        if let Some((word, reason)) = point.directive {
            case.properties.push((word.to_ascii_lowercase(), cut(reason, NAME)));
        }
        if case.outcome != Outcome::Passed {
            let message =
                point.directive.map(|(_, reason)| cut(reason, NAME)).filter(|reason| !reason.is_empty());
            let outcome = case.outcome;
            case.failures.push(Failure { outcome, type_name: None, message, detail: Text::default() });
        }
        self.open = Some(case);
        Ok(())
    }

    fn subtest_line(&mut self, line: &str, indent: usize) {
        let Some(point) = point(line) else { return };
        if self.steps.len() < LIST {
            let depth = u16::try_from(indent / 4).unwrap_or(u16::MAX).saturating_sub(1);
            let (name, outcome) = (cut(point.name, NAME), point.outcome());
            let seconds = point.seconds;
            self.steps.push(Step { depth, name, outcome, started_at: None, seconds, failure: None });
        }
    }

    fn yaml_line(&mut self, line: &str) {
        let Some(case) = &mut self.open else { return };
        let value = |key: &str| {
            line.trim_start().strip_prefix(key).map(|value| value.trim().trim_matches(['"', '\'']))
        };
        if let Some(millis) = value("duration_ms:").and_then(time::seconds) {
            case.seconds = Some(millis / 1000.0);
        }
        if let Some(file) = value("file:").filter(|file| !file.is_empty()) {
            case.file.get_or_insert_with(|| cut(file.trim_start_matches("file://"), NAME));
        }
        if let Some(line) = value("line:").and_then(|line| line.parse().ok()) {
            case.line.get_or_insert(line);
        }
        let Some(failure) = case.failures.last_mut() else {
            case.output.push_line(line);
            return;
        };
        if let Some(message) = value("message:").filter(|message| !message.is_empty()) {
            failure.message.get_or_insert_with(|| cut(message, NAME));
        }
        failure.detail.push_line(line);
    }

    fn send_open(&mut self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        match self.open.take() {
            Some(case) => Ok(sink.send(Event::Case(Box::new(case)))?),
            None => Ok(()),
        }
    }

    fn finish(mut self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        self.send_open(sink)?;
        if let Some(missing) =
            self.planned.and_then(|planned| planned.checked_sub(self.points)).filter(|count| *count > 0)
        {
            sink.note(format!("{missing} planned test points are missing."));
        }
        Ok(sink.send(Event::Suite(Suite::default()))?)
    }
}

struct Point<'a> {
    ok: bool,
    name: &'a str,
    /// `SKIP` or `TODO`, with the reason.
    directive: Option<(&'a str, &'a str)>,
    /// From `# time=12.5ms` at the end.
    seconds: Option<f64>,
}

impl Point<'_> {
    fn outcome(&self) -> Outcome {
        match self.directive {
            Some((word, _)) if word.eq_ignore_ascii_case("skip") => Outcome::Skipped,
            Some(_) if !self.ok => Outcome::Skipped,
            _ if self.ok => Outcome::Passed,
            _ => Outcome::Failed,
        }
    }
}

/// Parses `ok 1 - name # SKIP reason`.
fn point(line: &str) -> Option<Point<'_>> {
    let (ok, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok")?),
    };
    if !rest.is_empty() && !rest.starts_with([' ', '\t', '-']) {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let rest = rest.strip_prefix("- ").or_else(|| rest.strip_prefix('-')).unwrap_or(rest);
    let (rest, seconds) = split_time(rest);
    let (name, directive) = split_directive(rest);
    // An opening brace at the end begins a subtest on the following lines.
    Some(Point { ok, name: name.trim().trim_end_matches('{').trim_end(), directive, seconds })
}

/// Cuts `# time=12.5ms` off the end. It changes from run to run, so it must not be in the name.
fn split_time(text: &str) -> (&str, Option<f64>) {
    let text = text.trim_end();
    let whole = text.trim_end_matches('{').trim_end();
    match whole.rsplit_once("# time=") {
        Some((name, time)) if !time.contains(' ') => (name.trim_end(), time::seconds(time)),
        _ => (text, None),
    }
}

fn split_directive(text: &str) -> (&str, Option<(&str, &str)>) {
    for (at, _) in text.match_indices('#') {
        let begins_word = text[..at].chars().next_back().is_none_or(char::is_whitespace);
        let after = text[at + 1..].trim_start();
        let word = after.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let is_directive = ["skip", "todo"].iter().any(|known| word.to_ascii_lowercase().starts_with(known));
        if begins_word && is_directive {
            let (word, reason) = after.split_at(4);
            return (
                &text[..at],
                Some((word, reason.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim())),
            );
        }
    }
    (text, None)
}

/// `1..3` gives 3.
fn plan(line: &str) -> Option<u64> {
    let (first, rest) = line.split_once("..")?;
    first.parse::<u64>().ok()?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
