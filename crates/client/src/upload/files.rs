//! Finds the report files that the arguments of a command name: paths, folders and patterns such as `**/*.xml`.
//!
//! A shell expands patterns only on some systems, so this module does it everywhere in the same way. It gives every
//! file a relative name with slashes. Must never open a file, and never leave the folder that an argument names except
//! through links in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::WalkDir;

/// As many as the server reads from one archive.
const MOST: usize = 100_000;
/// Folders that patterns do not enter unless they name them: they are large, and their reports are other people's.
const SKIPPED: [&str; 2] = [".git", "node_modules"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    pub path: PathBuf,
    /// Relative, with slashes, and unique among the files of one command.
    pub name: String,
}

#[derive(Debug, Default)]
pub struct Found {
    /// In the order of their names.
    pub files: Vec<ReportFile>,
    /// Whether an argument names a folder; the files then belong together.
    pub has_folder: bool,
    /// Sentences about arguments without a file and folders that cannot be read.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    #[error(
        "No file was found for {0}. Check the path, and that the tests have written their reports before this step."
    )]
    Nothing(String),
    #[error("“{pattern}” is not a pattern: {problem}.")]
    Pattern { pattern: String, problem: String },
    #[error("{0} is neither a file nor a folder.")]
    Special(String),
    #[error(
        "More than {MOST} files were found. Name a smaller folder, or a pattern such as reports/**/*.xml."
    )]
    TooMany,
}

/// `base` is the folder that relative arguments begin at.
pub fn find(arguments: &[String], base: &Path) -> Result<Found, FilesError> {
    let base = &plain(base);
    let mut found = Found::default();
    let mut paths = BTreeMap::new();
    for argument in arguments {
        let before = paths.len();
        let again = add(argument, base, &mut paths, &mut found)?;
        if paths.len() > MOST {
            return Err(FilesError::TooMany);
        }
        if paths.len() == before && !again {
            found.notes.push(format!("No file was found for {argument}."));
        }
    }
    if paths.is_empty() {
        return Err(FilesError::Nothing(arguments.join(", ")));
    }
    found.files = named(paths);
    Ok(found)
}

/// Adds the files of one argument: path → name. Returns whether it names files that others have named before.
fn add(
    argument: &str,
    base: &Path,
    paths: &mut BTreeMap<PathBuf, String>,
    found: &mut Found,
) -> Result<bool, FilesError> {
    let path = plain(&base.join(argument));
    // A file may have characters in its name that have a meaning in patterns.
    let Ok(metadata) = path.metadata() else {
        return if argument.contains(['*', '?', '[', '{']) {
            Pattern::parse(argument, base)?.add(base, paths, found)
        } else {
            Ok(false)
        };
    };
    if metadata.is_dir() {
        found.has_folder = true;
        return walk(&path, base, &|_| true, &[], paths, found);
    }
    if !metadata.is_file() {
        return Err(FilesError::Special(argument.to_owned()));
    }
    let name = name(&path, &path, base);
    Ok(paths.insert(path, name).is_some())
}

struct Pattern {
    /// The folders before the first part with a special character.
    root: PathBuf,
    rest: GlobMatcher,
    skipped: Vec<&'static str>,
}

impl Pattern {
    fn parse(text: &str, base: &Path) -> Result<Self, FilesError> {
        let slashes = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
        let special = slashes.find(['*', '?', '[', '{']).unwrap_or_default();
        let cut = slashes[..special].rfind('/').map_or(0, |slash| slash + 1);
        let (root, rest) = slashes.split_at(cut);
        let glob = GlobBuilder::new(rest).literal_separator(true).case_insensitive(cfg!(windows)).build();
        let glob = glob.map_err(|error| FilesError::Pattern {
            pattern: text.to_owned(),
            problem: error.kind().to_string(),
        })?;
        let skipped = SKIPPED.into_iter().filter(|name| !slashes.split('/').any(|part| part == *name));
        Ok(Self { root: plain(&base.join(root)), rest: glob.compile_matcher(), skipped: skipped.collect() })
    }

    /// A folder that matches stands for all files in it, as when a shell had expanded the pattern.
    fn add(
        &self,
        base: &Path,
        paths: &mut BTreeMap<PathBuf, String>,
        found: &mut Found,
    ) -> Result<bool, FilesError> {
        let matches = |path: &Path| {
            let below = path.strip_prefix(&self.root).unwrap_or(path);
            below.ancestors().any(|part| part != Path::new("") && self.rest.is_match(part))
        };
        walk(&self.root, base, &matches, &self.skipped, paths, found)
    }
}

fn walk(
    root: &Path,
    base: &Path,
    takes: &dyn Fn(&Path) -> bool,
    skipped: &[&str],
    paths: &mut BTreeMap<PathBuf, String>,
    found: &mut Found,
) -> Result<bool, FilesError> {
    let mut again = false;
    let walk = WalkDir::new(root).follow_links(true).into_iter();
    let is_skipped = |name: &std::ffi::OsStr| skipped.iter().any(|skipped| name == *skipped);
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_skipped(entry.file_name())) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && takes(entry.path()) => {
                let name = name(entry.path(), root, base);
                again |= paths.insert(entry.into_path(), name).is_some();
            }
            Ok(_) => {}
            // Links in a circle, links to nothing, and a root that is not there.
            Err(error) if error.loop_ancestor().is_some() || is_missing(&error) => {}
            Err(error) => found.notes.push(format!("A folder was not read: {error}.")),
        }
        if paths.len() > MOST {
            return Err(FilesError::TooMany);
        }
    }
    Ok(again)
}

fn is_missing(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// The path below `base`; for files elsewhere, the path below the folder that contains `root`.
fn name(path: &Path, root: &Path, base: &Path) -> String {
    let outside = || path.strip_prefix(root.parent()?).ok();
    let below = path.strip_prefix(base).ok().or_else(outside).unwrap_or(path);
    let parts = below.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Without `.` and `..`, so that prefixes can be compared.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// Two files of different folders may have one name; then a number is put before it.
fn named(paths: BTreeMap<PathBuf, String>) -> Vec<ReportFile> {
    let mut used = BTreeSet::new();
    let mut files = Vec::new();
    for (path, name) in paths {
        let numbers = (2..).map(|number: usize| format!("{number}/{name}"));
        let unique = std::iter::once(name.clone()).chain(numbers).find(|name| !used.contains(name));
        let name = unique.unwrap_or(name);
        used.insert(name.clone());
        files.push(ReportFile { path, name });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
