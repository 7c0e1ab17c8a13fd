//! The open suites of a log, and the facts about the machine and the browser, which become properties of the suite.

use super::record::Record;
use crate::limits::{DEPTH, LIST};
use crate::model::{Properties, Suite};
use crate::redact::redact_output;
use crate::time;

#[derive(Default)]
pub(super) struct Suites {
    open: Vec<Suite>,
    /// Facts that come before the suite.
    facts: Properties,
}

impl Suites {
    pub(super) fn begin(&mut self, record: &Record) {
        let name = record.get("name").map_or_else(|| record.name(), str::to_owned);
        let mut suite = Suite { path: self.path(), started_at: record.at, ..Suite::default() };
        suite.path.push(name);
        let known = record.properties.iter().filter(|(name, value)| name != "name" && !value.is_empty());
        suite.properties = known.cloned().collect();
        add(&std::mem::take(&mut self.facts), &mut suite);
        if self.open.len() < DEPTH {
            self.open.push(suite);
        }
    }

    /// The names of the open suites.
    pub(super) fn path(&self) -> Vec<String> {
        self.open.last().map(|suite| suite.path.clone()).unwrap_or_default()
    }

    /// The innermost suite, which ends here.
    pub(super) fn end(&mut self, record: &Record) -> Option<Suite> {
        let mut suite = self.open.pop()?;
        suite.seconds = time::between(suite.started_at, record.at);
        Some(suite)
    }

    /// A suite whose end is missing.
    pub(super) fn break_off(&mut self) -> Option<Suite> {
        self.open.pop()
    }

    /// `case`: the properties of the open case, which has the facts if there is no suite.
    pub(super) fn add_facts(&mut self, record: &Record, case: Option<&mut Properties>) {
        match (self.open.last_mut(), case) {
            (Some(suite), _) => add(&record.properties, suite),
            (None, Some(properties)) => add_new(&record.properties, properties),
            (None, None) => add_new(&record.properties, &mut self.facts),
        }
    }

    /// A message outside of all cases.
    pub(super) fn message(&mut self, record: &Record) {
        if let Some(suite) = self.open.last_mut() {
            suite.output.push_line(&redact_output(record.message.trim_end()));
        }
    }
}

fn add(facts: &Properties, suite: &mut Suite) {
    if let Some((_, host)) = facts.iter().find(|(name, _)| name == "hostName") {
        suite.host = Some(host.clone());
    }
    add_new(facts, &mut suite.properties);
}

fn add_new(facts: &Properties, known: &mut Properties) {
    for fact in facts {
        if known.len() < LIST && !known.contains(fact) {
            known.push(fact.clone());
        }
    }
}
