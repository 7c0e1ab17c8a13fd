//! Archives, ordinary and hostile ones. They are made in memory.

use std::io::{Cursor, Write};

use testkeep_reports::{Archive, Content, Packing, State, read_archive};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const JUNIT: &str =
    r#"<testsuite name="s"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>"#;
const LCOV: &str = "TN:\nSF:src/a.c\nDA:1,1\nDA:2,0\nend_of_record\n";

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("it is made in memory");
        zip.write_all(content).expect("it is made in memory");
    }
    zip.finish().expect("it is made in memory").into_inner()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // Written as it is: the crate refuses hostile names itself.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).expect("it is made in memory");
    }
    tar.into_inner().expect("it is made in memory")
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(bytes).expect("it is made in memory");
    gz.finish().expect("it is made in memory")
}

fn opened(bytes: &[u8]) -> Archive {
    let packing = Packing::of(bytes).expect("it is an archive");
    read_archive(Cursor::new(bytes), packing, &mut |_name, _event| Ok(())).expect("nobody stops it")
}

fn cases(archive: &Archive) -> u64 {
    let reports = archive.parts.iter().filter_map(|part| match &part.content {
        Content::Report(report) => Some(report.counts.cases),
        Content::Coverage(_) => None,
    });
    reports.sum()
}

fn mix() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("out/junit/TEST-a.xml", JUNIT.as_bytes()),
        ("out/cover/lcov.info", LCOV.as_bytes()),
        (
            "allure-results/1-result.json",
            br#"{"uuid":"u1","name":"x","status":"failed","historyId":"h","start":1,"stop":2}"#,
        ),
        (
            "allure-results/2-result.json",
            br#"{"uuid":"u2","name":"x","status":"passed","historyId":"h","start":3,"stop":4}"#,
        ),
        (
            "allure-results/c-container.json",
            br#"{"uuid":"c","children":["u2"],"befores":[{"name":"set up","status":"passed"}]}"#,
        ),
        ("shots/1.png", b"\x89PNG\0\0\0"),
    ]
}

#[test]
fn a_mix_in_every_packing() {
    let plain = tar(&mix());
    for (bytes, word) in [(zip(&mix()), "zip"), (gz(&plain), "tar.gz"), (plain, "tar")] {
        let archive = opened(&bytes);
        assert_eq!((archive.packing.as_str(), archive.state), (word, State::Ok), "{:?}", archive.notes);
        let names: Vec<&str> = archive.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["out/junit/TEST-a.xml", "out/cover/lcov.info", "allure-results"]);
        assert_eq!((cases(&archive), archive.others), (3, 1));
        let Content::Coverage(coverage) = &archive.parts[1].content else { panic!("it is coverage") };
        assert_eq!((coverage.total.lines, coverage.total.lines_covered), (2, 1));
        let Content::Report(allure) = &archive.parts[2].content else { panic!("it is a report") };
        assert_eq!((allure.counts.passed, allure.counts.flaky), (1, 1));
    }
}

#[test]
fn one_compressed_report() {
    let archive = opened(&gz(JUNIT.as_bytes()));
    assert_eq!((archive.packing, cases(&archive)), (Packing::Gz, 2));
}

#[test]
fn names_that_lead_out_are_passed_over() {
    for name in ["../a.xml", "/etc/a.xml", "x/../../a.xml", "C:/a.xml", "..\\a.xml"] {
        for bytes in [zip(&[(name, JUNIT.as_bytes())]), tar(&[(name, JUNIT.as_bytes())])] {
            let archive = opened(&bytes);
            assert_eq!(cases(&archive), 0, "{name}");
            let said = archive.notes.iter().any(|note| note.contains("leads out of the archive"));
            assert!(said, "{name} {:?}", archive.notes);
        }
    }
}

#[test]
fn an_archive_within_the_archive_is_refused_in_words() {
    for inner in [zip(&mix()), gz(JUNIT.as_bytes()), tar(&mix())] {
        let archive = opened(&zip(&[("inner", &inner), ("a.xml", JUNIT.as_bytes())]));
        assert_eq!(cases(&archive), 2);
        assert!(archive.notes[0].contains("an archive within the archive"), "{:?}", archive.notes);
    }
}

