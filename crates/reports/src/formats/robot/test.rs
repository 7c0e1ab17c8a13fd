//! One test of `output.xml` while it is read: its keywords as steps, their messages as output.

use super::images;
use crate::formats::path::Path;
use crate::limits::{LIST, NAME};
use crate::model::{Case, Failure, Moment, Outcome, Step, Text};
use crate::text::cut;
use crate::time;
use crate::xml::{Element, Node};

/// Whether an element with this name is a keyword or a control structure.
pub(super) fn is_step(name: &str) -> bool {
    matches!(
        name,
        "kw" | "setup"
            | "teardown"
            | "for"
            | "iter"
            | "while"
            | "if"
            | "branch"
            | "try"
            | "group"
            | "variable"
            | "return"
            | "break"
            | "continue"
            | "error"
    )
}

pub(super) struct Test {
    pub(super) case: Case,
    /// The places of the open steps in the case; `None`: the case has too many steps.
    open: Vec<Option<usize>>,
}

impl Test {
    pub(super) fn new(element: &Element, path: &Path, file: Option<&String>) -> Self {
        let mut case = Case::new(path.names(), cut(element.get("name").unwrap_or_default(), NAME));
        // What has no status was interrupted.
        case.outcome = Outcome::Other;
        case.file = file.cloned();
        case.line = element.get("line").and_then(|line| line.parse().ok());
        Self { case, open: Vec::new() }
    }

    pub(super) fn open_step(&mut self, element: &Element) {
        let depth = u16::try_from(self.open.len()).unwrap_or(u16::MAX);
        let place = self.case.steps.len();
        self.open.push((place < LIST).then_some(place));
        if place < LIST {
            let title = element.get("name").or_else(|| element.get("type")).unwrap_or(element.name());
            self.case.steps.push(Step {
                depth,
                name: cut(title, NAME),
                outcome: Outcome::Other,
                started_at: None,
                seconds: None,
                failure: None,
            });
        }
    }

    pub(super) fn end_step(&mut self) {
        self.open.pop();
    }

    /// A detail of the test, or of its innermost open keyword.
    pub(super) fn detail(&mut self, node: &Node) {
        match (node.name(), self.open.last().copied()) {
            ("msg", _) => self.message(node),
            ("status", None) => self.end(node),
            ("status", Some(place)) => self.end_of_step(node, place),
            ("tag", None) if self.case.properties.len() < LIST => {
                self.case.properties.push(("tag".into(), cut(node.text().trim(), NAME)));
            }
            ("doc", None) if !node.text().trim().is_empty() => {
                self.case.properties.push(("documentation".into(), cut(node.text().trim(), NAME)));
            }
            _ => {}
        }
    }

    fn message(&mut self, node: &Node) {
        self.case.output.push_line(node.text().trim_end());
        let is_html = matches!(node.get("html"), Some("yes" | "true"));
        if is_html && self.case.attachments.len() < LIST {
            self.case.attachments.extend(images::of(node.text()));
        }
    }

    fn end(&mut self, status: &Node) {
        self.case.outcome = outcome(status);
        (self.case.started_at, self.case.seconds) = times(status);
        if self.case.outcome != Outcome::Passed {
            self.case.failures.push(Failure { outcome: self.case.outcome, ..why(status, "") });
        }
    }

    fn end_of_step(&mut self, status: &Node, place: Option<usize>) {
        let Some(step) = place.and_then(|place| self.case.steps.get_mut(place)) else { return };
        step.outcome = outcome(status);
        (step.started_at, step.seconds) = times(status);
        step.failure = (step.outcome == Outcome::Failed).then(|| why(status, ""));
    }
}

pub(super) fn outcome(status: &Node) -> Outcome {
    match status.get("status") {
        Some("PASS") => Outcome::Passed,
        Some("FAIL") => Outcome::Failed,
        Some("SKIP" | "NOT RUN" | "NOT_RUN") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

pub(super) fn why(status: &Node, otherwise: &str) -> Failure {
    let words = Some(status.text().trim()).filter(|words| !words.is_empty()).unwrap_or(otherwise);
    let message = words.lines().next().map(|line| cut(line, NAME));
    Failure { outcome: Outcome::Failed, type_name: None, message, detail: Text::from(words) }
}

/// Begin and duration: `starttime`/`endtime` up to version 6, `start`/`elapsed` since version 7.
pub(super) fn times(status: &Node) -> (Option<Moment>, Option<f64>) {
    let moment = |name| status.get(name).and_then(time::moment);
    if let Some(elapsed) = status.get("elapsed") {
        return (moment("start"), elapsed.parse().ok());
    }
    let (begin, end) = (moment("starttime"), moment("endtime"));
    (begin, time::between(begin, end))
}
