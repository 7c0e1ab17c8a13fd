//! Subunit, the streams of Python's testrepository and stestr: version 1 (lines of text), version 2 (packets of bytes).
//!
//! An expected failure is read as skipped, an unexpected success as failed, and a test without an end as errored. The
//! module keeps the tests that have not ended yet, which both versions share.

use std::collections::BTreeMap;

use crate::limits::LIST;
use crate::model::{Case, Event, Failure, Moment, Outcome, Suite, Text};
use crate::sink::{Sink, Stop};
use crate::text::cut;
use crate::time;

pub(crate) mod v1;
pub(crate) mod v2;

/// Tests by their ids. A test is sent when it ends.
#[derive(Default)]
struct Tests {
    running: BTreeMap<String, Case>,
    found: bool,
}

impl Tests {
    /// The test with this id. Begins it if it has not begun.
    fn at(&mut self, id: &str, now: Option<Moment>) -> &mut Case {
        self.found = true;
        self.running.entry(id.to_owned()).or_insert_with(|| begun(id, now))
    }

    fn runs(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// Ends a test. `detail` is the text of its failure or the reason of its skipping.
    fn end(
        &mut self,
        id: &str,
        outcome: Outcome,
        kind: Option<&str>,
        detail: Text,
        now: Option<Moment>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Stop> {
        self.found = true;
        let mut case = self.running.remove(id).unwrap_or_else(|| begun(id, now));
        case.outcome = outcome;
        case.seconds = time::between(case.started_at, now);
        if outcome != Outcome::Passed && case.failures.len() < LIST {
            let message = (!detail.is_empty()).then(|| last_line(&detail));
            case.failures.push(Failure { outcome, type_name: kind.map(str::to_owned), message, detail });
        }
        sink.send(Event::Case(Box::new(case)))
    }

    fn finish(self, sink: &mut Sink<'_>) -> Result<(), Stop> {
        for (_, mut case) in self.running {
            case.outcome = Outcome::Errored;
            let message = Some("The test did not end.".to_owned());
            case.failures.push(Failure {
                outcome: Outcome::Errored,
                type_name: None,
                message,
                detail: Text::default(),
            });
            sink.send(Event::Case(Box::new(case)))?;
        }
        if self.found {
            sink.send(Event::Suite(Suite::default()))?;
        }
        Ok(())
    }
}

fn begun(id: &str, now: Option<Moment>) -> Case {
    let mut case = Case::new(Vec::new(), cut(id, crate::limits::NAME));
    // `package.module.Class.method`; scenarios may follow in brackets.
    let bare = id.split(['(', '[']).next().unwrap_or(id);
    case.class = bare.rsplit_once('.').map(|(class, _)| cut(class, crate::limits::NAME));
    case.started_at = now;
    case
}

/// Python's tracebacks end with the message.
fn last_line(text: &Text) -> String {
    let text = text.to_text();
    let last = text.trim_end().lines().next_back().unwrap_or_default();
    cut(last.trim(), crate::limits::NAME)
}
