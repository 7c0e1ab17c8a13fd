//! The crates that the shipped programs use, from `cargo metadata` and `Cargo.lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Component, Hash, license_texts, purl};
use crate::process;
use crate::workspace::Workspace;

const PROGRAMS: [&str; 4] = ["testkeep-server", "testkeep-client", "testkeep-issuer", "testkeep-desktop"];

pub(super) fn collect(workspace: &Workspace) -> Result<Vec<Component>> {
    let mut cargo = workspace.cargo();
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", &target]);
    let metadata: Value = serde_json::from_str(&process::output(&mut cargo)?)?;
    let checksums = checksums(&std::fs::read_to_string(workspace.root().join("Cargo.lock"))?)?;
    Ok(components(&metadata, &checksums))
}

/// SHA-256 of each crate from a registry, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>> {
    let lock: toml::Table = lock.parse().context("Cargo.lock cannot be read")?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock has no packages")?;
    let text = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    let entry =
        |package| Some(((text(package, "name")?, text(package, "version")?), text(package, "checksum")?));
    Ok(packages.iter().filter_map(entry).collect())
}

fn components(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Vec<Component> {
    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).map(|package| (text(package, "id"), package)).collect();
    let uses: BTreeMap<&str, BTreeSet<&str>> = list(&metadata["resolve"]["nodes"])
        .map(|node| (text(node, "id"), shipped_dependencies(node)))
        .collect();
    let mut shipped = BTreeSet::new();
    let mut open: Vec<&str> = packages
        .values()
        .filter(|package| PROGRAMS.contains(&text(package, "name")))
        .map(|package| text(package, "id"))
        .collect();
    while let Some(id) = open.pop() {
        if shipped.insert(id) {
            open.extend(uses.get(id).into_iter().flatten());
        }
    }
    let others =
        shipped.into_iter().filter_map(|id| packages.get(id)).filter(|package| !package["source"].is_null());
    others.map(|package| component(package, &packages, &uses, checksums)).collect()
}

/// What a crate uses at run time, not for its build or its tests.
fn shipped_dependencies(node: &Value) -> BTreeSet<&str> {
    let is_normal = |dependency: &&Value| list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null());
    list(&node["deps"]).filter(is_normal).map(|dependency| text(dependency, "pkg")).collect()
}

fn component(
    package: &Value,
    packages: &BTreeMap<&str, &Value>,
    uses: &BTreeMap<&str, BTreeSet<&str>>,
    checksums: &BTreeMap<(String, String), String>,
) -> Component {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let dependencies = uses.get(text(package, "id")).into_iter().flatten().filter_map(|id| packages.get(id));
    let folder = Path::new(text(package, "manifest_path")).parent().unwrap_or(Path::new(""));
    let hash = checksums.get(&(name.to_owned(), version.to_owned()));
    Component {
        name: name.into(),
        version: version.into(),
        registry: "cargo",
        // Older crates separate alternatives by a slash, which is no SPDX expression.
        license: text(package, "license").split('/').map(str::trim).collect::<Vec<_>>().join(" OR "),
        hash: hash.map(|hex| Hash { algorithm: "SHA-256", hex: hex.clone() }),
        uses: dependencies
            .map(|package| purl("cargo", text(package, "name"), text(package, "version")))
            .collect(),
        license_texts: license_texts(folder),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_what_is_shipped_and_nothing_else() {
        let package = |name: &str, source: Value| {
            json!({"id": name, "name": name, "version": "1.0.0", "source": source, "license": "MIT/Apache-2.0",
                   "manifest_path": "/nowhere/Cargo.toml"})
        };
        let uses = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let registry = || json!("registry");
        let metadata = json!({
            "packages": [package("testkeep-server", Value::Null), package("used", registry()),
                         package("below", registry()), package("builder", registry()), package("other", registry())],
            "resolve": {"nodes": [
                {"id": "testkeep-server", "deps": [uses("used", Value::Null), uses("builder", json!("build"))]},
                {"id": "used", "deps": [uses("below", Value::Null), uses("other", json!("dev"))]}]},
        });
        let lock = "[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"ab12\"\n";
        let found = components(&metadata, &checksums(lock).unwrap());
        let names: Vec<_> = found.iter().map(|component| component.name.as_str()).collect();
        assert_eq!(names, ["below", "used"]);
        assert_eq!(found[1].uses, ["pkg:cargo/below@1.0.0"]);
        assert_eq!(found[1].license, "MIT OR Apache-2.0");
        assert_eq!(found[1].hash.as_ref().unwrap().hex, "ab12");
    }
}
