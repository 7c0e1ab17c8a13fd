//! The tests of the server as a service, if this machine can boot another one.

use anyhow::Result;

use super::rust::Selection;
use super::{Outcome, Part};
use crate::ensure::{self, Need};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, selection: Selection, filter: Option<&str>) -> Result<Outcome> {
    if let Err(reason) = ensure::booted(workspace) {
        return Ok(Outcome::Skipped(reason));
    }
    ensure::system(workspace, &[Need::Packages, Need::PackageTests])?;
    selection.test(workspace, Part::Service, filter)
}
