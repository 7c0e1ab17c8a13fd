//! The statements of the store, found in its source.

use std::path::{Path, PathBuf};

/// A statement of the store, in the text of both databases.
pub(crate) struct Statement {
    pub(crate) sqlite: String,
    pub(crate) postgres: String,
}

/// Every literal inside `sql("…")` of the store, and inside the `.on_postgres("…")` after it.
pub(crate) fn statements() -> Vec<Statement> {
    let mut files = Vec::new();
    collect_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/store/src")), &mut files);
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let texts = text.split("sql(").skip(1).filter_map(|rest| {
            let (statement, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            let other = rest.split_once(".on_postgres(").and_then(|(_, rest)| {
                rest.trim_start().strip_prefix('"')?.split_once('"').map(|(statement, _)| statement)
            });
            // A `PRAGMA` exists only in the built-in database.
            (statement != "…" && !statement.starts_with("PRAGMA ")).then(|| Statement {
                sqlite: statement.to_owned(),
                postgres: other.unwrap_or(statement).to_owned(),
            })
        });
        found.extend(texts);
    }
    let lists = texts_of(&files).matches("orders! {").count();
    let by_order = testkeep_store::statements::statements_by_order();
    assert!(by_order.len() >= 2 * lists, "statements_by_order lacks a list");
    found.extend(by_order.into_iter().map(|text| Statement { sqlite: text.into(), postgres: text.into() }));
    let of_parts = testkeep_store::statements::statements_of_parts();
    let texts = of_parts.into_iter();
    found.extend(texts.map(|it| Statement { sqlite: it.sqlite.into(), postgres: it.postgres.into() }));
    let contains = |part: &str| found.iter().any(|statement| statement.postgres.contains(part));
    assert!(contains("license_session"), "folders are searched too");
    assert!(contains("SKIP LOCKED"), "other words for PostgreSQL are found too");
    assert!(found.len() > 150, "the search for statements found only {}", found.len());
    found
}

fn texts_of(files: &[PathBuf]) -> String {
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn collect_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
