//! The result of one upload: a line for people or one JSON object, and its exit code with `--strict`.
//!
//! The keys of the JSON form are a contract that scripts rely on (`docs/upload.md`).

use serde_json::{Value, json};
use testkeep_client::upload::{NotSent, Receipt};

use crate::cli::failure::{HERE, REFUSED, UNREACHABLE, say};
use crate::cli::report;

pub(super) struct Outcome {
    pub(super) file: String,
    pub(super) files: usize,
    pub(super) project: String,
    /// It was kept by an earlier command.
    pub(super) was_kept: bool,
    pub(super) result: Done,
}

pub(super) enum Done {
    Uploaded(Receipt),
    /// The server is away; the upload is kept on this machine, in the folder.
    Kept {
        why: NotSent,
        folder: String,
    },
    /// The server is away or refuses, and the upload is not kept; with a sentence about the upload.
    NotSent {
        why: NotSent,
        lost: String,
    },
    /// A report cannot be read or packed.
    Failed(String),
}

impl Outcome {
    pub(super) fn code(&self) -> i32 {
        match &self.result {
            Done::Uploaded(_) => 0,
            Done::Kept { why, .. } | Done::NotSent { why, .. } => match why {
                NotSent::Refused { .. } => REFUSED,
                NotSent::Away { .. } | NotSent::Failing { .. } => UNREACHABLE,
            },
            Done::Failed(_) => HERE,
        }
    }

    /// Failures are also written to standard error.
    pub(super) fn show(&self, as_json: bool) {
        match &self.result {
            Done::Uploaded(_) if as_json => {}
            Done::Uploaded(_) => report::print(&self.sentence()),
            _ => say(&self.sentence()),
        }
        if as_json {
            report::print(&self.json().to_string());
        }
    }

    fn sentence(&self) -> String {
        match &self.result {
            Done::Uploaded(receipt) => {
                let uploaded = match (receipt.is_repeated, self.was_kept) {
                    (true, _) => "was uploaded before",
                    (false, true) => "was kept and is uploaded now",
                    (false, false) => "is uploaded",
                };
                format!("{} {uploaded}: execution {}, {}", self.file, receipt.number, receipt.url)
            }
            Done::Kept { why, folder } => {
                format!("{why} {} is kept in {folder}; the next `testkeep upload` sends it.", self.file)
            }
            Done::NotSent { why, lost } => format!("{lost} {why}"),
            Done::Failed(why) => format!("{} is not uploaded: {why}.", self.file),
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut object = json!({
            "outcome": self.word(),
            "file": self.file,
            "files": self.files,
            "project": self.project,
            "was_kept": self.was_kept,
        });
        if let Done::Uploaded(receipt) = &self.result {
            object["execution_id"] = json!(receipt.execution_id);
            object["number"] = json!(receipt.number);
            object["url"] = json!(receipt.url);
            object["state"] = json!(receipt.state);
        } else {
            object["message"] = json!(self.sentence());
        }
        object
    }

    fn word(&self) -> &'static str {
        match &self.result {
            Done::Uploaded(receipt) if receipt.is_repeated => "uploaded_before",
            Done::Uploaded(_) => "uploaded",
            Done::Kept { .. } => "kept",
            Done::NotSent { why: NotSent::Refused { .. }, .. } => "refused",
            Done::NotSent { .. } => "lost",
            Done::Failed(_) => "failed",
        }
    }
}
