//! The open test case of a log: what its records say, and what becomes of it at its end or at the end of the log.

use super::record::{Part, Record};
use super::steps::{End, Steps};
use super::why::failure;
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Case, Failure, Moment, Outcome, Text};
use crate::redact::redact_output;
use crate::text::cut;
use crate::time;

const BROKEN_OFF: &str =
    "The log ends before this test case does: the run was interrupted, or the file was cut.";

pub(super) struct Open {
    pub(super) case: Case,
    id: String,
    steps: Steps,
}

impl Open {
    pub(super) fn new(suite: Vec<String>, record: &Record) -> Self {
        let id = record.name();
        let mut case = Case::new(suite, id.clone());
        case.class = Some(id.clone());
        case.file = record.get("source").map(|file| cut(file, NAME));
        case.started_at = record.at;
        for (name, value) in record.properties.iter().filter(|(_, value)| !value.is_empty()) {
            let pair = (name.clone(), value.clone());
            match name.as_str() {
                "id" | "source" => {}
                "name" if *value == id => {}
                "isOptional" if value == "false" => {}
                name if name.starts_with("iteration") => case.parameters.push(pair),
                _ => case.properties.push(pair),
            }
        }
        Self { case, id, steps: Steps::default() }
    }

    pub(super) fn begin_step(&mut self, part: Part, record: &Record) {
        self.steps.begin(part, record);
    }

    /// Ends a step. Returns whether it is the case itself that ends.
    pub(super) fn end(&mut self, part: Part, record: &Record) -> bool {
        match self.steps.end_of(part, record, &self.id) {
            End::TheCase => return true,
            End::Step(place) => self.steps.end(place, record.at),
            End::Nothing => {}
        }
        false
    }

    pub(super) fn result(&mut self, outcome: Outcome, record: &Record) {
        let why = (outcome != Outcome::Passed).then(|| failure(record, outcome));
        let own = self.steps.state(outcome, why);
        if self.case.failures.len() < LIST {
            self.case.failures.extend(own);
        }
    }

    /// Everything that a record has besides its result: its words and its files.
    pub(super) fn add(&mut self, record: &Record) {
        let paths = record.properties.iter().filter(|(name, path)| name == "attachment" && !path.is_empty());
        for (_, path) in paths {
            if self.case.attachments.len() < LIST {
                let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
                let (name, path) = (name.to_owned(), Some(path.clone()));
                self.case.attachments.push(Attachment { name, path, media_type: None, content: None });
            }
        }
        if !record.message.trim().is_empty() {
            let message = redact_output(record.message.trim_end());
            self.case.output.push_line(&format!("[{}] {message}", record.level));
        }
    }

    /// The case with the outcome that its records state.
    pub(super) fn finished(mut self, at: Option<Moment>) -> Case {
        let outcome = self.steps.outcome(at);
        let mut case = Case { outcome, steps: self.steps.list, ..self.case };
        case.seconds = time::between(case.started_at, at);
        if matches!(outcome, Outcome::Passed | Outcome::Other) {
            case.failures.clear();
        } else if !case.failures.is_empty() {
            // The last result sums up the earlier ones.
            case.failures.rotate_right(1);
        } else {
            let last = case.steps.iter().rev().find_map(|step| step.failure.clone());
            case.failures.extend(last);
        }
        case
    }

    /// The case of a log that ends before the case does. A failure that it has stated is believed; a success may be
    /// one of its parts.
    pub(super) fn broken_off(self) -> Case {
        let stated = self.steps.stated();
        let stated = stated.filter(|outcome| matches!(outcome, Outcome::Failed | Outcome::Errored));
        let outcome = stated.unwrap_or(Outcome::Errored);
        let mut case = Case { outcome, steps: self.steps.list, ..self.case };
        let message = Some(BROKEN_OFF.to_owned());
        case.failures.push(Failure { outcome, type_name: None, message, detail: Text::default() });
        if stated.is_none() {
            case.failures.rotate_right(1);
        }
        case
    }
}
