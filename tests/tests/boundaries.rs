//! Checks that the code matches `docs/architecture.md`: which crate may use which, which files may use the desktop
//! framework, and under which licenses other people's code is used. Reads `cargo metadata`, not the text of the
//! manifests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every allowed edge between members; `testkeep-tests` and `xtask` may use every crate.
const EDGES: [(&str, &str); 18] = [
    ("testkeep-store", "testkeep-domain"),
    ("testkeep-local", "testkeep-domain"),
    ("testkeep-setup", "testkeep-domain"),
    ("testkeep-setup", "testkeep-local"),
    ("testkeep-setup", "testkeep-store"),
    ("testkeep-server", "testkeep-domain"),
    ("testkeep-server", "testkeep-local"),
    ("testkeep-server", "testkeep-store"),
    ("testkeep-server", "testkeep-setup"),
    ("testkeep-server", "testkeep-manual"),
    ("testkeep-server", "testkeep-reports"),
    ("testkeep-issuer", "testkeep-domain"),
    ("testkeep-issuer", "testkeep-manual"),
    ("testkeep-client", "testkeep-domain"),
    ("testkeep-client", "testkeep-reports"),
    ("testkeep-client", "testkeep-manual"),
    ("testkeep-desktop", "testkeep-domain"),
    ("testkeep-desktop", "testkeep-local"),
];
const FREE: [&str; 2] = ["testkeep-tests", "xtask"];
const DESKTOP_FRAMEWORK: &str = "@tauri-apps/";
const ITS_ONE_HOME: &str = "src/lib/host/tauri.ts";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the workspace").into()
}

fn metadata(arguments: &[&str]) -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    let output =
        cargo.current_dir(root()).args(["metadata", "--format-version", "1"]).args(arguments).output();
    let output = output.expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {value}"))
}

/// All edges between members: normal, build and test dependencies, including optional ones, on every platform.
fn edges(metadata: &Value) -> BTreeSet<(String, String)> {
    let packages = metadata["packages"].as_array().expect("a list");
    let members: BTreeSet<_> = packages.iter().map(|package| text(package, "name")).collect();
    let mut edges = BTreeSet::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().expect("a list") {
            // A renamed dependency is listed here with its real name.
            if members.contains(text(dependency, "name")) {
                edges.insert((text(package, "name").into(), text(dependency, "name").into()));
            }
        }
    }
    edges
}

#[test]
fn crates_depend_one_way() {
    let metadata = metadata(&["--no-deps"]);
    let packages: Vec<_> =
        metadata["packages"].as_array().unwrap().iter().map(|package| text(package, "name")).collect();
    let known: BTreeSet<_> = EDGES.iter().flat_map(|(user, used)| [*user, *used]).chain(FREE).collect();
    let strangers: Vec<_> = packages.iter().filter(|name| !known.contains(**name)).collect();
    assert!(
        strangers.is_empty(),
        "{strangers:?}: draw new members into docs/architecture.md and into this test"
    );
    let allowed: BTreeSet<_> = EDGES.map(|(user, used)| (user.to_owned(), used.to_owned())).into();
    let found = edges(&metadata);
    let forbidden: Vec<_> =
        found.iter().filter(|edge| !allowed.contains(*edge) && !FREE.contains(&edge.0.as_str())).collect();
    assert!(forbidden.is_empty(), "edges that docs/architecture.md does not draw: {forbidden:?}");
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(gone.is_empty(), "edges drawn but not there (erase them here and in the page): {gone:?}");
}

#[test]
fn nothing_that_ships_uses_test_code() {
    let found = edges(&metadata(&["--no-deps"]));
    let users: Vec<_> = found.iter().filter(|(_, used)| FREE.contains(&used.as_str())).collect();
    assert!(users.is_empty(), "{users:?}");
}

/// Features can add a member as a dependency indirectly (`dep:` or `member/feature`).
#[test]
fn features_name_only_allowed_members() {
    let metadata = metadata(&["--no-deps"]);
    for package in metadata["packages"].as_array().unwrap() {
        let member = text(package, "name");
        for enabled in
            package["features"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap())
        {
            let enabled = enabled.as_str().unwrap().trim_start_matches("dep:");
            let used = enabled.split(['/', '?']).next().unwrap();
            let fine =
                !used.starts_with("testkeep-") || FREE.contains(&member) || EDGES.contains(&(member, used));
            assert!(fine, "feature of {member} enables {enabled}");
        }
    }
}

#[test]
fn the_desktop_program_links_no_server_code() {
    let metadata = metadata(&[]);
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let name = |id: &str| {
        let mut packages = metadata["packages"].as_array().unwrap().iter();
        text(packages.find(|package| text(package, "id") == id).unwrap(), "name").to_owned()
    };
    let mut waiting: Vec<&str> =
        nodes.iter().map(|node| text(node, "id")).filter(|id| name(id) == "testkeep-desktop").collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            let node = nodes.iter().find(|node| text(node, "id") == id).unwrap();
            waiting.extend(node["dependencies"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()));
        }
    }
    let reached: BTreeSet<_> = reached.into_iter().map(name).collect();
    assert!(reached.contains("testkeep-domain") && reached.contains("tauri"), "the walk reached too little");
    for forbidden in ["testkeep-server", "testkeep-store", "testkeep-setup", "sqlx", "axum"] {
        assert!(!reached.contains(forbidden), "the desktop program links {forbidden}");
    }
}