#[test]
fn links_and_encrypted_files_are_passed_over() {
    let mut zip_file = ZipWriter::new(Cursor::new(Vec::new()));
    zip_file.add_symlink("link.xml", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let archive = opened(&zip_file.finish().unwrap().into_inner());
    assert!(archive.notes[0].contains("it is a link"), "{:?}", archive.notes);

    let mut encrypted = zip(&[("a.xml", JUNIT.as_bytes())]);
    let directory = encrypted.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    // The flag of encryption, in the local header and in the directory.
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    let archive = opened(&encrypted);
    assert!(archive.notes[0].contains("encrypted"), "{:?}", archive.notes);
    assert_eq!(cases(&archive), 0);

    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "link.xml", "/etc/passwd").unwrap();
    let archive = opened(&builder.into_inner().unwrap());
    assert!(archive.notes[0].contains("it is a link"), "{:?}", archive.notes);
}

/// A report with long comments: it packs 1,000 times smaller.
#[test]
fn bombs_are_refused_in_words() {
    let piece = format!("#{}\n", "x".repeat(1024 * 1024 - 2)).into_bytes();
    let mut bomb = b"ok\n".to_vec();
    (0..70).for_each(|_| bomb.extend(&piece));
    // Parts that were compressed alone are one file together.
    let parts = gz(&piece).repeat(70);
    let header = tar(&[("bomb.tap", &bomb)])[..512].to_vec();
    let tar_gz = [gz(&[&header[..], b"ok\n"].concat()), parts.clone()].concat();
    for bytes in [zip(&[("bomb.tap", &bomb)]), [gz(b"ok\n"), parts].concat(), tar_gz] {
        let archive = opened(&bytes);
        assert_eq!(archive.state, State::Malformed);
        assert!(archive.notes[0].contains("300 times its size"), "{:?}", archive.notes);
    }
}

#[test]
fn files_that_overlap_are_refused_in_words() {
    let mut bytes = zip(&[("a.xml", JUNIT.as_bytes()), ("b.xml", JUNIT.as_bytes())]);
    let entries: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x01\x02").map(|(at, _)| at).collect();
    // The second entry of the directory now begins where the first one does.
    bytes[entries[1] + 42..entries[1] + 46].copy_from_slice(&[0; 4]);
    let archive = opened(&bytes);
    assert_eq!(archive.state, State::Malformed);
    assert!(archive.notes[0].contains("overlap"), "{:?}", archive.notes);
}

#[test]
fn a_name_that_occurs_again_is_read_once() {
    let bytes = tar(&[("a.xml", JUNIT.as_bytes()), ("a.xml", JUNIT.as_bytes())]);
    let archive = opened(&bytes);
    assert_eq!(cases(&archive), 2);
    assert!(archive.notes[0].contains("another file with this name"), "{:?}", archive.notes);

    let mut bytes = zip(&[("a.xml", JUNIT.as_bytes()), ("b.xml", JUNIT.as_bytes())]);
    for at in 0..bytes.len() - 5 {
        if &bytes[at..at + 5] == b"b.xml" {
            bytes[at] = b'a';
        }
    }
    let archive = opened(&bytes);
    assert_eq!(cases(&archive), 2, "{:?}", archive.notes);
    assert!(archive.notes[0].contains("the same name"), "{:?}", archive.notes);
}

#[test]
fn a_cut_archive_gives_what_could_be_read() {
    let whole = tar(&[("a.xml", JUNIT.as_bytes()), ("b.xml", JUNIT.as_bytes())]);
    let archive = opened(&whole[..1100]);
    assert_eq!(cases(&archive), 2);
    let zipped = zip(&mix());
    for end in (4..zipped.len()).step_by(7) {
        assert_eq!(opened(&zipped[..end]).state, State::Malformed, "cut at {end}");
    }
    for packed in [gz(&whole), whole] {
        for end in (600..packed.len()).step_by(97) {
            if Packing::of(&packed[..end]).is_some() {
                opened(&packed[..end]);
            }
        }
    }
}

#[test]
fn an_archive_without_reports_says_so() {
    let archive = opened(&zip(&[("readme.txt", b"hello")]));
    assert_eq!(archive.state, State::NotAReport);
    assert!(archive.notes[0].contains("holds no test report"), "{:?}", archive.notes);
}
