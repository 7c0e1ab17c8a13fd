//! Paths, folders and patterns in a real folder.

use std::path::Path;

use super::files::{FilesError, Found, find};

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    folder
}

fn found(arguments: &[&str], base: &Path) -> Result<Found, FilesError> {
    find(&arguments.iter().map(|&text| text.to_owned()).collect::<Vec<_>>(), base)
}

#[track_caller]
fn names(arguments: &[&str], base: &Path) -> Vec<String> {
    found(arguments, base).unwrap().files.into_iter().map(|file| file.name).collect()
}

#[test]
fn paths_folders_and_patterns() {
    let place = folder(&[
        "a.xml",
        "b.txt",
        "x/c.xml",
        "x/y/d.xml",
        "x/y/e.json",
        "node_modules/p/f.xml",
        ".git/g.xml",
    ]);
    let base = place.path();
    assert_eq!(names(&["a.xml"], base), ["a.xml"]);
    assert_eq!(names(&["./x/../a.xml", "a.xml"], base), ["a.xml"]);
    assert_eq!(names(&["*.xml"], base), ["a.xml"]);
    assert_eq!(names(&["**/*.xml"], base), ["a.xml", "x/c.xml", "x/y/d.xml"]);
    assert_eq!(names(&["x/**/*.{xml,json}"], base), ["x/c.xml", "x/y/d.xml", "x/y/e.json"]);
    assert_eq!(names(&["x/y"], base), ["x/y/d.xml", "x/y/e.json"]);
    assert_eq!(names(&["**/y"], base), ["x/y/d.xml", "x/y/e.json"], "a folder that matches");
    assert_eq!(names(&["node_modules/**/*.xml"], base), ["node_modules/p/f.xml"]);
    assert_eq!(names(&["./**/[cd].xml"], base), ["x/c.xml", "x/y/d.xml"]);
    assert!(found(&["x"], base).unwrap().has_folder);
    assert!(!found(&["x/*.xml"], base).unwrap().has_folder);
    let absolute = base.join("x").join("*.xml");
    assert_eq!(names(&[absolute.to_str().unwrap()], base), ["x/c.xml"]);
    #[cfg(windows)]
    assert_eq!(names(&["x\\**\\*.XML"], base), ["x/c.xml", "x/y/d.xml"]);
}

#[test]
fn names_stay_relative_outside_the_folder() {
    let (here, there) = (folder(&["report/a.xml"]), folder(&["report/a.xml", "report/b/c.xml"]));
    let outside = there.path().join("report");
    let outside = outside.to_str().unwrap();
    assert_eq!(names(&[outside], here.path()), ["report/a.xml", "report/b/c.xml"]);
    assert_eq!(names(&[&format!("{outside}/a.xml")], here.path()), ["a.xml"]);
    let both = names(&[outside, "report"], here.path());
    assert_eq!(both, ["2/report/a.xml", "report/a.xml", "report/b/c.xml"]);
}

#[test]
fn special_characters_in_names_are_no_pattern() {
    let place = folder(&["a[1].xml", "a1.xml"]);
    assert_eq!(names(&["a[1].xml"], place.path()), ["a[1].xml"]);
}

#[test]
fn nothing_is_an_error_and_a_part_is_a_note() {
    let place = folder(&["a.xml"]);
    let base = place.path();
    std::fs::create_dir(base.join("empty")).unwrap();
    for arguments in [&["b.xml"][..], &["*.json"], &["missing/**/*.xml"], &["empty"], &["b.xml", "*.json"]] {
        let error = found(arguments, base).unwrap_err();
        assert_eq!(error, FilesError::Nothing(arguments.join(", ")));
    }
    let part = found(&["a.xml", "b.xml", "*.json", "a.*"], base).unwrap();
    assert_eq!((part.files.len(), part.notes.len()), (1, 2), "{part:?}");
    assert!(part.notes[0].contains("b.xml"), "{part:?}");
    assert!(matches!(found(&["a.{xml"], base), Err(FilesError::Pattern { .. })));
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_devices() {
    let place = folder(&["x/a.xml"]);
    std::os::unix::fs::symlink(place.path().join("x"), place.path().join("x/again")).unwrap();
    std::os::unix::fs::symlink("/nothing", place.path().join("x/broken.xml")).unwrap();
    assert_eq!(names(&["x"], place.path()), ["x/a.xml"]);
    assert!(matches!(found(&["/dev/null"], place.path()), Err(FilesError::Special(_))));
}
