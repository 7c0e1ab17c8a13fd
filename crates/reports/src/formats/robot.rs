//! Robot Framework's `output.xml`, versions 3 to 7.
//!
//! A failed teardown of a suite fails all its tests, so the cases of a suite are sent when it ends. Keywords are steps;
//! their log messages are the output of the case.

use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Failure, Outcome, Step, Suite, Text};
use crate::node::{Node, read_node};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    let generator =
        xml.root_attributes.iter().find(|(name, _)| name == "generator").map(|(_, value)| value.as_str());
    let is_robot =
        xml.root == "robot" && (generator.is_none_or(|name| !name.is_empty()) || xml.holds("suite"));
    if is_robot { Ok(()) } else { Err(format!("its root element is <{}>, not <robot>", xml.root)) }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut path = Path::default();
    let mut suites: Vec<Ended> = Vec::new();
    let broken = collect(&mut xml, &mut path, &mut suites, sink);
    // The file is cut: open suites are sent as they are.
    while let Some(open) = suites.pop() {
        end_suite(open, &mut suites, sink)?;
    }
    broken?;
    xml.flaw().map_or(Ok(()), |flaw| Err(flaw.to_owned().into()))
}

/// A suite with the cases below it, and its failed teardown.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) suite: Suite,
    pub(super) cases: Vec<Case>,
    pub(super) teardown: Option<Failure>,
}

/// A failed teardown of a suite fails all cases below it.
pub(super) fn fail_all(ended: &mut Ended) {
    let Some(failure) = ended.teardown.take() else { return };
    for case in &mut ended.cases {
        case.outcome = Outcome::Failed;
        case.failures.push(failure.clone());
    }
}

fn collect(
    xml: &mut Xml<'_>,
    path: &mut Path,
    suites: &mut Vec<Ended>,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name().as_str() {
                "suite" => {
                    path.push(&element.get("name").unwrap_or_default());
                    suites.push(Ended {
                        suite: Suite { path: path.names(), ..Suite::default() },
                        ..Ended::default()
                    });
                }
                "test" => {
                    let node = read_node(xml, &element)?;
                    if let Some(open) = suites.last_mut() {
                        open.cases.push(case(&node, path));
                    }
                }
                "kw" | "setup" | "teardown" if !suites.is_empty() => {
                    let node = read_node(xml, &element)?;
                    let is_teardown = node.name == "teardown"
                        || node.get("type").is_some_and(|kind| kind.eq_ignore_ascii_case("teardown"));
                    let failed = is_teardown && outcome(&node) == Outcome::Failed;
                    if let Some(open) = suites.last_mut().filter(|_| failed) {
                        open.teardown = Some(Failure {
                            outcome: Outcome::Failed,
                            ..why(&node, "The suite's teardown failed.")
                        });
                    }
                }
                "status" if !suites.is_empty() => {
                    let node = read_node(xml, &element)?;
                    if let Some(open) = suites.last_mut() {
                        (open.suite.started_at, open.suite.seconds) = times(&node);
                    }
                }
                "metadata" if !suites.is_empty() => {
                    let node = read_node(xml, &element)?;
                    if let Some(open) = suites.last_mut() {
                        open.suite.properties.extend(metadata(&node));
                    }
                }
                "meta" if !suites.is_empty() => {
                    let node = read_node(xml, &element)?;
                    if let Some(open) = suites.last_mut().filter(|open| open.suite.properties.len() < LIST) {
                        open.suite.properties.extend(named(&node));
                    }
                }
                "statistics" => {
                    let node = read_node(xml, &element)?;
                    sink.states(stated(&node));
                }
                // Messages of the tool itself.
                "errors" => drop(read_node(xml, &element)?),
                _ => {}
            },
            Token::Close(name) if name == "suite" => {
                path.pop();
                if let Some(open) = suites.pop() {
                    end_suite(open, suites, sink)?;
                }
            }
            Token::Close(_) | Token::Text(_) => {}
            Token::End => return Ok(()),
        }
    }
}

