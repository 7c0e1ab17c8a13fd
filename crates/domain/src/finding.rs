//! The results of a check, in the shape that the wizard, `testkeep-server check` and the installer share.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    Info,
    Warning,
    Error,
}

/// One observation about one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The answer concerned, with its name in the answer file: `http_port`, `database.jdbc_url`, …
    pub field: String,
    pub level: Level,
    /// A stable word for programs: `port_taken`, `not_writable`, …
    pub code: String,
    /// Text for people: what was found, the reason if known, and what to do.
    pub message: String,
}

/// The result of a check. `ok` is false when any finding is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report<T = ()> {
    pub ok: bool,
    pub findings: Vec<Finding>,
    /// Values that the check measured or proposes: free bytes, the next free port, …
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub details: T,
}

impl Finding {
    pub fn new(field: &str, level: Level, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), level, code: code.into(), message: message.into() }
    }

    pub fn error(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::new(field, Level::Error, code, message)
    }

    pub fn warning(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::new(field, Level::Warning, code, message)
    }

    pub fn ok(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::new(field, Level::Ok, code, message)
    }
}

impl<T> Report<T> {
    pub fn new(findings: Vec<Finding>, details: T) -> Self {
        Self { ok: findings.iter().all(|finding| finding.level != Level::Error), findings, details }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_alone_make_a_report_bad() {
        let levels = [Level::Ok, Level::Info, Level::Warning, Level::Error];
        assert!(levels.is_sorted());
        assert!(Report::new(Vec::new(), ()).ok);
        for level in levels {
            let findings = vec![Finding::ok("a", "b", "c"), Finding::new("d", level, "e", "f")];
            assert_eq!(Report::new(findings, ()).ok, level != Level::Error, "{level:?}");
        }
    }

    #[test]
    fn a_finding_says_about_what_and_how_bad() {
        for (finding, level) in [
            (Finding::ok("http_port", "free", "It is free."), "ok"),
            (Finding::warning("http_port", "free", "It is free."), "warning"),
            (Finding::error("http_port", "free", "It is free."), "error"),
        ] {
            let expected = serde_json::json!({
                "field": "http_port", "level": level, "code": "free", "message": "It is free.",
            });
            assert_eq!(serde_json::json!(finding), expected);
        }
        let report = Report::new(Vec::new(), serde_json::json!({"free_bytes": 1}));
        assert_eq!(
            serde_json::json!(report),
            serde_json::json!({"ok": true, "findings": [], "free_bytes": 1})
        );
    }
}
