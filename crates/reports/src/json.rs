//! Reads JSON as a stream: objects key by key, arrays element by element, so that only one element is in memory.

use serde_json::Value;
use struson::reader::{JsonReader, JsonStreamReader, ReaderError, ValueType};

use crate::input::{Budget, Source, TextSource, decoded};
use crate::sink::Problem;

pub(crate) struct Json<'s> {
    reader: JsonStreamReader<TextSource<'s>>,
    budget: Budget,
}

impl<'s> Json<'s> {
    pub(crate) fn new(source: Source<'s>) -> Self {
        let budget = source.budget();
        Self { reader: JsonStreamReader::new(decoded(source)), budget }
    }

    /// Reads the next value, an object. Calls `on` for each key, with this stream before the key's value. `on` must
    /// read that value or [`skip`](Self::skip) it.
    pub(crate) fn object(
        &mut self,
        on: &mut dyn FnMut(&str, &mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.reader.begin_object().map_err(words)?;
        while self.reader.has_next().map_err(words)? {
            self.budget.reset();
            let key = self.reader.next_name_owned().map_err(words)?;
            on(&key, self)?;
        }
        self.reader.end_object().map_err(words)
    }

    /// Reads the next value, an array. Calls `on` for each element, which must read it. A value other than an array is
    /// skipped.
    pub(crate) fn array(
        &mut self,
        on: &mut dyn FnMut(&mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if self.reader.peek().map_err(words)? != ValueType::Array {
            return self.skip();
        }
        self.reader.begin_array().map_err(words)?;
        while self.reader.has_next().map_err(words)? {
            self.budget.reset();
            on(self)?;
        }
        self.reader.end_array().map_err(words)
    }

    /// As [`array`](Self::array), but `on` gets each element as a value.
    pub(crate) fn values(&mut self, on: &mut dyn FnMut(Value) -> Result<(), Problem>) -> Result<(), Problem> {
        self.array(&mut |json| {
            let value = json.value()?;
            on(value)
        })
    }

    /// Reads the next value completely.
    pub(crate) fn value(&mut self) -> Result<Value, Problem> {
        self.reader
            .deserialize_next()
            .map_err(|error| Problem::Malformed(format!("its JSON cannot be read: {error}")))
    }

    /// Reads the next value: a string, number or boolean as text; `None` for null, objects, arrays and empty strings.
    pub(crate) fn text(&mut self) -> Result<Option<String>, Problem> {
        let text = match self.reader.peek().map_err(words)? {
            ValueType::String => self.reader.next_string(),
            ValueType::Number => self.reader.next_number_as_string(),
            ValueType::Boolean => self.reader.next_bool().map(|flag| flag.to_string()),
            _ => return self.skip().map(|()| None),
        };
        text.map(|text| Some(text).filter(|text| !text.is_empty())).map_err(words)
    }

    /// Reads the next value: a number, also if it is written as a string.
    pub(crate) fn number(&mut self) -> Result<Option<f64>, Problem> {
        let text = self.text()?;
        Ok(text.and_then(|text| text.trim().parse().ok()).filter(|number: &f64| number.is_finite()))
    }

    pub(crate) fn skip(&mut self) -> Result<(), Problem> {
        self.budget.reset();
        self.reader.skip_value().map_err(words)
    }

    /// Whether the next value is an object.
    pub(crate) fn is_object(&mut self) -> Result<bool, Problem> {
        Ok(self.reader.peek().map_err(words)? == ValueType::Object)
    }

    /// Fails if anything except white space follows.
    pub(crate) fn end(self) -> Result<(), Problem> {
        self.reader.consume_trailing_whitespace().map_err(words)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes the error by value")]
fn words(error: ReaderError) -> Problem {
    Problem::Malformed(format!("it is not JSON: {error}"))
}

/// A string, number or boolean as text; `None` for null, objects, arrays and empty strings.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A number, also if it is written as a string.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// The elements of an array; empty for any other value.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
