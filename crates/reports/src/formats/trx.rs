//! TRX, the result files of MSTest and `dotnet test` (Visual Studio 2006 and 2010 schemas).
//!
//! Results come before the definitions with the names of their classes, so both are kept until the end; of a definition
//! only names and classes are kept. Rows of a data-driven test count instead of their parent. A missing outcome,
//! Timeout and Aborted are read as errored; NotExecuted, NotRunnable and Inconclusive as skipped.

use std::collections::BTreeMap;

use super::value::SuiteSet;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Text};
use crate::node::{Node, read_node};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    match xml.root.as_str() {
        "TestRun" | "Tests" => Ok(()),
        root => Err(format!("its root element is <{root}>, not <TestRun>")),
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let (mut cases, mut classes) = (Vec::new(), BTreeMap::new());
    let mut stated = None;
    let broken = collect(&mut xml, &mut cases, &mut classes, &mut stated).err();
    sink.states(stated);
    let mut suites = SuiteSet::default();
    for (test_id, mut case) in cases {
        if let Some(class) = classes.get(&test_id) {
            case.class = Some(class.clone());
            case.suite = vec![class.clone()];
        }
        suites.add(&case.suite);
        sink.send(Event::Case(Box::new(case)))?;
    }
    suites.send(sink)?;
    match broken.or_else(|| xml.flaw().map(str::to_owned)) {
        Some(words) => Err(words.into()),
        None => Ok(()),
    }
}

type Cases = Vec<(String, Case)>;

fn collect(
    xml: &mut Xml<'_>,
    cases: &mut Cases,
    classes: &mut BTreeMap<String, String>,
    stated: &mut Option<u64>,
) -> Result<(), String> {
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name().as_str() {
                "UnitTestResult"
                | "ManualTestResult"
                | "GenericTestResult"
                | "WebTestResult"
                | "TestResult"
                | "TestResultAggregation"
                | "OrderedTestResult"
                | "LoadTestResult" => {
                    let node = read_node(xml, &element)?;
                    add_rows(&node, cases);
                }
                "UnitTest" | "ManualTest" | "GenericTest" | "WebTest" | "OrderedTest" | "TestElement" => {
                    let node = read_node(xml, &element)?;
                    if let (Some(id), Some(class)) = (node.get("id"), class_of(&node)) {
                        classes.insert(id.to_owned(), class);
                    }
                }
                "Counters" => *stated = element.get("total").and_then(|count| count.parse().ok()),
                _ => {}
            },
            Token::Close(_) | Token::Text(_) => {}
            Token::End => return Ok(()),
        }
    }
}

fn class_of(definition: &Node) -> Option<String> {
    let class = definition.child("TestMethod")?.get("className")?;
    // The name of the assembly follows after a comma.
    Some(cut(class.split(',').next().unwrap_or(class), NAME))
}

fn add_rows(node: &Node, cases: &mut Cases) {
    let inner = node.child("InnerResults").map(|list| list.children.as_slice()).unwrap_or_default();
    if inner.is_empty() {
        cases.push((node.get("testId").unwrap_or_default().to_owned(), case(node)));
    }
    for row in inner {
        add_rows(row, cases);
    }
}

fn case(node: &Node) -> Case {
    let mut case = Case::new(Vec::new(), cut(node.get("testName").unwrap_or_default(), NAME));
    case.started_at = node.get("startTime").and_then(time::moment);
    case.seconds = node.get("duration").and_then(time::seconds);
    case.outcome = match node.get("outcome") {
        Some("Passed" | "PassedButRunAborted" | "Completed" | "Warning") => Outcome::Passed,
        Some("Failed") => Outcome::Failed,
        Some("Error" | "Timeout" | "Aborted" | "Disconnected") | None => Outcome::Errored,
        Some("NotExecuted" | "NotRunnable" | "Inconclusive" | "Pending") => Outcome::Skipped,
        Some(_) => Outcome::Other,
    };
    let Some(output) = node.child("Output") else { return case };
    case.output.push(output.text_of("StdOut").unwrap_or_default());
    case.error_output.push(output.text_of("StdErr").unwrap_or_default());
    case.output.push(output.text_of("DebugTrace").unwrap_or_default());
    for message in output.child("TextMessages").into_iter().flat_map(|list| list.all("Message")).take(LIST) {
        case.output.push_line(message.text.trim());
    }
    if let Some(info) = output.child("ErrorInfo") {
        case.failures.push(Failure {
            outcome: case.outcome,
            type_name: None,
            message: info.text_of("Message").map(|text| cut(text, NAME)),
            detail: Text::from(info.text_of("StackTrace").unwrap_or_default()),
        });
    }
    let files = node.child("ResultFiles").into_iter().flat_map(|list| list.all("ResultFile")).take(LIST);
    case.attachments = files.filter_map(|file| file.get("path")).map(attachment).collect();
    case
}

fn attachment(path: &str) -> Attachment {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    Attachment { name: cut(name, NAME), path: Some(cut(path, NAME)), media_type: None, content: None }
}
