//! What a report says, in one shape for all formats.

use chrono::{DateTime, NaiveDateTime, Utc};

pub use crate::text::Text;

/// One piece of a report, in the order in which it is known. A suite is sent when it ends, so after its cases.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Suite(Suite),
    Case(Box<Case>),
    /// Something failed outside of any test case: a suite's set-up, a package that does not compile.
    RunError(Failure),
}

/// How one test case ended. Formats that know more say it in [`Failure::type_name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Passed,
    /// The product is wrong: an assertion did not hold.
    Failed,
    /// The test is wrong or was cut off: an unexpected exception, a timeout.
    Errored,
    Skipped,
    /// The report gives a status that no rule knows, or none.
    Other,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
            Self::Other => "other",
        }
    }

    /// How much it decides when several outcomes meet: errored, failed, skipped, passed, other.
    pub(crate) fn weight(self) -> u8 {
        match self {
            Self::Other => 0,
            Self::Passed => 1,
            Self::Skipped => 2,
            Self::Failed => 3,
            Self::Errored => 4,
        }
    }
}

/// Names with values, in the order of the report; a name may come twice.
pub type Properties = Vec<(String, String)>;

/// When something began: with a zone, or in the unknown zone of the machine that wrote the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Utc(DateTime<Utc>),
    Local(NaiveDateTime),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suite {
    /// Names from the outermost suite to this one.
    pub path: Vec<String>,
    pub started_at: Option<Moment>,
    pub seconds: Option<f64>,
    pub host: Option<String>,
    pub properties: Properties,
    pub output: Text,
    pub error_output: Text,
    /// Totals that the report states itself, by their name there. Never used for counting.
    pub stated: Properties,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Names from the outermost suite to the one that holds the case.
    pub suite: Vec<String>,
    pub class: Option<String>,
    pub name: String,
    pub file: Option<String>,
    pub line: Option<u64>,
    pub outcome: Outcome,
    /// It passed after failed attempts.
    pub flaky: bool,
    pub started_at: Option<Moment>,
    pub seconds: Option<f64>,
    /// The first one decides what the case is shown with.
    pub failures: Vec<Failure>,
    /// Earlier attempts of the same case, oldest first; the last attempt is the case itself.
    pub attempts: Vec<Attempt>,
    pub steps: Vec<Step>,
    pub attachments: Vec<Attachment>,
    /// Values of a data-driven case.
    pub parameters: Properties,
    /// Tags, labels, owners, links, each under its name in the report.
    pub properties: Properties,
    pub output: Text,
    pub error_output: Text,
}

impl Case {
    pub fn new(suite: Vec<String>, name: impl Into<String>) -> Self {
        Self {
            suite,
            class: None,
            name: name.into(),
            file: None,
            line: None,
            outcome: Outcome::Passed,
            flaky: false,
            started_at: None,
            seconds: None,
            failures: Vec::new(),
            attempts: Vec::new(),
            steps: Vec::new(),
            attachments: Vec::new(),
            parameters: Properties::new(),
            properties: Properties::new(),
            output: Text::default(),
            error_output: Text::default(),
        }
    }
}

/// Why something did not pass, or was skipped.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub outcome: Outcome,
    /// An exception's class, an assertion's kind.
    pub type_name: Option<String>,
    pub message: Option<String>,
    /// Stack trace and what else the report gives in full.
    pub detail: Text,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub outcome: Outcome,
    pub seconds: Option<f64>,
    pub failures: Vec<Failure>,
    pub output: Text,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// 0: directly in the case.
    pub depth: u16,
    pub name: String,
    pub outcome: Outcome,
    pub started_at: Option<Moment>,
    pub seconds: Option<f64>,
    pub failure: Option<Failure>,
}

/// A file that belongs to a case; the report names it, and whoever has the files finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// As the report writes it, often a path of the machine that ran the test. Never opened by a reader.
    pub path: Option<String>,
    pub media_type: Option<String>,
    /// Content that the report carries itself.
    pub content: Option<Vec<u8>>,
}
