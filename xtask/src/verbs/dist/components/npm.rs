//! The packages of the UI: those that its sources import, and what they use, from `package-lock.json`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine as _;
use serde_json::{Map, Value};

use super::{Component, Hash, license_texts, purl};

/// Writes code into the UI without being imported.
const GENERATORS: [&str; 1] = ["@inlang/paraglide-js"];
/// Run while the UI is built, and nothing of what they use gets into it.
const TOOLS: [&str; 3] = ["@inlang/paraglide-js", "@sveltejs/vite-plugin-svelte", "vite"];
/// Endings of the UI's sources.
const SOURCES: [&str; 4] = ["ts", "js", "svelte", "css"];

pub(super) fn collect(ui: &Path) -> Result<Vec<Component>> {
    let lock =
        std::fs::read_to_string(ui.join("package-lock.json")).context("cannot read package-lock.json")?;
    let lock: Value = serde_json::from_str(&lock).context("package-lock.json is no JSON")?;
    let packages = lock["packages"].as_object().context("package-lock.json has no packages")?;
    let mut sources = String::new();
    read_sources(&ui.join("src"), &mut sources)?;
    let mut open: Vec<String> = direct(&lock, &sources);
    let mut shipped = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(package) = find(packages, &name) else { continue };
        if shipped.contains(&name) {
            continue;
        }
        if !is_tool(&name) {
            open.extend(dependencies(package).into_iter().filter(|used| !is_tool(used)));
        }
        shipped.insert(name);
    }
    Ok(shipped.iter().filter_map(|name| component(ui, packages, name)).collect())
}

fn is_tool(name: &str) -> bool {
    TOOLS.contains(&name)
}

/// The direct packages whose name is imported somewhere.
fn direct(lock: &Value, sources: &str) -> Vec<String> {
    let own = &lock["packages"][""];
    let names =
        ["dependencies", "devDependencies"].into_iter().filter_map(|kind| own[kind].as_object()).flatten();
    let is_imported = |name: &str| {
        GENERATORS.contains(&name)
            || ['\'', '"'].iter().any(|quote| {
                sources.contains(&format!("{quote}{name}{quote}"))
                    || sources.contains(&format!("{quote}{name}/"))
            })
    };
    names.map(|(name, _)| name.clone()).filter(|name| is_imported(name)).collect()
}

fn read_sources(folder: &Path, into: &mut String) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        // Tests are beside the modules, and import what is not shipped.
        let is_test = path.to_string_lossy().contains(".test.");
        let is_source = path.extension().is_some_and(|ending| SOURCES.iter().any(|known| ending == *known));
        if path.is_dir() {
            read_sources(&path, into)?;
        } else if is_source && !is_test {
            into.push_str(&std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// The one at the top, which the bundle uses; others lie inside the folders of build tools.
fn find<'a>(packages: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    packages.get(&format!("node_modules/{name}"))
}

/// A package's dependencies, without optional ones: these are programs for other systems.
fn dependencies(package: &Value) -> Vec<String> {
    let kinds = ["dependencies", "peerDependencies"];
    let is_optional = |name: &str| package["peerDependenciesMeta"][name]["optional"] == Value::Bool(true);
    let all = kinds.into_iter().filter_map(|kind| package[kind].as_object()).flatten();
    all.map(|(name, _)| name.clone()).filter(|name| !is_optional(name)).collect()
}

fn component(ui: &Path, packages: &Map<String, Value>, name: &str) -> Option<Component> {
    let package = find(packages, name)?;
    let version = |package: &Value| package["version"].as_str().unwrap_or_default().to_owned();
    let used = dependencies(package);
    let used = used.iter().filter_map(|name| Some(purl("npm", name, &version(find(packages, name)?))));
    Some(Component {
        name: name.into(),
        version: version(package),
        registry: "npm",
        license: package["license"].as_str().unwrap_or_default().to_owned(),
        hash: package["integrity"].as_str().and_then(hash),
        uses: used.collect(),
        license_texts: license_texts(&ui.join("node_modules").join(name)),
    })
}

fn hash(integrity: &str) -> Option<Hash> {
    let encoded = integrity.strip_prefix("sha512-")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    Some(Hash { algorithm: "SHA-512", hex: hex::encode(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_what_the_sources_import() {
        let ui = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(ui.path().join("src/lib")).unwrap();
        std::fs::write(ui.path().join("src/lib/a.ts"), "import { x } from '@scope/used/part';").unwrap();
        std::fs::write(ui.path().join("src/lib/a.test.ts"), "import { lint } from 'linter';").unwrap();
        std::fs::write(
            ui.path().join("package-lock.json"),
            r#"{"packages": {
                "": {"devDependencies": {"@scope/used": "^1", "linter": "^2"}},
                "node_modules/@scope/used": {"version": "1.2.0", "license": "ISC", "integrity": "sha512-q83v",
                    "dependencies": {"below": "*"}, "peerDependencies": {"gone": "*"},
                    "peerDependenciesMeta": {"gone": {"optional": true}}},
                "node_modules/below": {"version": "3.0.0", "license": "MIT"},
                "node_modules/gone": {"version": "1.0.0", "license": "MIT"},
                "node_modules/linter": {"version": "2.0.0", "license": "MIT"}}}"#,
        )
        .unwrap();
        let found = collect(ui.path()).unwrap();
        let names: Vec<_> = found.iter().map(Component::purl).collect();
        assert_eq!(names, ["pkg:npm/%40scope/used@1.2.0", "pkg:npm/below@3.0.0"]);
        assert_eq!(found[0].hash.as_ref().unwrap().hex, "abcdef");
        assert_eq!(found[0].uses, ["pkg:npm/below@3.0.0"]);
    }
}
