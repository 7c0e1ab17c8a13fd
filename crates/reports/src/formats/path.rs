//! Names of the suites that are open, from the outermost inwards, with what goes wrong between cases.

use crate::limits::NAME;
use crate::model::Failure;
use crate::text::cut;

#[derive(Default)]
pub(crate) struct Path {
    names: Vec<String>,
    /// A failure outside of any case that is being read.
    pub(crate) run_error: Option<Failure>,
}

impl Path {
    pub(crate) fn push(&mut self, name: &str) {
        self.names.push(cut(name, NAME));
    }

    pub(crate) fn pop(&mut self) {
        self.names.pop();
    }

    /// Without suites that have no name.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.iter().filter(|name| !name.is_empty()).cloned().collect()
    }
}
