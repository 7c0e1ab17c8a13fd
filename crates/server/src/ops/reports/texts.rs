//! The long texts of one result: failures with stack traces, steps, output, names of attachments.
//!
//! They are one JSON document, packed alone with zstd, so that a page reads only its own.

use std::io::Read as _;

use serde::{Deserialize, Serialize};
use testkeep_reports::{Attachment, Attempt, Case, Failure, Properties, Step};

use crate::{App, Error};

/// Fast, and small enough.
const LEVEL: i32 = 3;
/// Bytes of an unpacked document. The readers' limits keep documents far below it.
const UNPACKED_MAX: u64 = 256 * 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Texts {
    pub failures: Vec<FailureText>,
    pub attempts: Vec<AttemptText>,
    pub steps: Vec<StepText>,
    pub output: String,
    pub error_output: String,
    pub properties: Properties,
    pub attachments: Vec<AttachmentText>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FailureText {
    pub outcome: String,
    pub type_name: Option<String>,
    pub message: Option<String>,
    pub detail: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttemptText {
    pub outcome: String,
    pub duration_ms: Option<i64>,
    pub failures: Vec<FailureText>,
    pub output: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct StepText {
    pub depth: u16,
    pub name: String,
    pub outcome: String,
    pub duration_ms: Option<i64>,
    pub failure: Option<FailureText>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttachmentText {
    pub name: String,
    /// As the report has it; a file of the execution may have this path.
    pub path: Option<String>,
    pub media_type: Option<String>,
}

impl Texts {
    /// `None`: the case has no long text.
    pub(crate) fn of(case: Case) -> Option<Self> {
        let mut properties = case.properties;
        if let Some(file) = case.file {
            let place = case.line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
            properties.insert(0, ("file".into(), place));
        }
        let texts = Self {
            failures: case.failures.into_iter().map(failure).collect(),
            attempts: case.attempts.into_iter().map(attempt).collect(),
            steps: case.steps.into_iter().map(step).collect(),
            output: case.output.to_text(),
            error_output: case.error_output.to_text(),
            properties,
            attachments: case.attachments.into_iter().map(attachment).collect(),
        };
        (texts != Self::default()).then_some(texts)
    }

    /// Packing to memory does not fail; if it did, the texts would be missing.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).unwrap_or_default();
        zstd::bulk::compress(&json, LEVEL).unwrap_or_default()
    }

    fn unpack(packed: &[u8]) -> Result<Self, Error> {
        let mut json = Vec::new();
        let unpacked = zstd::Decoder::new(packed).map_err(Error::internal)?;
        unpacked.take(UNPACKED_MAX).read_to_end(&mut json).map_err(Error::internal)?;
        serde_json::from_slice(&json).map_err(Error::internal)
    }
}

/// Reads the texts of a result. `place`: the execution's file of texts.
pub(crate) async fn read_texts(app: &App, place: Option<&str>, at: i64, size: i64) -> Result<Texts, Error> {
    let (Ok(at), Ok(size)) = (u64::try_from(at), u64::try_from(size)) else { return Ok(Texts::default()) };
    match place {
        Some(place) if size > 0 => Texts::unpack(&app.files.read_range(place, at..at + size).await?),
        _ => Ok(Texts::default()),
    }
}

fn failure(failure: Failure) -> FailureText {
    let Failure { outcome, type_name, message, detail } = failure;
    FailureText { outcome: outcome.as_str().into(), type_name, message, detail: detail.to_text() }
}

fn attempt(attempt: Attempt) -> AttemptText {
    AttemptText {
        outcome: attempt.outcome.as_str().into(),
        duration_ms: milliseconds(attempt.seconds),
        failures: attempt.failures.into_iter().map(failure).collect(),
        output: attempt.output.to_text(),
    }
}

fn step(step: Step) -> StepText {
    StepText {
        depth: step.depth,
        name: step.name,
        outcome: step.outcome.as_str().into(),
        duration_ms: milliseconds(step.seconds),
        failure: step.failure.map(failure),
    }
}

fn attachment(attachment: Attachment) -> AttachmentText {
    let Attachment { name, path, media_type, .. } = attachment;
    AttachmentText { name, path, media_type }
}

/// `None`: the report gives no sensible duration.
pub(crate) fn milliseconds(seconds: Option<f64>) -> Option<i64> {
    let milliseconds = (seconds? * 1000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked just before")]
    (0.0..=1e12).contains(&milliseconds).then_some(milliseconds as i64)
}

/// The last part of a path, with letters, digits and a few signs only.
pub(crate) fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    last.chars().map(plain).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unpacked_as_they_were_packed() {
        let mut case = Case::new(vec![], "a");
        assert!(Texts::of(case.clone()).is_none());
        case.output.push("line\u{0} 1\n");
        case.file = Some("a.rs".into());
        case.line = Some(7);
        let texts = Texts::of(case).unwrap();
        assert_eq!(texts.properties, [("file".to_owned(), "a.rs:7".to_owned())]);
        assert_eq!(Texts::unpack(&texts.pack()).unwrap(), texts);
        assert!(Texts::unpack(b"no texts").is_err());
        assert_eq!(file_name("C:\\a\\b c<.png"), "b_c_.png");
    }

    #[test]
    fn a_duration_must_be_sensible() {
        assert_eq!(milliseconds(Some(1.5)), Some(1500));
        for seconds in [None, Some(f64::NAN), Some(-1.0), Some(f64::INFINITY), Some(1e300)] {
            assert_eq!(milliseconds(seconds), None);
        }
    }
}
