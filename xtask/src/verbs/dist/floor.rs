//! The oldest systems on which the programs start: every version of a glibc symbol that a program imports must be in the
//! glibc of these systems.
//!
//! A newer symbol gets in unseen, by a build machine with a newer glibc; the program then ends at its start with
//! `version GLIBC_… not found`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::programs::Programs;
use crate::process;
use crate::workspace::Workspace;

/// The floor: RHEL 9 has glibc 2.34, Ubuntu 22.04 2.35, Debian 12 2.36.
const FLOOR: Version = Version(2, 34);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}", self.0, self.1)
    }
}

/// # Errors
/// A program imports a symbol that the oldest system does not have; the message names all of them.
pub(super) fn check(workspace: &Workspace, programs: &Programs) -> Result<()> {
    let mut too_new = Vec::new();
    for name in programs.names() {
        let imports = imports(workspace, &programs.path(name))?;
        let newest = imports.values().max().copied().unwrap_or(Version(0, 0));
        eprintln!("{name}: needs glibc {newest}");
        let above = imports.into_iter().filter(|(_, version)| *version > FLOOR);
        too_new.extend(above.map(|(symbol, version)| format!("  {name}: {symbol} (glibc {version})")));
    }
    if too_new.is_empty() {
        return Ok(());
    }
    bail!(
        "These programs would not start on systems with glibc {FLOOR} (RHEL 9). Build on an older system, or with \
         `cargo zigbuild --target {}-unknown-linux-gnu.{FLOOR}`.\n{}",
        std::env::consts::ARCH,
        too_new.join("\n")
    )
}

fn imports(workspace: &Workspace, program: &Path) -> Result<BTreeMap<String, Version>> {
    let table = process::output(workspace.command("objdump").arg("--dynamic-syms").arg(program))?;
    Ok(read(&table))
}

/// Reads `objdump`'s table of dynamic symbols. A weak symbol does not prevent the start: the program checks whether it
/// is there. Only undefined symbols are imports.
fn read(table: &str) -> BTreeMap<String, Version> {
    let mut newest = BTreeMap::new();
    for line in table.lines().filter(|line| line.contains("*UND*")) {
        let is_weak = line.split_whitespace().nth(1) == Some("w");
        let Some((_, rest)) = line.split_once("(GLIBC_") else { continue };
        let Some((version, symbol)) = rest.split_once(')') else { continue };
        if let Some(version) = parse(version).filter(|_| !is_weak) {
            newest.insert(symbol.trim().to_owned(), version);
        }
    }
    newest
}

fn parse(version: &str) -> Option<Version> {
    let mut parts = version.split('.').map(str::parse);
    Some(Version(parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.2.5) memcpy
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.36) arc4random
0000000000000000  w   DF *UND*\t0000000000000000 (GLIBC_2.39) pidfd_spawnp
0000000000000000  w   D  *UND*\t0000000000000000  Base        __gmon_start__
0000000000000000      DF *UND*\t0000000000000000 (GCC_3.0) _Unwind_Resume
0000000000a1b2c0 g    DF .text\t0000000000000012 (GLIBC_2.99) of_its_own
";

    #[test]
    fn finds_what_a_program_imports() {
        let imports = read(TABLE);
        assert_eq!(imports["arc4random"], Version(2, 36));
        assert_eq!(imports["memcpy"], Version(2, 2));
        assert_eq!(imports.len(), 2, "{imports:?}");
    }

    #[test]
    fn compares_versions_as_numbers() {
        assert!(parse("2.4").unwrap() < FLOOR && parse("2.36").unwrap() > FLOOR);
        assert_eq!(parse("2.34"), Some(FLOOR));
        assert_eq!(parse("PRIVATE"), None);
    }
}
