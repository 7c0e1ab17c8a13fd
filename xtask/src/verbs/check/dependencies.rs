//! Rules for dependencies: cargo-deny by deny.toml (bans, licenses, sources), then known vulnerabilities.
//!
//! Vulnerabilities are looked up in RustSec's database and in npm's, over the network. If a database cannot be reached,
//! its check is skipped with a notice and does not fail, so that `check` works on a closed network.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::ensure::{self, CargoTool};
use crate::process;
use crate::workspace::Workspace;

const CARGO_DENY: CargoTool = CargoTool { name: "cargo-deny", version: None };

/// Time limit for fetching the vulnerability database.
const FETCH_WITHIN: Duration = Duration::from_mins(2);

pub(super) fn check(workspace: &Workspace) -> Result<()> {
    process::headline("Dependencies");
    match ensure::cargo_tool(workspace, &CARGO_DENY) {
        Ok(cargo_deny) => {
            let mut rules = workspace.command(&cargo_deny);
            process::run(rules.args(["--workspace", "check", "bans", "licenses", "sources"]))?;
            rust_advisories(workspace, &cargo_deny)?;
        }
        // The licenses are checked in any case by the test `boundaries`.
        Err(reason) => {
            eprintln!(
                "SKIPPED: sources, bans and advisories were NOT checked, there is no cargo-deny: {reason:#}"
            );
        }
    }
    node_advisories(workspace)
}

/// Known vulnerabilities of the crates in Cargo.lock.
fn rust_advisories(workspace: &Workspace, cargo_deny: &Path) -> Result<()> {
    let mut fetch = workspace.command(cargo_deny);
    if !process::succeeds(fetch.args(["fetch", "db"]), FETCH_WITHIN) {
        eprintln!(
            "SKIPPED: known vulnerabilities of crates were NOT checked, RustSec's database cannot be fetched from here. \
             Run `cargo deny check advisories` on a machine that reaches it."
        );
        return Ok(());
    }
    let mut advisories = workspace.command(cargo_deny);
    process::run(advisories.args(["--workspace", "check", "--disable-fetch", "advisories"]))
}

/// Known vulnerabilities of the packages that are built into the UI.
fn node_advisories(workspace: &Workspace) -> Result<()> {
    let mut audit = workspace.npm(&workspace.ui());
    audit.args(["audit", "--omit=dev", "--json"]).stdin(Stdio::null());
    let output = audit.output().context("`npm` could not be started; install Node.js")?;
    match count_vulnerabilities(&output.stdout) {
        None => {
            eprintln!(
                "SKIPPED: known vulnerabilities of npm packages were NOT checked, npm's database cannot be reached."
            );
            Ok(())
        }
        Some(0) => Ok(()),
        Some(count) => bail!(
            "npm knows {count} vulnerabilities in the UI's packages. \
             `npm audit --omit=dev` in ui/ lists them; update the packages."
        ),
    }
}

/// `None`: the report contains no result, because npm could not reach its database.
fn count_vulnerabilities(report: &[u8]) -> Option<u64> {
    let report: Value = serde_json::from_slice(report).ok()?;
    report["metadata"]["vulnerabilities"]["total"].as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_clean_report_from_one_without_an_answer() {
        assert_eq!(
            count_vulnerabilities(br#"{"metadata":{"vulnerabilities":{"high":0,"total":0}}}"#),
            Some(0)
        );
        assert_eq!(
            count_vulnerabilities(br#"{"metadata":{"vulnerabilities":{"high":2,"total":2}}}"#),
            Some(2)
        );
        assert_eq!(count_vulnerabilities(br#"{"message":"request failed","error":{}}"#), None);
        assert_eq!(count_vulnerabilities(b""), None);
    }
}
