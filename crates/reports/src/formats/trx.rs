//! TRX, the result files of MSTest and `dotnet test` (Visual Studio 2006 and 2010 schemas).
//!
//! Results come before the definitions with the names of their classes, so both are kept until the end; of a definition
//! only names, classes, owners and the like are kept. Rows of a data-driven test count instead of their parent. A
//! missing outcome, Timeout and Aborted are read as errored; NotExecuted, NotRunnable and Inconclusive as skipped.

use std::collections::BTreeMap;

use super::nunit::arguments;
use super::value::SuiteSet;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Properties, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    match xml.root.as_str() {
        "TestRun" | "Tests" => Ok(()),
        root => Err(format!("its root element is <{root}>, not <TestRun>")),
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut found = Found::default();
    let broken = collect(&mut xml, &mut found).err();
    sink.states(found.stated);
    let mut suites = SuiteSet::default();
    for (test_id, mut case) in found.cases {
        if let Some(definition) = found.definitions.get(&test_id) {
            case.class.clone_from(&definition.class);
            case.suite = definition.class.iter().cloned().collect();
            case.properties.extend(definition.properties.iter().cloned());
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

#[derive(Default)]
struct Found {
    cases: Cases,
    definitions: BTreeMap<String, Definition>,
    stated: Option<u64>,
}

/// Cases with the ids of their tests.
type Cases = Vec<(String, Case)>;

/// What is said of a test, not of its result.
struct Definition {
    class: Option<String>,
    properties: Properties,
}

fn collect(xml: &mut Xml<'_>, found: &mut Found) -> Result<(), String> {
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "UnitTestResult"
                | "ManualTestResult"
                | "GenericTestResult"
                | "WebTestResult"
                | "TestResult"
                | "TestResultAggregation"
                | "OrderedTestResult"
                | "LoadTestResult" => add_rows(&xml.node()?, &mut found.cases),
                "UnitTest" | "ManualTest" | "GenericTest" | "WebTest" | "OrderedTest" | "TestElement" => {
                    let node = xml.node()?;
                    if let Some(id) = node.get("id") {
                        found.definitions.insert(id.to_owned(), definition(&node));
                    }
                }
                "Counters" => found.stated = element.get("total").and_then(|count| count.parse().ok()),
                _ => {}
            },
            Token::Close(_) | Token::Text(_) => {}
            Token::End => return Ok(()),
        }
    }
}

fn definition(node: &Node) -> Definition {
    let class = node.child("TestMethod").and_then(|method| method.get("className"));
    // The name of the assembly follows after a comma.
    let class = class.map(|class| cut(class.split(',').next().unwrap_or(class), NAME));
    let said = |name: &str, value: Option<&str>| Some((name.to_owned(), cut(value?, NAME)));
    let owners = node.list_of("Owners", "Owner").map(|owner| said("owner", owner.get("name")));
    let categories = node.list_of("TestCategory", "TestCategoryItem");
    let categories = categories.map(|item| said("category", item.get("TestCategory")));
    let own = node.list_of("Properties", "Property");
    let own = own.map(|property| said(property.text_of("Key")?, property.text_of("Value")));
    let first = [said("description", node.text_of("Description")), said("priority", node.get("priority"))];
    let properties = owners.chain(categories).chain(own).chain(first).flatten().take(LIST).collect();
    Definition { class, properties }
}

fn add_rows(node: &Node, cases: &mut Cases) {
    let mut rows = node.child("InnerResults").into_iter().flat_map(Node::children).peekable();
    if rows.peek().is_none() {
        cases.push((node.get("testId").unwrap_or_default().to_owned(), case(node)));
    }
    for row in rows {
        add_rows(&row, cases);
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
    let row = node.get("dataRowInfo").map(|row| ("row".to_owned(), cut(row, NAME)));
    let arguments = arguments(&case.name).map(|text| ("arguments".to_owned(), text.to_owned()));
    case.parameters = row.into_iter().chain(arguments).collect();
    let host = node.get("computerName").filter(|host| !host.is_empty());
    case.properties.extend(host.map(|host| ("computer".to_owned(), cut(host, NAME))));
    case.attachments = node
        .list_of("ResultFiles", "ResultFile")
        .chain(node.list_of("CollectorDataEntries", "Collector").flat_map(collected))
        .take(LIST)
        .filter_map(|file| file.get("path").or_else(|| file.get("href")))
        .map(attachment)
        .collect();
    let Some(output) = node.child("Output") else { return case };
    case.output.push(output.text_of("StdOut").unwrap_or_default());
    case.error_output.push(output.text_of("StdErr").unwrap_or_default());
    case.output.push(output.text_of("DebugTrace").unwrap_or_default());
    for message in output.list_of("TextMessages", "Message").take(LIST) {
        case.output.push_line(message.text().trim());
    }
    if let Some(info) = output.child("ErrorInfo") {
        case.failures.push(Failure {
            outcome: case.outcome,
            type_name: None,
            message: info.text_of("Message").map(|text| cut(text, NAME)),
            detail: Text::from(info.text_of("StackTrace").unwrap_or_default()),
        });
    }
    case
}

/// The files of a data collector.
fn collected(collector: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    collector.list_of("UriAttachments", "UriAttachment").filter_map(|file| file.child("A"))
}

fn attachment(path: &str) -> Attachment {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    Attachment { name: cut(name, NAME), path: Some(cut(path, NAME)), media_type: None, content: None }
}