/// Moves the cases of an ended suite to its outer suite, because a failed teardown of the outer suite fails them too.
fn end_suite(mut open: Ended, outer: &mut [Ended], sink: &mut Sink<'_>) -> Result<(), Problem> {
    fail_all(&mut open);
    let Ended { suite, cases, .. } = open;
    match outer.last_mut() {
        Some(outer) => outer.cases.extend(cases),
        None => {
            for case in cases {
                sink.send(Event::Case(Box::new(case)))?;
            }
        }
    }
    Ok(sink.send(Event::Suite(suite))?)
}

/// The number of tests in the totals. Version 3 states critical tests before.
fn stated(statistics: &Node) -> Option<u64> {
    let all = statistics.child("total")?.children.last()?;
    let count = |name| all.get(name).and_then(|count| count.parse::<u64>().ok());
    Some(count("pass")? + count("fail")? + count("skip").unwrap_or_default())
}

/// Up to version 3 the values are in `item`, later in `meta` directly in the suite.
fn metadata(node: &Node) -> crate::Properties {
    node.all("item").take(LIST).filter_map(named).collect()
}

fn named(node: &Node) -> Option<(String, String)> {
    Some((cut(node.get("name")?, NAME), cut(node.text.trim(), NAME)))
}

fn case(node: &Node, path: &Path) -> Case {
    let mut case = Case::new(path.names(), cut(node.get("name").unwrap_or_default(), NAME));
    case.line = node.get("line").and_then(|line| line.parse().ok());
    case.outcome = outcome(node);
    if let Some(status) = node.child("status") {
        (case.started_at, case.seconds) = times(status);
    }
    let nested = node.child("tags").into_iter().flat_map(|tags| tags.all("tag"));
    for tag in nested.chain(node.all("tag")).take(LIST) {
        case.properties.push(("tag".into(), cut(tag.text.trim(), NAME)));
    }
    let words = node.text_of("doc").map(|doc| ("documentation".to_owned(), cut(doc, NAME)));
    case.properties.extend(words);
    if case.outcome != Outcome::Passed {
        case.failures.push(Failure { outcome: case.outcome, ..why(node, "") });
    }
    steps(node, 0, &mut case);
    case
}

fn outcome(node: &Node) -> Outcome {
    match node.child("status").and_then(|status| status.get("status")) {
        Some("PASS") => Outcome::Passed,
        Some("FAIL") => Outcome::Failed,
        Some("SKIP" | "NOT RUN" | "NOT_RUN") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

fn why(node: &Node, otherwise: &str) -> Failure {
    let words = node.text_of("status").unwrap_or(otherwise);
    let message = words.lines().next().map(|line| cut(line, NAME));
    Failure { outcome: Outcome::Failed, type_name: None, message, detail: Text::from(words) }
}

/// Begin and duration: `starttime`/`endtime` up to version 6, `start`/`elapsed` since version 7.
fn times(status: &Node) -> (Option<crate::model::Moment>, Option<f64>) {
    let moment = |name| status.get(name).and_then(time::moment);
    if let Some(elapsed) = status.get("elapsed") {
        return (moment("start"), elapsed.parse().ok());
    }
    let (begin, end) = (moment("starttime"), moment("endtime"));
    (begin, time::between(begin, end))
}

fn steps(node: &Node, depth: u16, case: &mut Case) {
    for child in &node.children {
        match child.name.as_str() {
            "kw" | "for" | "iter" | "while" | "if" | "branch" | "try" | "setup" | "teardown" | "group" => {
                if case.steps.len() >= LIST {
                    return;
                }
                let (started_at, seconds) = child.child("status").map(times).unwrap_or_default();
                let title = child.get("name").or_else(|| child.get("type")).unwrap_or(&child.name);
                let outcome = outcome(child);
                let failure = (outcome == Outcome::Failed).then(|| why(child, ""));
                case.steps.push(Step {
                    depth,
                    name: cut(title, NAME),
                    outcome,
                    started_at,
                    seconds,
                    failure,
                });
                steps(child, depth.saturating_add(1), case);
            }
            "msg" => case.output.push_line(child.text.trim_end()),
            _ => {}
        }
    }
}
