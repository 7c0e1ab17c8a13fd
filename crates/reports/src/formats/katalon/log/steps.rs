//! The steps of an open test case: keywords, and test cases that it calls.
//!
//! The last result that a record states directly in a step is its outcome; without one it is the worst of what is
//! inside. The end of a step also ends the steps inside it whose end is missing.

use super::record::{Part, Record};
use crate::limits::{DEPTH, LIST};
use crate::model::{Failure, Moment, Outcome, Step};
use crate::redact::redact_urls;
use crate::time;

#[derive(Default)]
pub(super) struct Steps {
    pub(super) list: Vec<Step>,
    /// The open steps, from the outermost to the innermost.
    open: Vec<Open>,
    /// Open steps that are nested too deep to be kept.
    beyond: usize,
    /// The results directly in the case.
    own: Results,
    /// The last result at any level.
    last: Option<Outcome>,
}

/// An open step.
struct Open {
    /// The id of a called test case.
    test: Option<String>,
    /// Its place in the list; `None`: the case has too many steps.
    place: Option<usize>,
    results: Results,
}

#[derive(Default)]
struct Results {
    stated: Option<Outcome>,
    /// The worst of the steps inside.
    worst: Option<Outcome>,
}

/// What a record ends.
pub(super) enum End {
    TheCase,
    /// The step at this place among the open ones.
    Step(usize),
    Nothing,
}

impl Steps {
    pub(super) fn begin(&mut self, part: Part, record: &Record) {
        if self.open.len() >= DEPTH {
            self.beyond += 1;
            return;
        }
        let (name, place) = (record.name(), self.list.len());
        let place = (place < LIST).then_some(place);
        if place.is_some() {
            self.list.push(Step {
                depth: u16::try_from(self.open.len()).unwrap_or(u16::MAX),
                name: redact_urls(&name).into_owned(),
                outcome: Outcome::Other,
                started_at: record.at,
                seconds: None,
                failure: None,
            });
        }
        let test = (part == Part::Test).then_some(name);
        self.open.push(Open { test, place, results: Results::default() });
    }

    /// What a record ends in the case with this id.
    pub(super) fn end_of(&mut self, part: Part, record: &Record, id: &str) -> End {
        if self.beyond > 0 {
            self.beyond -= 1;
            return End::Nothing;
        }
        let last = |is: &dyn Fn(&Open) -> bool| self.open.iter().rposition(is);
        if part == Part::Keyword {
            return last(&|open| open.test.is_none()).map_or(End::Nothing, End::Step);
        }
        let name = record.name();
        match last(&|open| open.test.as_ref() == Some(&name)) {
            Some(place) => End::Step(place),
            None if name == id => End::TheCase,
            None => last(&|open| open.test.is_some()).map_or(End::TheCase, End::Step),
        }
    }

    /// Ends the open steps from this one on.
    pub(super) fn end(&mut self, from: usize, at: Option<Moment>) {
        while self.open.len() > from {
            let Some(Open { place, results, .. }) = self.open.pop() else { return };
            let outcome = results.stated.or(results.worst).unwrap_or(Outcome::Passed);
            let outer = self.results();
            if outer.worst.is_none_or(|worst| outcome.weight() > worst.weight()) {
                outer.worst = Some(outcome);
            }
            if let Some(step) = place.and_then(|place| self.list.get_mut(place)) {
                step.outcome = outcome;
                step.seconds = time::between(step.started_at, at);
            }
        }
    }

    /// The results of the innermost open step, or of the case.
    fn results(&mut self) -> &mut Results {
        self.open.last_mut().map_or(&mut self.own, |open| &mut open.results)
    }

    /// Takes over a result. Returns the failure if it is one of the case itself.
    pub(super) fn state(&mut self, outcome: Outcome, why: Option<Failure>) -> Option<Failure> {
        self.results().stated = Some(outcome);
        self.last = Some(outcome);
        let Some(open) = self.open.last() else { return why };
        if let Some(step) = open.place.and_then(|place| self.list.get_mut(place)) {
            step.outcome = outcome;
            step.failure = why.filter(|_| outcome != Outcome::Skipped);
        }
        None
    }

    /// The outcome of the case, which ends here.
    pub(super) fn outcome(&mut self, at: Option<Moment>) -> Outcome {
        // If a step has no end, the result of the case was taken for one of that step.
        let stated = self.last.filter(|_| !self.open.is_empty()).or(self.own.stated);
        self.end(0, at);
        stated.or(self.own.worst).unwrap_or(Outcome::Other)
    }

    /// What the case has stated itself, outside of its steps.
    pub(super) fn stated(&self) -> Option<Outcome> {
        self.own.stated.filter(|_| self.open.is_empty())
    }
}
