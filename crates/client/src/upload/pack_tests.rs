//! Bodies of real files, read again as the server reads them.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::pack::{ARCHIVE, copy_body};
use super::{Packed, ReportFile, groups, pack};

fn report(folder: &std::path::Path, name: &str, content: &[u8]) -> ReportFile {
    let path = folder.join(name.replace('/', "-"));
    std::fs::write(&path, content).unwrap();
    ReportFile { path, name: name.into() }
}

fn bytes(packed: &Packed) -> Vec<u8> {
    let mut bytes = Vec::new();
    let copied = copy_body(&packed.body, &mut bytes).unwrap();
    assert_eq!(copied, packed.bytes);
    bytes
}

fn unzipped(packed: &Packed) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(&bytes(packed)[..]).read_to_end(&mut content).unwrap();
    content
}

#[test]
fn one_file_is_compressed_for_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let content = b"<testsuite/>".repeat(1000);
    let packed = pack(&[report(folder.path(), "x/a.xml", &content)], false).unwrap();
    assert_eq!((packed.name.as_str(), packed.files, packed.compressed), ("x/a.xml", 1, true));
    assert!(packed.bytes < 1000, "{packed:?}");
    assert_eq!(unzipped(&packed), content);
}

#[test]
fn several_files_and_folders_become_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/b.xml", "deep/".repeat(60).trim_end_matches('/'));
    let files = [
        report(folder.path(), "a.xml", b"one"),
        ReportFile { name: long.clone(), ..report(folder.path(), "b", b"") },
    ];
    let packed = pack(&files, false).unwrap();
    assert_eq!((packed.name.as_str(), packed.files, packed.compressed), (ARCHIVE, 2, false));
    let content = unzipped(&packed);
    let mut archive = tar::Archive::new(&content[..]);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (entry.path().unwrap().to_string_lossy().into_owned(), text)
    });
    let expected = [("a.xml".into(), "one".into()), (long, String::new())];
    assert_eq!(entries.collect::<Vec<(String, String)>>(), expected);
    assert_eq!(pack(&files[..1], true).unwrap().name, ARCHIVE);
    assert_eq!(packed.content, pack(&files, false).unwrap().content);
}

#[test]
fn archives_stay_as_they_are_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let zip = report(folder.path(), "r.zip", b"PK\x03\x04rest");
    let packed = pack(std::slice::from_ref(&zip), true).unwrap();
    assert_eq!(
        (packed.name.as_str(), packed.compressed, bytes(&packed)),
        ("r.zip", false, b"PK\x03\x04rest".to_vec())
    );
    let gz = report(folder.path(), "a.xml.gz", b"\x1f\x8brest");
    let (a, b) = (report(folder.path(), "a.xml", b"a"), report(folder.path(), "b.xml", b"b"));
    let divided = |files: &[&ReportFile]| groups(files.iter().copied().cloned().collect()).unwrap();
    assert_eq!(divided(&[&zip, &gz]), [vec![zip.clone()], vec![gz]]);
    assert_eq!(divided(&[&a, &b, &zip]), [vec![a, b, zip]], "an attachment");
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = ReportFile { path: folder.path().join("gone.xml"), name: "gone.xml".into() };
    let error = pack(&[file.clone(), file], false).unwrap_err();
    assert!(error.to_string().contains("gone.xml"), "{error}");
}
