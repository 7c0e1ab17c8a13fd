//! The SBOM: every component of the programs as CycloneDX 1.5, JSON.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::components::Component;
use super::stamp::Stamp;

pub(super) fn write(components: &[Component], stamp: &Stamp, file: &Path) -> Result<()> {
    let text = format!("{:#}\n", document(components, stamp)?);
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn document(components: &[Component], stamp: &Stamp) -> Result<Value> {
    let own = format!("pkg:generic/testkeep@{}", stamp.version);
    let listed: Vec<_> = components.iter().map(entry).collect();
    let mut dependencies: Vec<_> = components
        .iter()
        .map(|component| json!({"ref": component.purl(), "dependsOn": known(components, &component.uses)}))
        .collect();
    let all: Vec<_> = components.iter().map(Component::purl).collect();
    dependencies.insert(0, json!({"ref": own, "dependsOn": all}));
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": serial_number(&serde_json::to_vec(&listed)?),
        "version": 1,
        "metadata": {
            "timestamp": stamp.time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "component": {"type": "application", "bom-ref": own, "name": "testkeep", "version": stamp.version,
                          "licenses": [{"expression": "MIT"}]},
        },
        "components": listed,
        "dependencies": dependencies,
    }))
}

fn entry(component: &Component) -> Value {
    let mut entry = json!({
        "type": "library",
        "bom-ref": component.purl(),
        "purl": component.purl(),
        "name": component.name,
        "version": component.version,
    });
    if !component.license.is_empty() {
        entry["licenses"] = json!([{"expression": component.license}]);
    }
    if let Some(hash) = &component.hash {
        entry["hashes"] = json!([{"alg": hash.algorithm, "content": hash.hex}]);
    }
    entry
}

/// A reference to a component that is not listed would make the document invalid.
fn known<'a>(components: &[Component], uses: &'a [String]) -> Vec<&'a String> {
    uses.iter().filter(|used| components.iter().any(|component| component.purl() == **used)).collect()
}

/// A UUID of version 8 made of the content, so that the same content has the same number.
fn serial_number(content: &[u8]) -> String {
    let mut digest: Vec<u8> = Sha256::digest(content).iter().copied().take(16).collect();
    if let [_, _, _, _, _, _, version, _, variant, ..] = digest.as_mut_slice() {
        *version = (*version & 0x0f) | 0x80;
        *variant = (*variant & 0x3f) | 0x80;
    }
    let hex = hex::encode(digest);
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
        .map(|(from, to)| hex.get(from..to).unwrap_or_default());
    format!("urn:uuid:{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::components::Hash;
    use super::*;

    #[test]
    fn lists_each_component_once_and_refers_only_to_listed_ones() {
        let component = |name: &str, uses: &[&str]| Component {
            name: name.into(),
            version: "1.0.0".into(),
            registry: "cargo",
            license: "MIT".into(),
            hash: Some(Hash { algorithm: "SHA-256", hex: "ab".into() }),
            uses: uses.iter().map(|used| (*used).to_owned()).collect(),
            license_texts: Vec::new(),
        };
        let listed = [component("a", &["pkg:cargo/b@1.0.0", "pkg:cargo/ours@1.0.0"]), component("b", &[])];
        let stamp = Stamp { version: "0.1.0".into(), time: DateTime::UNIX_EPOCH, is_trial: true };
        let document = document(&listed, &stamp).unwrap();
        assert_eq!(document["components"].as_array().unwrap().len(), 2);
        assert_eq!(document["dependencies"][1]["dependsOn"], json!(["pkg:cargo/b@1.0.0"]));
        assert_eq!(document["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(serial_number(b"a"), serial_number(b"a"));
        assert_ne!(serial_number(b"a"), serial_number(b"b"));
        assert_eq!(serial_number(b"a").len(), "urn:uuid:".len() + 36);
    }
}
