//! One `<record>` of a log: what happens, when, its message, its properties and its exception.

use super::super::escape::{from_java, from_xml};
use crate::limits::{LIST, NAME};
use crate::model::{Moment, Outcome, Properties};
use crate::text::cut;
use crate::time;
use crate::xml::Node;

#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) level: String,
    pub(super) message: String,
    pub(super) at: Option<Moment>,
    pub(super) properties: Properties,
    /// The exceptions, each as its words and the lines of its stack.
    pub(super) thrown: Vec<(String, Vec<String>)>,
}

/// What a record does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Start(Part),
    End(Part),
    /// Facts about the machine, the browser and the tool.
    RunData,
    /// The result of the innermost open part.
    Result(Outcome),
    #[default]
    Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Suite,
    Test,
    Keyword,
}

impl Record {
    pub(super) fn of(node: Node<'_>) -> Self {
        let mut record = Self::default();
        let (mut method, mut is_java, mut date) = ("", false, None);
        for child in node.children() {
            let text = child.text();
            match child.name() {
                "level" => record.level = cut(text.trim(), NAME),
                "method" => method = text.trim(),
                "message" => record.message = from_xml(text).into_owned(),
                "millis" => record.at = text.trim().parse().ok().and_then(time::from_millis),
                "date" => date = time::moment(text),
                "escapedJava" => is_java = text.trim() == "true",
                "property" => record.add_property(child),
                "exception" if record.thrown.len() < LIST => record.thrown.push(thrown(child)),
                _ => {}
            }
        }
        if is_java {
            record.message = from_java(&record.message).into_owned();
        }
        record.at = record.at.or(date);
        record.kind = kind(&record.level, method);
        record
    }

    fn add_property(&mut self, node: Node<'_>) {
        if let Some(name) = node.get("name").filter(|_| self.properties.len() < LIST) {
            let value = node.get("value").filter(|_| node.text().is_empty()).unwrap_or(node.text());
            self.properties.push((cut(name, NAME), cut(&from_xml(value), NAME)));
        }
    }

    /// The value of a property that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The name of the part that starts or ends: of a test its id, because that is what other reports name it by.
    pub(super) fn name(&self) -> String {
        let known = self.get("id").or_else(|| self.get("name"));
        // “Start Test Case : Test Cases/Login”, “Start action : click”
        let said = self.message.split_once(" : ").map_or(self.message.as_str(), |(_, name)| name);
        cut(known.unwrap_or(said).trim(), NAME)
    }
}

fn kind(level: &str, method: &str) -> Kind {
    let part = match () {
        () if method.ends_with("Suite") => Part::Suite,
        () if method.ends_with("Test") => Part::Test,
        () => Part::Keyword,
    };
    match level {
        "START" => Kind::Start(part),
        "END" => Kind::End(part),
        "RUN_DATA" => Kind::RunData,
        level => super::super::outcome(level).map_or(Kind::Message, Kind::Result),
    }
}

fn thrown(node: Node<'_>) -> (String, Vec<String>) {
    let frames = node.all("frame").take(LIST).map(|frame| {
        let part = |name| frame.text_of(name).unwrap_or_default();
        let line = frame.text_of("line").map(|line| format!(":{line}")).unwrap_or_default();
        format!("\tat {}.{}{}", part("class"), part("method"), cut(&line, NAME))
    });
    (from_xml(node.text_of("message").unwrap_or_default()).into_owned(), frames.collect())
}
