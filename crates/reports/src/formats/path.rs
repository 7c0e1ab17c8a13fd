//! Names of the open suites, from the outermost to the innermost, and failures outside of cases.

use crate::limits::NAME;
use crate::model::Failure;
use crate::text::cut;

#[derive(Default)]
pub(crate) struct Path {
    names: Vec<String>,
    /// The failure outside of all cases that is being read.
    pub(crate) run_error: Option<Failure>,
}

impl Path {
    pub(crate) fn push(&mut self, name: &str) {
        self.names.push(cut(name, NAME));
    }

    pub(crate) fn pop(&mut self) {
        self.names.pop();
    }

    /// The names; suites without a name are left out.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.iter().filter(|name| !name.is_empty()).cloned().collect()
    }
}
