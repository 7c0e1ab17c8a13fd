//! The four files of a Katalon reporter. Other tools write files with these names too, so the content decides.

use super::choose::split;
use crate::detect::Start;
use crate::formats::katalon::json;

/// Whether a file may be one of the four, by its name.
pub(super) fn has_name(name: &str) -> bool {
    matches!(split(name).1, "results.json" | "suites.json" | "execution.json" | "metadata.json")
}

/// Whether a file is one of the four: other tools write files with these names as well.
pub(super) fn is_part(name: &str, prefix: &[u8]) -> bool {
    if !has_name(name) {
        return false;
    }
    let start = Start::of(prefix);
    let Ok(found) = start.json() else { return false };
    let only = |key: &str| !found.keys.is_empty() && found.keys.iter().all(|known| known == key);
    let any = |keys: &[&str]| keys.iter().any(|key| found.has(key));
    !found.is_array
        && match split(name).1 {
            "results.json" => json::recognize(&start).is_ok() || only("results") && found.text.len() < 40,
            "suites.json" => only("suites"),
            "execution.json" => found.has("uuid") && any(&["status", "start", "stop", "duration"]),
            _ => any(&["framework", "language", "buildLabel", "buildUrl", "sessionId", "executionUuid"]),
        }
}
