//! The endpoints as tables for people, one per tag: written from the OpenAPI document into `docs/api-design.md`.
//!
//! Adds nothing to the document; a test compares the page with it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

/// The lines before and after the tables in the page.
pub(crate) const MARKS: [&str; 2] =
    ["<!-- endpoints: written by cargo xtask gen -->", "<!-- end of endpoints -->"];
/// The order of the methods of one path.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Returns the page with new tables between the marks; `None` when it has no marks.
pub(crate) fn insert(page: &str, document: &Value) -> Option<String> {
    let (before, rest) = page.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}\n{}{}{after}", MARKS[0], print(document), MARKS[1]))
}

fn print(document: &Value) -> String {
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let tag = operation["tags"][0].as_str().unwrap_or_default();
                tables.entry(tag).or_default().push_str(&row(method, path, operation));
            }
        }
    }
    tables.into_iter().fold(String::new(), |mut page, (tag, rows)| {
        let head = "| Method and path | What | Takes | Answers |\n|---|---|---|---|\n";
        let _infallible = write!(page, "\n#### {}\n\n{head}{rows}\n", capitalized(tag));
        page
    })
}

fn row(method: &str, path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let queries = parameters.filter(|parameter| parameter["in"] == "query");
    let names: Vec<_> = queries.filter_map(|parameter| parameter["name"].as_str()).collect();
    let query = if names.is_empty() { String::new() } else { format!("?{}", names.join("&")) };
    let what = operation["summary"].as_str().unwrap_or_default();
    let takes = shape(&operation["requestBody"]["content"]);
    let answers = operation["responses"].as_object().map(answers).unwrap_or_default();
    format!("| `{} {path}{query}` | {what} | {takes} | {answers} |\n", method.to_uppercase())
}

/// The successful answers; refusals are the same everywhere.
fn answers(responses: &Map<String, Value>) -> String {
    let fine = responses.iter().filter(|(status, _)| status.starts_with('2'));
    let words =
        fine.map(|(status, answer)| format!("{status} {}", shape(&answer["content"])).trim().to_owned());
    words.collect::<Vec<_>>().join(", ")
}

/// The name of the schema; the media type when there is no schema.
fn shape(content: &Value) -> String {
    let Some((media, body)) = content.as_object().and_then(|content| content.iter().next()) else {
        return String::new();
    };
    let reference = body.pointer("/schema/$ref").and_then(Value::as_str);
    let name = reference.and_then(|reference| reference.rsplit('/').next()).unwrap_or(media);
    format!("`{name}`")
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
