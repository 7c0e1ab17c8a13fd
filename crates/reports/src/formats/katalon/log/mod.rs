//! The log of Katalon Studio: `execution0.log`, and the files that continue it.
//!
//! It is a flat list of records; starts and ends make suites, tests and keywords of it. A case is sent when it ends, so
//! a log of any size is read with little memory. An interrupted run has no `</log>`: what was open then is sent too, as
//! errored, because the person must see which test was running. The same id several times is as many cases.

mod open;
mod record;
mod steps;
mod suites;
mod why;

use open::Open;
use record::{Kind, Part, Record};
use suites::Suites;

use crate::detect::Start;
use crate::input::Source;
use crate::model::{Event, Outcome};
use crate::sink::{Problem, Sink};
use crate::xml::{Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    // Every Java program may write such a log; these two elements are Katalon's.
    if xml.root == "log" && xml.holds("record") && (xml.holds("nestedLevel") || xml.holds("property")) {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <log> with the records of Katalon Studio", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    read_all([source], sink)
}

/// Reads a log that is several files, in their order.
pub(crate) fn read_all<'s>(
    sources: impl IntoIterator<Item = Source<'s>>,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let mut log = Log::default();
    let mut damage = None;
    for source in sources {
        match log.collect(&mut Xml::new(source), sink) {
            Err(Problem::Malformed(words)) => damage = damage.or(Some(words)),
            other => other?,
        }
    }
    log.close(sink)?;
    damage.map_or(Ok(()), |words| Err(words.into()))
}

#[derive(Default)]
struct Log {
    suites: Suites,
    case: Option<Open>,
}

impl Log {
    fn collect(&mut self, xml: &mut Xml<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
        loop {
            match xml.next()? {
                Token::Open(element) if element.name() == "record" => {
                    let record = Record::of(xml.node()?);
                    self.take(&record, sink)?;
                }
                Token::Open(_) | Token::Text(_) | Token::Close(_) => {}
                Token::End => return xml.finish(),
            }
        }
    }

    fn take(&mut self, record: &Record, sink: &mut Sink<'_>) -> Result<(), Problem> {
        match record.kind {
            Kind::Start(Part::Suite) => self.suites.begin(record),
            Kind::End(Part::Suite) => {
                self.break_off(sink)?;
                if let Some(suite) = self.suites.end(record) {
                    sink.send(Event::Suite(suite))?;
                }
            }
            Kind::Start(part) => self.begin(part, record),
            Kind::End(part) => self.end(part, record, sink)?,
            Kind::RunData => {
                let case = self.case.as_mut().map(|open| &mut open.case.properties);
                self.suites.add_facts(record, case);
            }
            Kind::Result(outcome) => self.result(outcome, record, sink)?,
            Kind::Message => self.message(record),
        }
        Ok(())
    }

    fn begin(&mut self, part: Part, record: &Record) {
        match (&mut self.case, part) {
            (Some(open), part) => open.begin_step(part, record),
            (None, Part::Test) => self.case = Some(Open::new(self.suites.path(), record)),
            // Keywords outside of all test cases: listeners of the suite.
            (None, _) => {}
        }
    }

    fn end(&mut self, part: Part, record: &Record, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let Some(mut open) = self.case.take() else { return Ok(()) };
        if open.end(part, record) {
            sink.send(Event::Case(Box::new(open.finished(record.at))))?;
        } else {
            self.case = Some(open);
        }
        Ok(())
    }

    fn result(&mut self, outcome: Outcome, record: &Record, sink: &mut Sink<'_>) -> Result<(), Problem> {
        if let Some(open) = &mut self.case {
            open.result(outcome, record);
        } else if !record.thrown.is_empty() && matches!(outcome, Outcome::Failed | Outcome::Errored) {
            sink.send(Event::RunError(why::failure(record, outcome)))?;
        }
        self.message(record);
        Ok(())
    }

    fn message(&mut self, record: &Record) {
        match &mut self.case {
            Some(open) => open.add(record),
            None => self.suites.message(record),
        }
    }

    /// Sends a case whose end is missing.
    fn break_off(&mut self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let Some(open) = self.case.take() else { return Ok(()) };
        let case = open.broken_off();
        sink.note(format!(
            "The test case “{}” has no end in the log; it counts as {}.",
            case.name,
            case.outcome.as_str()
        ));
        Ok(sink.send(Event::Case(Box::new(case)))?)
    }

    /// The log ends here, whatever is open.
    fn close(&mut self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        self.break_off(sink)?;
        while let Some(suite) = self.suites.break_off() {
            sink.send(Event::Suite(suite))?;
        }
        Ok(())
    }
}
