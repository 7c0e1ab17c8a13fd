//! A folder of Allure 2 results.
//!
//! Results become cases, containers (`befores` and `afters` of several results) become their first and last steps. Of
//! several results with the same history id, the last one to end counts, and the others are its attempts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde_json::Value;

use crate::count::Counts;
use crate::detect::Format;
use crate::formats::allure2;
use crate::limits::{LIST, TOKEN};
use crate::model::{Attempt, Case, Event, Outcome, Step, Suite};
use crate::read::{Report, State};
use crate::sink::{Sink, Stop};

/// Whether a file with this name belongs to the results of Allure 2.
pub(super) fn is_allure(name: &str) -> bool {
    name.ends_with("-result.json") || name.ends_with("-container.json")
}

/// The results of one folder, collected file by file.
#[derive(Default)]
pub(super) struct AllureRun {
    latest: BTreeMap<String, Ended>,
    containers: Vec<Container>,
    found: u64,
    notes: Vec<String>,
}

/// A result, with the time at which it ended.
struct Ended {
    at: i64,
    uuid: String,
    case: Case,
}

/// Set-up and teardown of the results with the uuids in `children`.
struct Container {
    children: BTreeSet<String>,
    befores: Vec<Step>,
    afters: Vec<Step>,
}

impl AllureRun {
    /// Adds a file for which [`is_allure`] is true.
    pub(super) fn add(&mut self, name: &str, content: &mut dyn Read) {
        let value: Result<Value, _> = serde_json::from_reader(content.take(TOKEN as u64));
        let is_container = name.ends_with("-container.json");
        self.found += u64::from(!is_container);
        match value {
            Ok(container) if is_container => self.add_container(&container),
            Ok(result) => self.add_result(name, &result),
            Err(error) => self.notes.push(format!("{name} cannot be read: {error}.")),
        }
    }

    fn add_container(&mut self, container: &Value) {
        let (befores, afters) = allure2::fixtures(container);
        let children = container["children"].as_array().into_iter().flatten();
        let children = children.filter_map(Value::as_str).map(str::to_owned).collect();
        if self.containers.len() < LIST && !(befores.is_empty() && afters.is_empty()) {
            self.containers.push(Container { children, befores, afters });
        }
    }

    fn add_result(&mut self, name: &str, result: &Value) {
        let history = result["historyId"].as_str();
        let key = history.map_or_else(|| format!("file {name}"), str::to_owned);
        let at = result["stop"].as_i64().unwrap_or_default();
        let uuid = result["uuid"].as_str().unwrap_or_default().to_owned();
        let next = Ended { at, uuid, case: allure2::case(result) };
        let ended = match self.latest.remove(&key) {
            Some(known) => joined(known, next),
            None => next,
        };
        self.latest.insert(key, ended);
    }

    /// Whether there was a result.
    pub(super) fn is_found(&self) -> bool {
        self.found > 0
    }

    pub(super) fn send(self, receive: &mut dyn FnMut(Event) -> Result<(), Stop>) -> Result<Report, Stop> {
        let mut sink = Sink::new(receive);
        let Self { latest, containers, found, notes } = self;
        for note in notes {
            sink.note(note);
        }
        let mut suites = BTreeSet::new();
        for (_, Ended { uuid, mut case, .. }) in latest {
            for container in containers.iter().filter(|container| container.children.contains(&uuid)) {
                surround(&mut case, container);
            }
            if !case.suite.is_empty() {
                suites.insert(case.suite.clone());
            }
            sink.send(Event::Case(Box::new(case)))?;
        }
        for path in suites {
            sink.send(Event::Suite(Suite { path, ..Suite::default() }))?;
        }
        let format = (found > 0).then_some(Format::Allure2);
        Ok(sink.into_report(format, |counts: &Counts| match counts.cases {
            _ if found == 0 => State::NotAReport,
            0 => State::Empty,
            _ => State::Ok,
        }))
    }
}

fn surround(case: &mut Case, container: &Container) {
    if case.steps.len() + container.befores.len() + container.afters.len() <= LIST {
        case.steps.splice(0..0, container.befores.iter().cloned());
        case.steps.extend(container.afters.iter().cloned());
    }
}

/// Two results of the same test: the later one is the case, the earlier one its attempt.
fn joined(known: Ended, next: Ended) -> Ended {
    let (mut last, mut earlier) = if next.at >= known.at { (next, known) } else { (known, next) };
    let mut attempts = std::mem::take(&mut earlier.case.attempts);
    attempts.extend(std::mem::take(&mut last.case.attempts));
    attempts.push(Attempt::from(earlier.case));
    last.case.flaky = last.case.outcome == Outcome::Passed
        && attempts.iter().any(|attempt| attempt.outcome != Outcome::Passed);
    last.case.attempts = attempts;
    last
}
