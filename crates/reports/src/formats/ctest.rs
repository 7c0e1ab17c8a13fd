//! CTest's `Test.xml` in the form for CDash: `<Site>` with `<Testing>`. Compressed output is unpacked.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{GzDecoder, ZlibDecoder};

use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME, TOKEN};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "Site" && (xml.holds("Testing") || xml.holds("Test")) || xml.root == "Testing" {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <Site> with <Testing>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut suite = Suite::default();
    let mut is_in_testing = false;
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "Site" => {
                    suite.path = vec![cut(element.get("BuildName").unwrap_or_default(), NAME)];
                    suite.host =
                        element.get("Hostname").or_else(|| element.get("Name")).map(|host| cut(host, NAME));
                }
                "Testing" => is_in_testing = true,
                "StartTestTime" if is_in_testing => {
                    let seconds = xml.node()?.text().trim().parse::<i64>().ok();
                    suite.started_at =
                        seconds.and_then(|seconds| time::from_millis(seconds.checked_mul(1000)?));
                }
                "ElapsedMinutes" if is_in_testing => {
                    let minutes = xml.node()?.text().trim().parse::<f64>().ok();
                    suite.seconds = minutes.map(|minutes| minutes * 60.0);
                }
                "TestList" => xml.skip()?,
                "Test" if is_in_testing => {
                    let node = xml.node()?;
                    sink.send(Event::Case(Box::new(case(&node, &suite.path))))?;
                }
                _ => {}
            },
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    sink.send(Event::Suite(suite))?;
    xml.finish()
}

fn case(node: &Node, suite: &[String]) -> Case {
    let mut case = Case::new(suite.to_vec(), cut(node.text_of("Name").unwrap_or_default(), NAME));
    case.file = node.text_of("Path").map(|path| cut(path, NAME));
    case.outcome = match node.get("Status").unwrap_or_default().to_ascii_lowercase().as_str() {
        "passed" => Outcome::Passed,
        "failed" => Outcome::Failed,
        "notrun" => Outcome::Skipped,
        _ => Outcome::Other,
    };
    for label in node.list_of("Labels", "Label").take(LIST) {
        case.properties.push(("label".into(), cut(label.text().trim(), NAME)));
    }
    let command = node.text_of("FullCommandLine").map(|command| ("command".to_owned(), cut(command, NAME)));
    case.properties.extend(command);
    case.attachments = node.all("NamedMeasurement").filter_map(|one| attachment(&one)).take(LIST).collect();
    let Some(results) = node.child("Results") else { return case };
    for one in results.all("NamedMeasurement").take(LIST) {
        match attachment(&one) {
            Some(attachment) => case.attachments.push(attachment),
            None => case.properties.extend(measurement(&one)),
        }
    }
    let measured = |name: &str| {
        let found = results.all("NamedMeasurement").find(|measurement| measurement.get("name") == Some(name));
        found.and_then(|measurement| measurement.text_of("Value"))
    };
    case.seconds = measured("Execution Time").and_then(|text| text.parse().ok());
    let value = results.child("Measurement").and_then(|measurement| measurement.child("Value"));
    case.output = value.map(|value| output(&value)).unwrap_or_default();
    if case.outcome != Outcome::Passed {
        let reasons = ["Fail Reason", "Exit Code", "Completion Status"];
        let message = reasons.into_iter().find_map(measured).map(|text| cut(text, NAME));
        let detail = case.output.clone();
        case.failures.push(Failure { outcome: case.outcome, type_name: None, message, detail });
    }
    case
}

/// A file or picture that belongs to a test.
fn attachment(node: &Node) -> Option<Attachment> {
    let kind = node.get("type").unwrap_or_default();
    let is_file = node.get("filename").is_some() || kind == "file" || kind.starts_with("image/");
    let value = node.text_of("Value").filter(|_| is_file && node.get("encoding") == Some("base64"))?;
    let bytes: Vec<u8> = value.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let (name, label) = (node.get("filename"), node.get("name").unwrap_or_default());
    let media_type = match node.get("compression") {
        Some(_) => "application/gzip",
        None if kind.contains('/') => kind,
        None => "application/octet-stream",
    };
    Some(Attachment {
        name: cut(name.unwrap_or(label), NAME),
        path: None,
        media_type: Some(cut(media_type, NAME)),
        content: Some(STANDARD.decode(bytes).ok()?),
    })
}

/// A measurement as a property. The time and the command are read elsewhere.
fn measurement(node: &Node) -> Option<(String, String)> {
    let name = node.get("name").filter(|name| !["Execution Time", "Command Line"].contains(name))?;
    Some((cut(name, NAME), cut(node.text_of("Value")?, NAME)))
}

/// The output of a test. CTest compresses a long one (zlib, although it writes `gzip`) and writes it as base64.
fn output(value: &Node) -> Text {
    let written = value.text().trim();
    if value.get("encoding") != Some("base64") {
        return Text::from(written);
    }
    let bytes: Vec<u8> = written.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let Ok(packed) = STANDARD.decode(bytes) else { return Text::from(written) };
    match value.get("compression") {
        None => Text::from(&*String::from_utf8_lossy(&packed)),
        Some(_) if packed.starts_with(&[0x1f, 0x8b]) => unpacked(GzDecoder::new(&*packed)),
        Some(_) => unpacked(ZlibDecoder::new(&*packed)),
    }
}

/// The unpacked text, up to its damage or the size of a token.
fn unpacked(decoder: impl Read) -> Text {
    let (mut text, mut bytes) = (Text::default(), Vec::new());
    let mut decoder = decoder.take(TOKEN as u64);
    while let Ok(1..) = decoder.by_ref().take(64 * 1024).read_to_end(&mut bytes) {
        // A character that is cut by the end of a part waits for the next part.
        let whole = bytes.iter().rposition(|byte| *byte < 0x80).map_or(bytes.len(), |last| last + 1);
        text.push(&String::from_utf8_lossy(&bytes[..whole]));
        bytes.drain(..whole);
    }
    text.push(&String::from_utf8_lossy(&bytes));
    text
}
