//! Typed access to the members of a JSON object. Errors name the member.
//!
//! Structs derived with serde also accept arrays and ignore unknown members. A license must never be read that way.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{FieldProblem, LicenseError};
use crate::Moment;
use crate::date::DateError;

pub(super) struct Fields {
    path: String,
    members: Map<String, Value>,
}

impl Fields {
    /// `path` is the name of the object in errors; empty for the outermost object.
    pub(super) fn of(value: Value, path: &str) -> Result<Self, LicenseError> {
        match value {
            Value::Object(members) => Ok(Self { path: path.to_owned(), members }),
            _ => Err(LicenseError::Field {
                field: if path.is_empty() { "its content".into() } else { format!("“{path}”") },
                problem: FieldProblem::Type { expected: "an object" },
            }),
        }
    }

    pub(super) fn optional(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    fn take(&mut self, name: &str) -> Result<Value, LicenseError> {
        self.optional(name).ok_or_else(|| self.wrong(name, FieldProblem::Missing))
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Self, LicenseError> {
        let value = self.take(name)?;
        Self::of(value, &self.path_of(name))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, LicenseError> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong(name, FieldProblem::Type { expected: "a text" })),
        }
    }

    pub(super) fn number(&mut self, name: &str) -> Result<u64, LicenseError> {
        let value = self.take(name)?;
        let wrong = || self.wrong(name, FieldProblem::Type { expected: "a whole number, not negative" });
        value.as_u64().ok_or_else(wrong)
    }

    pub(super) fn count(&mut self, name: &str) -> Result<u32, LicenseError> {
        let number = self.number(name)?;
        u32::try_from(number).map_err(|_| self.invalid(name, "the number is too large"))
    }

    /// Takes a time in RFC 3339; the result is UTC, to the millisecond.
    pub(super) fn time(&mut self, name: &str) -> Result<DateTime<Utc>, LicenseError> {
        let text = self.text(name)?;
        let time = text.parse::<Moment>().map_err(|error| match error {
            DateError::TooFar(_) => self.invalid(name, "it is not between the years 1970 and 2999"),
            _ => self.invalid(name, "it is not a time such as 2030-01-31T23:59:59Z"),
        })?;
        Ok(time.time())
    }

    /// Takes the members of an array; empty if the array is absent.
    pub(super) fn optional_list(&mut self, name: &str) -> Result<Vec<Value>, LicenseError> {
        match self.optional(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(self.wrong(name, FieldProblem::Type { expected: "a list" })),
        }
    }

    /// Fails if a member is left, because it is unknown.
    pub(super) fn finish(self) -> Result<(), LicenseError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.wrong(name, FieldProblem::Unknown)),
        }
    }

    pub(super) fn invalid(&self, name: &str, reason: impl std::fmt::Display) -> LicenseError {
        self.wrong(name, FieldProblem::Value(reason.to_string()))
    }

    fn wrong(&self, name: &str, problem: FieldProblem) -> LicenseError {
        let field = self.path_of(name).chars().take(80).filter(|c| !c.is_control()).collect::<String>();
        LicenseError::Field { field: format!("“{field}”"), problem }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}
