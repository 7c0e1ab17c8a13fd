//! The list of other people's code in the programs, with their licenses: `THIRD-PARTY.txt`.
//!
//! Equal license texts appear once, with the names of all components that have them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use super::components::Component;

pub(super) const FILE: &str = "THIRD-PARTY.txt";
const LINE: &str = "--------------------------------------------------------------------------------";
const INTRODUCTION: &str = "\
Testkeep contains code of others, listed here with its licenses. `cargo` components come from crates.io, `npm`
components from npmjs.com. Where a component may be used under one of several licenses, Testkeep uses it under a
permissive one. The texts below are those that the components contain.
";

pub(super) fn write(components: &[Component], file: &Path) -> Result<()> {
    std::fs::write(file, text(components)?).with_context(|| format!("cannot write {}", file.display()))
}

fn text(components: &[Component]) -> Result<String> {
    let mut out = format!("{INTRODUCTION}\n");
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for component in components {
        let Component { name, version, registry, .. } = component;
        let license = if component.license.is_empty() { "see its text" } else { &component.license };
        let missing = if component.license_texts.is_empty() { " (contains no text of it)" } else { "" };
        writeln!(out, "{name} {version} ({registry}): {license}{missing}")?;
        for text in &component.license_texts {
            texts.entry(text).or_default().push(format!("{name} {version}"));
        }
    }
    // The order of the first user of each text is easier to read than that of the texts.
    let mut texts: Vec<_> = texts.into_iter().map(|(text, users)| (users, text)).collect();
    texts.sort();
    for (users, text) in texts {
        writeln!(out, "\n{LINE}\n{}\n{LINE}\n\n{text}", users.join(", "))?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(name: &str, texts: &[&str]) -> Component {
        Component {
            name: name.into(),
            version: "1.0.0".into(),
            registry: "cargo",
            license: "MIT".into(),
            hash: None,
            uses: Vec::new(),
            license_texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn equal_texts_appear_once() {
        let listed =
            [component("a", &["Permission"]), component("b", &["Permission", "Notice"]), component("c", &[])];
        let text = text(&listed).unwrap();
        assert_eq!(text.matches("\nPermission").count(), 1);
        assert!(
            text.contains("a 1.0.0, b 1.0.0\n")
                && text.contains("c 1.0.0 (cargo): MIT (contains no text of it)")
        );
    }
}