#[test]
fn one_file_knows_the_desktop_framework() {
    let mut files = Vec::new();
    collect_sources(&root().join("ui/src"), &mut files);
    assert!(files.len() > 20, "the UI's sources were not found");
    let ui = root().join("ui");
    let users: Vec<_> = files
        .iter()
        // Tests may replace the framework.
        .filter(|file| !file.to_string_lossy().ends_with(".test.ts"))
        .filter(|file| std::fs::read_to_string(file).unwrap().contains(DESKTOP_FRAMEWORK))
        .map(|file| file.strip_prefix(&ui).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    assert_eq!(
        users,
        [ITS_ONE_HOME],
        "only {ITS_ONE_HOME} may name {DESKTOP_FRAMEWORK}*; use Host elsewhere"
    );
}

/// Files that may commit without a `Change`: `Change` itself, the leases' batches with their combined statements, and
/// an export from the console that needs only a database.
const COMMIT_BY_THEMSELVES: [&str; 3] = ["ops/audit/mod.rs", "ops/change.rs", "ops/leases/queue.rs"];

#[test]
fn writes_are_changes() {
    let server = root().join("crates/server/src");
    let mut files = Vec::new();
    for area in ["api", "ops", "katalon", "cli", "control"] {
        collect_files(&server.join(area), &["rs"], &mut files);
    }
    assert!(files.len() > 80, "the server's sources were not found");
    let commits = files
        .iter()
        .filter(|file| std::fs::read_to_string(file).unwrap().contains("tx.commit()"))
        .map(|file| file.strip_prefix(&server).unwrap().to_string_lossy().replace('\\', "/"))
        .collect::<BTreeSet<_>>();
    let allowed = COMMIT_BY_THEMSELVES.map(String::from).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(
        commits, allowed,
        "a write is an ops::change::Change: it records, queues and wakes in the right order"
    );
}

/// Files that may use the disk directly: at the start, before any request is answered; on threads of their own
/// (`app.disk`); or in a command that answers no requests.
const TOUCH_FILES: [&str; 8] = [
    "app.rs",
    "entitlements/marks.rs",
    "http/readiness.rs",
    "jobs/read_reports/parse.rs",
    "keys/secret_key.rs",
    "log.rs",
    "stored_files.rs",
    "cli/",
];
/// Calls that wait for a disk; with a pipe or a dead network disk, for ever.
const WAITS_FOR_A_DISK: [&str; 14] = [
    "std::fs",
    "fs::",
    "File::open",
    "File::create",
    "OpenOptions",
    "user_file::",
    "pem_file_iter",
    "load_native_certs",
    "spawn_blocking",
    ".exists()",
    ".is_file()",
    ".is_dir()",
    ".metadata()",
    ".read_dir()",
];

/// A source without its tests.
fn program_text(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("a source");
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end].to_owned()
}

/// A worker thread that waits for a disk answers no requests.
#[test]
fn workers_wait_for_no_disk() {
    let server = root().join("crates/server/src");
    let mut files = Vec::new();
    collect_files(&server, &["rs"], &mut files);
    assert!(files.len() > 150, "the server's sources were not found");
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(&server).unwrap().to_string_lossy().replace('\\', "/");
        if name == "disk.rs" || TOUCH_FILES.iter().any(|allowed| name.starts_with(allowed)) {
            continue;
        }
        // The first goes through `app.disk`; the second hashes passwords on threads of its own.
        let text = program_text(&file).replace("rustls_native_certs::load_native_certs().certs))", "");
        let allowed = |word: &str| word == "spawn_blocking" && name == "identity/password/mod.rs";
        let words = WAITS_FOR_A_DISK.into_iter().filter(|word| text.contains(word) && !allowed(word));
        found.extend(words.map(|word| format!("{name}: {word}")));
    }
    assert!(found.is_empty(), "use app.disk (crates/server/src/disk.rs): {found:#?}");
}

fn collect_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    collect_files(folder, &["ts", "js", "svelte"], files);
}

fn collect_files(folder: &Path, kinds: &[&str], files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            collect_files(&path, kinds, files);
        } else if path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known)) {
            files.push(path);
        }
    }
}

/// The licenses that deny.toml allows, for machines without cargo-deny.
fn allowed_licenses() -> BTreeSet<String> {
    let deny = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let list = deny
        .split_once("\nallow = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .expect("a list of licenses")
        .0;
    list.split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Whether an allowed license satisfies an SPDX expression. `AND` binds tighter than `OR`; parentheses nest; `/` is the
/// old `OR`.
fn can_be_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = either(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= both(words, allowed);
    }
    met
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.next() else { return false };
    if word == "(" {
        let met = either(words, allowed);
        return words.next() == Some(")") && met;
    }
    if words.next_if_eq(&"WITH").is_some() {
        let exception = words.next().unwrap_or_default();
        return allowed.contains(&format!("{word} WITH {exception}"));
    }
    allowed.contains(word)
}

#[test]
fn license_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()]);
    for fine in
        ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(GPL-3.0 OR MIT) AND MIT", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(can_be_met(fine, &allowed), "{fine}");
    }
    for bad in
        ["", "GPL-3.0", "MIT AND GPL-3.0", "GPL-3.0 OR GPL-2.0 AND MIT", "Apache-2.0", "(MIT", "MIT MIT"]
    {
        assert!(!can_be_met(bad, &allowed), "{bad}");
    }
}

#[test]
fn dependencies_are_permissively_licensed() {
    let allowed = allowed_licenses();
    assert!(allowed.contains("MIT") && allowed.len() > 5, "{allowed:?}");
    let metadata = metadata(&[]);
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "cargo metadata names too few packages");
    let refused: Vec<_> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|license| can_be_met(license, &allowed)))
        .map(|package| {
            format!("{} {}: {}", text(package, "name"), text(package, "version"), package["license"])
        })
        .collect();
    assert!(refused.is_empty(), "not allowed by deny.toml: {refused:#?}");
}
