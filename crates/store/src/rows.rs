//! Any number of rows as one value of a statement: a JSON array of arrays.
//!
//! `json_each` of SQLite and `jsonb_array_elements` of PostgreSQL turn the value into rows again. So any number of rows
//! needs one statement. A value that all rows share, for example a time, is bound separately.

use serde_json::Value;

/// Rows for one statement. SQL reads a column by its index: `value ->> 0`.
#[derive(Clone, Debug, Default)]
pub struct Rows(Vec<Value>);

impl Rows {
    pub fn push<const N: usize>(&mut self, columns: [Value; N]) {
        self.0.push(Value::Array(columns.into()));
    }

    /// Rows with a single column.
    pub fn of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Self(values.into_iter().map(|value| Value::Array(vec![value.into()])).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value to bind.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "[]".into())
    }
}

/// Bytes as hexadecimal text. SQL reads them with `unhex(…)` on SQLite and `decode(…, 'hex')` on PostgreSQL.
pub fn bytes(bytes: &[u8]) -> Value {
    hex::encode(bytes).into()
}
