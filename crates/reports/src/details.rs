//! What the small files of a Katalon run say about it: which build, which live session, which release.
//!
//! The files are `metadata.json` of Katalon's reporters, `execution.json`, and of Katalon Studio `execution.properties`
//! (JSON in spite of its name), `execution.uuid`, `tsc_id.txt` and the `*.rp` of a collection. Each may be missing or
//! damaged; what can be read counts. Passwords in addresses are hidden.

use serde_json::Value;

use crate::folder::has_extension;
use crate::input;
use crate::json::text;
use crate::limits::{LIST, NAME};
use crate::redact::redact_urls;
use crate::text::cut;
use crate::xml::{Token, Xml};

/// How deep a value may be nested in `execution.properties`.
const DEPTH: usize = 6;

/// Facts about a run. `None`: no file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunDetails {
    /// The live session that the finished report replaces.
    pub session_id: Option<String>,
    pub build_label: Option<String>,
    pub build_url: Option<String>,
    /// The suite or collection that ran.
    pub name: Option<String>,
    /// Its id: `Test Suites/Smoke`.
    pub source: Option<String>,
    /// The execution profile.
    pub profile: Option<String>,
    /// The machine, as it names itself.
    pub host: Option<String>,
    pub os: Option<String>,
    /// The release to which the run is linked.
    pub release_id: Option<i64>,
    /// The run that several workers report together, or the run's own id.
    pub execution_uuid: Option<String>,
    /// The id of the run of a collection to which this run of a suite belongs.
    pub collection_id: Option<String>,
    pub framework: Option<String>,
    /// The version of the framework or its reporter.
    pub version: Option<String>,
    pub language: Option<String>,
    /// For a collection: where the reports of its suites are.
    pub report_locations: Vec<String>,
}

impl RunDetails {
    /// Reads the details from files, each with its name or path and its bytes, in any order. Other files are ignored.
    pub fn read<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Self {
        let mut details = Self::default();
        let mut session = None;
        for (name, bytes) in files {
            let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
            match file {
                "metadata.json" => details.add_metadata(&json(bytes)),
                "execution.json" => details.add_execution(&json(bytes)),
                "execution.properties" => details.add_properties(&json(bytes)),
                "execution.uuid" => session = session.or_else(|| word(bytes)),
                "tsc_id.txt" => details.collection_id = details.collection_id.take().or_else(|| word(bytes)),
                _ if has_extension(file, "rp") => details.add_locations(bytes),
                _ => {}
            }
        }
        details.session_id = details.session_id.or(session);
        details
    }

    /// Whether `read` uses a file with this name.
    pub fn uses(name: &str) -> bool {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let names =
            ["metadata.json", "execution.json", "execution.properties", "execution.uuid", "tsc_id.txt"];
        names.contains(&file) || has_extension(file, "rp")
    }

    fn add_metadata(&mut self, metadata: &Value) {
        fill(&mut self.session_id, &metadata["sessionId"]);
        fill(&mut self.build_label, &metadata["buildLabel"]);
        fill(&mut self.build_url, &metadata["buildUrl"]);
        fill(&mut self.framework, &metadata["framework"]);
        fill(&mut self.version, &metadata["version"]);
        fill(&mut self.language, &metadata["language"]);
        if let Some(uuid) = some(&metadata["executionUuid"]) {
            self.execution_uuid = Some(uuid);
        }
    }

    fn add_execution(&mut self, execution: &Value) {
        let parent = some(&execution["parentUuid"]);
        self.execution_uuid = self.execution_uuid.take().or(parent).or_else(|| some(&execution["uuid"]));
        fill(&mut self.host, &execution["host"]);
    }

    fn add_properties(&mut self, properties: &Value) {
        fill(&mut self.name, &properties["name"]);
        fill(&mut self.source, &properties["id"]);
        fill(&mut self.source, &properties["source"]);
        fill(&mut self.build_label, &properties["buildLabel"]);
        fill(&mut self.build_url, &properties["buildURL"]);
        fill(&mut self.profile, find(properties, "executionProfile", DEPTH).unwrap_or(&Value::Null));
        fill(&mut self.host, &properties["host"]["hostName"]);
        fill(&mut self.os, &properties["host"]["os"]);
        let release = find(properties, "testOpsReleaseId", DEPTH);
        let release = release.or_else(|| find(properties, "testops.testOpsReleaseId", DEPTH));
        let number = release.and_then(|id| id.as_i64().or_else(|| id.as_str()?.trim().parse().ok()));
        self.release_id = self.release_id.or(number);
    }

    fn add_locations(&mut self, bytes: &[u8]) {
        let Ok((_, source)) = input::open(Box::new(bytes)) else { return };
        let mut xml = Xml::new(source);
        while let Ok(token) = xml.next() {
            match token {
                Token::Open(element) if element.name() == "reportLocation" => {
                    let Ok(node) = xml.node() else { return };
                    let location = cut(node.text().trim(), NAME);
                    if !location.is_empty() && self.report_locations.len() < LIST {
                        self.report_locations.push(location);
                    }
                }
                Token::End => return,
                _ => {}
            }
        }
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).unwrap_or_default()
}

/// The text of a file that is one word: a UUID.
fn word(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(NAME)]);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| text.to_owned())
}

fn some(value: &Value) -> Option<String> {
    let text = text(value)?;
    let text = text.trim();
    (!text.is_empty()).then(|| cut(&redact_urls(text), NAME))
}

/// The first file that says something is right.
fn fill(known: &mut Option<String>, value: &Value) {
    if known.is_none() {
        *known = some(value);
    }
}

/// The value under this key, the outermost first.
fn find<'v>(value: &'v Value, key: &str, depth: usize) -> Option<&'v Value> {
    let object = value.as_object().filter(|_| depth > 0)?;
    let own = object.get(key).filter(|value| !value.is_null());
    own.or_else(|| object.values().find_map(|value| find(value, key, depth - 1)))
}
