//! Other people's code that is part of the programs: crates, and the packages of the UI.
//!
//! Owns which components are shipped. Lists rather too many than too few: a build tool of the UI may be among them,
//! code in a program is never missing.

mod cargo;
mod npm;

use std::path::Path;

use anyhow::Result;

use crate::ensure;
use crate::workspace::Workspace;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) version: String,
    /// `cargo` or `npm`.
    pub(super) registry: &'static str,
    /// SPDX expression; empty when the registry has none.
    pub(super) license: String,
    pub(super) hash: Option<Hash>,
    /// Identifiers of the components that it uses.
    pub(super) uses: Vec<String>,
    pub(super) license_texts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hash {
    /// In the words of CycloneDX.
    pub(super) algorithm: &'static str,
    pub(super) hex: String,
}

impl Component {
    /// The package URL, which also identifies the component.
    pub(super) fn purl(&self) -> String {
        purl(self.registry, &self.name, &self.version)
    }
}

fn purl(registry: &str, name: &str, version: &str) -> String {
    format!("pkg:{registry}/{}@{version}", name.replace('@', "%40"))
}

/// All components, sorted.
pub(super) fn collect(workspace: &Workspace) -> Result<Vec<Component>> {
    ensure::node_packages(workspace, &workspace.ui())?;
    let mut components = cargo::collect(workspace)?;
    components.extend(npm::collect(&workspace.ui())?);
    components.sort();
    components.dedup_by_key(|component| component.purl());
    Ok(components)
}

/// The texts of a package's license files, by the names that such files have.
fn license_texts(folder: &Path) -> Vec<String> {
    let names = ["license", "licence", "copying", "copyright", "notice", "unlicense"];
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let is_license = |file: &std::fs::DirEntry| {
        let name = file.file_name().to_string_lossy().to_lowercase();
        names.iter().any(|begin| name.starts_with(begin)) && file.path().is_file()
    };
    let texts = files.iter().filter(|file| is_license(file));
    texts.filter_map(|file| std::fs::read_to_string(file.path()).ok()).map(|text| tidy(&text)).collect()
}

/// Without the differences that would keep equal texts apart.
fn tidy(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}
