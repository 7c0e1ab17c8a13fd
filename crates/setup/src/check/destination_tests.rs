use super::*;
use testkeep_local::marker::{Marker, State};

fn code_of(report: &Report<DestinationCheck>) -> &str {
    report.findings.iter().max_by_key(|finding| finding.level).map_or("", |finding| &finding.code)
}

#[test]
fn fresh_empty_and_own_folders_are_fine() {
    let place = tempfile::tempdir().unwrap();
    let absent = place.path().join("Prüf stand/日本/testkeep");
    let report = destination(&absent);
    assert!(report.ok, "{report:?}");
    assert_eq!(report.details.existing, Existing::Absent);
    assert!(report.details.free_bytes.unwrap() > 0 && report.details.total_bytes.unwrap() > 0);
    assert!(!place.path().join("Prüf stand").exists());

    assert_eq!(destination(place.path()).details.existing, Existing::Empty);
    let layout = Layout::new(place.path());
    std::fs::create_dir(layout.conf()).unwrap();
    std::fs::write(layout.conf().join(".installation.json.tmp"), "").unwrap();
    std::fs::write(layout.conf().join("installation.lock"), "").unwrap();
    assert_eq!(destination(place.path()).details.existing, Existing::Empty);
    marker::write(&layout, &Marker::new(State::Installing, "0.1.0")).unwrap();
    let report = destination(place.path());
    assert!(report.ok, "{report:?}");
    assert_eq!(report.details.existing, Existing::Testkeep);
}

#[test]
fn foreign_folders_files_and_relative_paths_are_refused() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("letter.txt"), "dear").unwrap();
    let report = destination(place.path());
    assert!(!report.ok);
    assert_eq!((code_of(&report), report.details.existing), ("foreign_folder", Existing::Foreign));
    for file in ["letter.txt", "letter.txt/below/it"] {
        let report = destination(&place.path().join(file));
        assert!(!report.ok);
        assert_eq!(code_of(&report), "file_in_the_way");
    }
    for (path, code) in [
        ("", "empty"),
        ("testkeep", "not_absolute"),
        ("a\u{0}b", "control_character"),
        ("/opt/\u{7}", "control_character"),
    ] {
        assert_eq!(code_of(&destination(Path::new(path))), code, "{path:?}");
    }
    let above = place.path().join("x/../y");
    assert_eq!(code_of(&destination(&above)), "parent_component");
    let long = place.path().join("n".repeat(300));
    assert_eq!(code_of(&destination(&long)), "name_too_long");
}

#[cfg(unix)]
#[test]
fn links_are_refused_and_ancestors_resolved() {
    use std::os::unix::fs::symlink;
    let place = tempfile::tempdir().unwrap();
    let real = place.path().join("real");
    std::fs::create_dir(&real).unwrap();
    symlink(&real, place.path().join("link")).unwrap();
    symlink(place.path().join("nowhere"), place.path().join("dangling")).unwrap();
    symlink("/etc", place.path().join("etc")).unwrap();
    let code = |name: &str| code_of(&destination(&place.path().join(name))).to_owned();
    assert_eq!(code("link"), "symlink");
    assert_eq!(code("link/"), "symlink");
    assert_eq!(code("dangling"), "dangling_symlink");
    assert_eq!(code("dangling/below"), "dangling_symlink");
    assert_eq!(code("etc/testkeep"), "system_folder");
    let below = destination(&place.path().join("link/testkeep"));
    assert!(below.ok && below.findings.iter().any(|finding| finding.code == "resolved"), "{below:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_refused() {
    for folder in ["/proc/fs", "/sys/kernel/testkeep"] {
        assert_eq!(code_of(&destination(Path::new(folder))), "system_folder");
    }
    assert_eq!(require_writable(Path::new("/proc/fs")).unwrap_err().code, "not_writable");
}
