//! Tests of each part of unpacking. Tests of whole mails and archives are in [`super::unpacking`].

use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn zipped(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An archive with the license as entry `number`, counted from 1, after other small files.
fn at_entry(number: usize) -> Vec<u8> {
    let mut entries: Vec<(String, Vec<u8>)> =
        (1..number).map(|other| (format!("{other}.txt"), b"hello".to_vec())).collect();
    entries.push(("ada.lic".into(), file().into_bytes()));
    zipped(&entries)
}

#[test]
fn sixty_four_entries_are_looked_at() {
    assert_eq!(unpack(&at_entry(64)), Ok(file()));
    assert_eq!(unpack(&at_entry(65)), Err(LicenseError::NothingInside { kind: "a zip archive" }));
}

/// Large files beside the license are skipped, until their total size exceeds the limit.
#[test]
fn a_megabyte_is_unpacked_and_no_more() {
    let beside = |large: usize, each: usize| {
        let mut entries: Vec<(String, Vec<u8>)> =
            (0..large).map(|number| (number.to_string(), vec![b' '; each])).collect();
        entries.push(("ada.lic".into(), file().into_bytes()));
        unpack(&zipped(&entries))
    };
    assert_eq!(beside(3, MAX_BYTES + 1), Ok(file()));
    assert_eq!(beside(3, 3 * MAX_BYTES), Ok(file()), "no more of one than is needed to know");
    assert!(beside(4, MAX_BYTES).is_err());
    assert_eq!(unpack(&zipped(&[("full.lic".into(), full())])), Ok(file()), "as large as a license may be");
}

/// A license with blanks after it, of the maximum size.
fn full() -> Vec<u8> {
    let mut bytes = file().into_bytes();
    bytes.resize(MAX_BYTES, b' ');
    bytes
}

#[test]
fn the_largest_text_is_looked_at() {
    assert_eq!(unpack(&full()), Ok(file()));
    assert_eq!(unpack(&[full(), vec![b' ']].concat()), Err(LicenseError::TooLarge));
}

#[test]
fn a_folder_in_an_archive_is_no_problem() {
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    zip.add_directory("licenses/", SimpleFileOptions::default()).unwrap();
    zip.start_file("licenses/cut.lic", SimpleFileOptions::default()).unwrap();
    zip.write_all(&file().as_bytes()[..200]).unwrap();
    assert_eq!(unpack(&zip.finish().unwrap().into_inner()), Err(LicenseError::Truncated));
    let empty = zipped(&[]);
    assert!(empty.starts_with(b"PK\x05\x06"));
    assert_eq!(unpack(&empty), Err(LicenseError::NothingInside { kind: "a zip archive" }));
}

#[test]
fn a_password_is_named() {
    let mut locked = zipped(&[("ada.lic".into(), file().into_bytes())]);
    // Sets the flag “encrypted” in both headers.
    let central = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[central + 8] |= 1;
    let refused = unpack(&locked).unwrap_err();
    assert_eq!(refused, LicenseError::Archive { reason: "it has a password".into() });
}

#[test]
fn other_kinds_of_files_are_named() {
    for (start, kind) in [
        (&b"PK\x01\x02 what is left of one"[..], "a zip archive"),
        (b"PK\x07\x08", "a zip archive"),
        (b"BZh9", "a bzip2 archive"),
        (b"\xfd7zXZ\0", "an xz archive"),
        (b"(\xb5/\xfd", "a zstd archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!\x1a", "a RAR archive"),
        (b"{\\rtf1", "an RTF document"),
        (b"\x89PNG\r\n", "a picture"),
    ] {
        assert_eq!(unpack(start), Err(LicenseError::NothingInside { kind }), "{start:?}");
    }
    for text in ["PK", "PK\t", "PKI is what it takes", "Rar", "%PD"] {
        assert_eq!(unpack(text.as_bytes()), Err(LicenseError::NotALicenseFile), "{text}");
    }
    assert_eq!(unpack(format!("PKI:\n{}", file()).as_bytes()), Ok(file()));
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap().to_ascii_uppercase()
}

/// Encodes every byte except letters and digits as `=XX`, with a soft line break after every few characters.
fn quoted_printable(text: &str, every: usize) -> String {
    let mut out = String::new();
    for (position, byte) in text.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.extend(['=', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
        if position % every == 0 {
            out += ["= \n", "=\t\n", "=\r\n", "=\n", "= \r\n"][position % 5];
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn quoted_printable_is_undone(every in 5_usize..80) {
        prop_assert_eq!(unpack(quoted_printable(&file(), every).as_bytes()), Ok(file()));
    }

    #[test]
    fn base64_of_any_width_is_undone(width in 4_usize..100, depth in 1_usize..=3) {
        let wrap = |text: &str| text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line) + "\n").collect::<String>();
        let encoded = (0..depth).fold(file(), |text, _| wrap(&STANDARD.encode(text)));
        prop_assert_eq!(unpack(encoded.as_bytes()), Ok(file()));
    }
}

#[test]
fn encodings_around_each_other_have_a_bound() {
    let encoded = |depth: usize| (0..depth).fold(file(), |text, _| STANDARD.encode(text));
    assert_eq!(unpack(encoded(3).as_bytes()), Ok(file()));
    assert_eq!(unpack(encoded(4).as_bytes()), Err(LicenseError::NotALicenseFile));
}

#[test]
fn thirty_two_attachments_are_looked_at() {
    // The shortest text that counts as an attachment, and a shorter one that does not.
    let (other, word) = (STANDARD.encode([b'x'; 30]), STANDARD.encode([b'x'; 27]));
    assert_eq!((other.len(), word.len()), (40, 36));
    let mail = |block: &str, count: usize| {
        let blocks = [block, "\n\n"].concat().repeat(count);
        unpack(format!("Attachments:\n\n{blocks}{}\n", STANDARD.encode(file())).as_bytes())
    };
    assert_eq!(mail(&other, 31), Ok(file()));
    assert_eq!(mail(&other, 32), Err(LicenseError::NotALicenseFile));
    assert_eq!(mail(&word, 500), Ok(file()));
}

#[test]
fn marks_of_quoting_are_told_from_text() {
    let marked = |mark: &str| {
        let lines: String = file().lines().flat_map(|line| [mark, line, "\n"].map(String::from)).collect();
        unpack(lines.as_bytes())
    };
    for mark in ["A> ", "ABC> ", "abc>ABC>> ", "│ ", "|> ", "\u{200b}> ", "> \u{ad}> "] {
        assert_eq!(marked(mark), Ok(file()), "{mark:?}");
    }
    for mark in ["ABCD> ", "1> ", "# "] {
        assert!(marked(mark).is_err(), "{mark:?}");
    }
    for invisible in ["\u{ad}", "\u{200d}", "\u{202a}", "\u{2060}", "\u{2066}", "\u{feff}"] {
        assert_eq!(unpack(file().replace('A', &format!("A{invisible}")).as_bytes()), Ok(file()));
    }
    for dash in ['\u{2010}', '\u{2015}', '\u{2212}', '\u{2500}', '\u{fe58}', '\u{fe63}', '\u{ff0d}'] {
        assert_eq!(unpack(file().replace('-', &dash.to_string()).as_bytes()), Ok(file()), "{dash}");
    }
}

#[test]
fn a_foreign_character_is_named_with_its_line() {
    let whole = file();
    let count = whole.lines().count();
    for line in [2, 3, count / 2, count - 1] {
        let mut lines: Vec<String> = whole.lines().map(ToOwned::to_owned).collect();
        lines[line - 1].insert(0, '*');
        let found = LicenseError::ForeignCharacter { found: '*', line };
        assert_eq!(unpack(lines.join("\n").as_bytes()), Err(found.clone()), "{line}");
        assert_eq!(unpack(lines.join("\u{2028}").as_bytes()), Err(found), "{line}");
    }
    let body: String = file().lines().nth(1).unwrap().into();
    let lost = file().replacen(&body, &body[1..], 1);
    assert_eq!(unpack(lost.as_bytes()), Err(LicenseError::Base64 { part: "its outer part" }));
}

#[test]
fn of_several_problems_the_one_that_says_most_is_told() {
    let cut = &file().into_bytes()[..200];
    let beside = |other: &[u8]| {
        unpack(&zipped(&[("a".into(), cut.to_vec()), ("b".into(), other.to_vec())])).unwrap_err()
    };
    let order = |other: &[u8]| {
        unpack(&zipped(&[("a".into(), other.to_vec()), ("b".into(), cut.to_vec())])).unwrap_err()
    };
    for other in [&b"hello"[..], b"", b"%PDF", b"\xff\xfe\0\0"] {
        assert_eq!((beside(other), order(other)), (LicenseError::Truncated, LicenseError::Truncated));
    }
    let mut different = terms();
    different.license_id = Uuid::from_u128(77);
    let two = format!("{}{}", file(), license::sign(&vendor(), &different).unwrap());
    assert_eq!(
        (beside(two.as_bytes()), order(two.as_bytes())),
        (LicenseError::Several, LicenseError::Several)
    );
    // A valid file is used, even with a damaged one beside it.
    assert_eq!(unpack(&zipped(&[("a".into(), cut.to_vec()), ("b".into(), file().into())])), Ok(file()));
    let encoded = format!("-----BEGIN LICENSE FILE-----\n\n{}", STANDARD.encode(two));
    assert_eq!(unpack(encoded.as_bytes()), Err(LicenseError::Several));
}

#[test]
fn the_beginning_of_a_license_is_a_cut_off_one() {
    for text in ["-----BEG", " -----BEGIN LICENSE FILE--", "-"] {
        assert_eq!(unpack(text.as_bytes()), Err(LicenseError::Truncated), "{text}");
    }
    assert_eq!(unpack(b"BEGIN"), Err(LicenseError::NotALicenseFile));
}
