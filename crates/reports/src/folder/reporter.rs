//! The JSON files of Katalon's reporters: `results.json` with `suites.json`, `execution.json` and `metadata.json`.
//!
//! A result belongs to the suite with its `parentUuid`; without one (Mocha), to the suite with its `suiteName`. Each
//! file may be missing; without `results.json` there is nothing to count.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use serde_json::Value;

use super::choose::split;
use crate::detect::Format;
use crate::formats::katalon::json::{self, Reported};
use crate::input;
use crate::json::{Json, items};
use crate::limits::{NAME, TOKEN};
use crate::model::{Event, Suite};
use crate::read::{Report, State};
use crate::sink::{Problem, Sink, Stop};
use crate::text::cut;

/// The files of one folder.
#[derive(Default)]
pub(super) struct ReporterRun {
    suites: Vec<(Option<String>, Suite)>,
    results: Vec<Reported>,
    framework: Option<&'static str>,
    has_results: bool,
    is_damaged: bool,
    files: u64,
    notes: Vec<String>,
}

impl ReporterRun {
    pub(super) fn is_found(&self) -> bool {
        self.has_results
    }

    pub(super) fn files(&self) -> u64 {
        self.files
    }

    /// Adds one of the four files.
    pub(super) fn add(&mut self, name: &str, content: &mut dyn Read) {
        self.files += 1;
        match split(name).1 {
            "results.json" => self.add_results(name, content),
            "suites.json" => {
                let value = self.value(name, content);
                self.suites
                    .extend(items(&value["suites"]).iter().filter(|suite| suite.is_object()).map(suite));
            }
            "metadata.json" => {
                let value = self.value(name, content);
                self.framework = value["framework"].as_str().and_then(framework);
            }
            _ => {}
        }
    }

    fn value(&mut self, name: &str, content: &mut dyn Read) -> Value {
        serde_json::from_reader(BufReader::new(content.take(TOKEN as u64))).unwrap_or_else(|error| {
            self.notes.push(format!("{name} cannot be read: {error}."));
            Value::Null
        })
    }

    fn add_results(&mut self, name: &str, content: &mut dyn Read) {
        self.has_results = true;
        let results = &mut self.results;
        let read = input::open(Box::new(BufReader::new(content))).map_err(|error| error.to_string());
        let read = read.and_then(|(_, source)| {
            let mut json = Json::new(source);
            json::results(&mut json, &mut |reported| {
                results.push(reported);
                Ok(())
            })
            .and_then(|()| json.end())
            .map_err(|problem| match problem {
                Problem::Malformed(words) => words,
                Problem::Stopped => String::new(),
            })
        });
        if let Err(words) = read {
            self.is_damaged = true;
            self.notes.push(format!("{name} is damaged: {words}. What comes before that was read."));
        }
    }

    pub(super) fn send(self, receive: &mut dyn FnMut(Event) -> Result<(), Stop>) -> Result<Report, Stop> {
        let mut sink = Sink::new(receive);
        for note in self.notes {
            sink.note(note);
        }
        if let Some(framework) = self.framework {
            sink.set_dialect(framework);
        }
        let by_uuid: BTreeMap<&str, &Suite> =
            self.suites.iter().filter_map(|(uuid, suite)| Some((uuid.as_deref()?, suite))).collect();
        let mut others = BTreeSet::new();
        for Reported { parent, suite, mut case } in self.results {
            let known = parent.and_then(|uuid| by_uuid.get(uuid.as_str()).copied());
            case.suite = known.map_or_else(|| suite.into_iter().collect(), |known| known.path.clone());
            if known.is_none() && !case.suite.is_empty() {
                others.insert(case.suite.clone());
            }
            sink.send(Event::Case(Box::new(case)))?;
        }
        for (_, suite) in self.suites {
            others.remove(&suite.path);
            sink.send(Event::Suite(suite))?;
        }
        for path in others {
            sink.send(Event::Suite(Suite { path, ..Suite::default() }))?;
        }
        let is_damaged = self.is_damaged;
        Ok(sink.into_report(Some(Format::KatalonJson), |counts| match counts.cases {
            _ if is_damaged => State::Malformed,
            0 => State::Empty,
            _ => State::Ok,
        }))
    }
}

fn suite(value: &Value) -> (Option<String>, Suite) {
    let name = |key: &str| value[key].as_str().filter(|text| !text.is_empty()).map(|text| cut(text, NAME));
    let (started_at, seconds) = json::times(value);
    let path = name("name").into_iter().collect();
    let properties = json::properties(value, &["description", "thread"]);
    (name("uuid"), Suite { path, started_at, seconds, host: name("host"), properties, ..Suite::default() })
}

/// The known frameworks, whose words are the dialects of the format.
fn framework(word: &str) -> Option<&'static str> {
    let known = [
        "jest",
        "mocha",
        "jasmine",
        "cypress",
        "playwright",
        "junit4",
        "junit5",
        "testng",
        "pytest",
        "robot",
    ];
    known.into_iter().find(|known| word.trim().eq_ignore_ascii_case(known))
}
