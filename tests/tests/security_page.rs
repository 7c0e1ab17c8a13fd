//! `docs/security.md` names tests and source files as proof: checks that each of them exists.
//!
//! Reads sources as text; must not run them.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Macros that create a module of tests, named by their first argument.
const MACROS: [&str; 2] = ["on_both_databases!(", "in_both_places!("];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// The name after the blanks of `rest`.
fn name(rest: &str) -> String {
    rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Names of the tests in a source: functions after `#[test]` or `#[tokio::test…]`, and those that the macros make.
fn tests_in(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim_start) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        if let Some(rest) = function {
            names.extend(std::mem::take(&mut is_test).then(|| name(rest)));
        }
        names.extend(MACROS.iter().filter_map(|made| line.strip_prefix(made)).map(name));
    }
    names
}

/// Every test below `path`, named as by cargo but without the modules that macros make.
fn collect(path: &Path, module: &str, into: &mut Vec<String>) {
    if path.is_dir() {
        for entry in entries(path) {
            let stem = entry.file_stem().unwrap().to_str().unwrap().to_owned();
            let is_root = ["main", "lib", "mod"].contains(&stem.as_str());
            let inner = if is_root { module.to_owned() } else { format!("{module}{stem}::") };
            collect(&entry, &inner, into);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let names = tests_in(&fs::read_to_string(path).unwrap());
        into.extend(names.into_iter().map(|name| format!("{module}{name}")));
    }
}

/// Integration tests of all members: the name after `--test` → its tests.
fn integration_tests() -> BTreeMap<String, Vec<String>> {
    let members = entries(&root().join("crates")).into_iter().chain([root().join("tests")]);
    let targets = members.flat_map(|member| entries(&member.join("tests")));
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for target in targets {
        let stem = target.file_stem().unwrap().to_str().unwrap().to_owned();
        collect(&target, "", found.entry(stem).or_default());
    }
    found
}

/// Unit tests of all crates: the name after `-p` → its tests, without modules inside of a file.
fn unit_tests() -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for member in entries(&root().join("crates")) {
        let manifest = fs::read_to_string(member.join("Cargo.toml")).unwrap();
        let package =
            manifest.lines().find_map(|line| line.strip_prefix("name = ")).unwrap().trim_matches('"');
        collect(&member.join("src"), "", found.entry(package.to_owned()).or_default());
    }
    found
}

/// Texts between backticks.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/security.md")).unwrap()
}

#[test]
fn every_test_it_names_is_there() {
    let page = page();
    let mut gone = Vec::new();
    for (option, tests, least) in [("--test ", integration_tests(), 100), ("-p ", unit_tests(), 3)] {
        let named: Vec<&str> = quoted(&page).filter_map(|text| text.strip_prefix(option)).collect();
        assert!(named.len() > least, "only {} tests were found on the page for {option}", named.len());
        let is_there = |named: &&str| {
            let (target, part) = named.split_once(' ').unwrap_or((*named, ""));
            tests.get(target).is_some_and(|tests| tests.iter().any(|test| test.contains(part)))
        };
        gone.extend(named.into_iter().filter(|named| !is_there(named)));
    }
    assert!(gone.is_empty(), "docs/security.md names tests that are not there: {gone:#?}");
}

#[test]
fn every_file_it_names_is_there() {
    let page = page();
    let is_path = |text: &&str| ["crates/", "docs/", "tests/", "ui/"].iter().any(|top| text.starts_with(top));
    let named: Vec<&str> = quoted(&page).filter(is_path).collect();
    assert!(named.len() > 10, "only {} files were found on the page", named.len());
    let gone: Vec<_> = named.into_iter().filter(|path| !root().join(path).exists()).collect();
    assert!(gone.is_empty(), "docs/security.md names files that are not there: {gone:#?}");
}
