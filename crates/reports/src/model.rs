//! The content of a report, in one shape for all formats.

use chrono::{DateTime, NaiveDateTime, Utc};

pub use crate::text::Text;

/// One part of a report, sent as soon as it is complete. So a suite is sent after its cases.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Suite(Suite),
    Case(Box<Case>),
    /// A failure outside of all test cases: the set-up of a suite, a package that does not compile.
    RunError(Failure),
}

/// How one test case ended. If a format has more detail, it is in [`Failure::type_name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Passed,
    /// The tested product is wrong: an assertion failed.
    Failed,
    /// The test is wrong or was interrupted: an unexpected exception, a timeout.
    Errored,
    Skipped,
    /// The report contains an unknown status, or none.
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

    /// The precedence if a case has several outcomes. From the highest: errored, failed, skipped, passed, other.
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

/// Names with values, in the order of the report. A name may occur several times.
pub type Properties = Vec<(String, String)>;

/// A time: with a time zone, or in the unknown time zone of the machine that wrote the report.
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
    /// Totals that the report states itself, with their names in the report. Never used for counting.
    pub stated: Properties,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Names from the outermost suite to the suite of the case.
    pub suite: Vec<String>,
    pub class: Option<String>,
    pub name: String,
    pub file: Option<String>,
    pub line: Option<u64>,
    pub outcome: Outcome,
    /// The case passed after failed attempts.
    pub flaky: bool,
    pub started_at: Option<Moment>,
    pub seconds: Option<f64>,
    /// The failures. The first one is shown with the case.
    pub failures: Vec<Failure>,
    /// Earlier attempts of the same case, oldest first. The last attempt is the case itself.
    pub attempts: Vec<Attempt>,
    pub steps: Vec<Step>,
    pub attachments: Vec<Attachment>,
    /// The parameters of a data-driven case.
    pub parameters: Properties,
    /// Tags, labels, owners and links, each with its name in the report.
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

/// Why a case or attempt did not pass, or was skipped.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub outcome: Outcome,
    /// The class of the exception, or the kind of the assertion.
    pub type_name: Option<String>,
    pub message: Option<String>,
    /// The stack trace and other long text.
    pub detail: Text,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub outcome: Outcome,
    pub started_at: Option<Moment>,
    pub seconds: Option<f64>,
    pub failures: Vec<Failure>,
    pub attachments: Vec<Attachment>,
    pub output: Text,
    pub error_output: Text,
}

impl Attempt {
    pub fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            started_at: None,
            seconds: None,
            failures: Vec::new(),
            attachments: Vec::new(),
            output: Text::default(),
            error_output: Text::default(),
        }
    }
}

/// An attempt that its format writes as a case of its own.
impl From<Case> for Attempt {
    fn from(case: Case) -> Self {
        let Case { outcome, started_at, seconds, failures, attachments, output, error_output, .. } = case;
        Self { outcome, started_at, seconds, failures, attachments, output, error_output }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Nesting depth; 0: directly in the case.
    pub depth: u16,
    pub name: String,
    pub outcome: Outcome,
    pub started_at: Option<Moment>,
    pub seconds: Option<f64>,
    pub failure: Option<Failure>,
}

/// A file that belongs to a case. The report contains its path or its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// The path as written in the report, often of the machine that ran the test. A reader must never open it.
    pub path: Option<String>,
    pub media_type: Option<String>,
    /// The content, if the report contains it.
    pub content: Option<Vec<u8>>,
}
