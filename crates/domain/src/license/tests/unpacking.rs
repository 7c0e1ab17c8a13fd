//! License files as they arrive: from mail programs, editors and archives.
//!
//! Each input gives exactly the license that was signed, or a refusal that names the kind of input.

use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn arrives(bytes: impl AsRef<[u8]>, how: &str) {
    let text = unpack(bytes.as_ref()).unwrap_or_else(|error| panic!("{how}: {error}"));
    assert_eq!(text, file(), "{how}");
    assert_eq!(read(text).unwrap().terms(), &terms(), "{how}");
}

fn refused(bytes: impl AsRef<[u8]>) -> LicenseError {
    unpack(bytes.as_ref()).unwrap_err()
}

fn quoted(mark: &str) -> String {
    file().lines().map(|line| format!("{mark}{line}\n")).collect::<Vec<_>>().concat()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn wrapped(text: &str, width: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(width).map(|line| line.iter().collect::<String>() + "\r\n").collect()
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn canonical_files_stay_as_they_are() {
    arrives(file(), "as it is");
    arrives(unpack(file().as_bytes()).unwrap(), "twice");
}

#[test]
fn understands_what_mail_programs_do_to_text() {
    let plain = file();
    for mark in ["> ", ">", ">> ", "> > > ", "| ", "AL> ", "  ", "\t", "\u{a0}> "] {
        arrives(quoted(mark), &format!("quoted with {mark:?}"));
    }
    for dashes in ["–––––", "—————", "—–-", "—", "−−−−−", "‐‐‐‐‐", "--", ""]
    {
        arrives(plain.replace("-----", dashes), &format!("dashes {dashes:?}"));
    }
    arrives(plain.replace(' ', "\u{a0}"), "non-breaking spaces");
    arrives(plain.replace('\n', "\u{a0}\n"), "non-breaking spaces at the ends");
    arrives(plain.replace('\n', " \n"), "soft line ends");
    arrives(plain.replace('\n', "\r\n"), "CRLF");
    arrives(plain.replace('\n', "\r"), "CR");
    arrives(plain.replace('\n', "\n\n"), "empty lines");
    arrives(plain.replace('\n', " "), "one line");
    arrives(plain.replace('\n', "\u{200b}\n\u{feff}"), "invisible characters");
    for width in [7, 20, 30] {
        arrives(wrapped(&plain, width), &format!("wrapped at {width}"));
        arrives(
            wrapped(&plain, width).lines().map(|line| format!("> {line}\n")).collect::<Vec<_>>().concat(),
            "and quoted",
        );
    }
    arrives(format!("Dear Ada,\n\nhere it is:\n{plain}\nBest regards\n-- \nBob – Sales\n"), "text around");
    arrives(format!("The file begins with “-----BEGIN LICENSE FILE-----”.\n\n{plain}"), "explained before");
    arrives(format!("{plain}\n\nOn Monday Bob wrote:\n{}", quoted("> ")), "twice in one mail");
    arrives(format!("{plain}and more"), "text after it");
    arrives([b"Viele Gr\xfc\xdfe\n".to_vec(), plain.clone().into_bytes()].concat(), "Latin-1 around it");
}

#[test]
fn understands_encodings() {
    let (plain, marked) = (file(), format!("\u{feff}{}", file()));
    arrives(&marked, "UTF-8 with a mark");
    for text in [&plain, &marked] {
        arrives(utf16(text, u16::to_le_bytes), "UTF-16, little end first");
        arrives(utf16(text, u16::to_be_bytes), "UTF-16, big end first");
    }
    let printable = plain.replace('=', "=3D");
    arrives(&printable, "quoted-printable");
    arrives(wrapped(&printable, 60).replace("\r\n", "=\r\n").replace("==\r\n3D", "=3D"), "with soft breaks");
    let encoded = wrapped(&STANDARD.encode(&plain), 76);
    arrives(&encoded, "base64");
    arrives(STANDARD.encode(&plain), "base64 in one line");
    let mail = format!(
        "From: bob@example.com\r\nSubject: Your license\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nHello Ada,\r\n\r\n\
         --b1\r\nContent-Type: application/octet-stream; name=\"ada.lic\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         {encoded}\r\n--b1--\r\n"
    );
    arrives(&mail, "a saved mail");
    let zip = wrapped(&STANDARD.encode(zipped(&[("ada.lic", plain.as_bytes())])), 76);
    arrives(mail.replace(&encoded, &zip), "a saved mail with a zip archive");
}

#[test]
fn understands_an_archive_with_one_license() {
    let plain = file();
    let lone = zipped(&[("ada.lic", plain.as_bytes())]);
    arrives(&lone, "alone");
    let beside = [
        ("__MACOSX/._ada.lic", &b"\0\x05\x16\x07"[..]),
        ("READ ME.txt", b"Hello"),
        ("a/ada.lic", plain.as_bytes()),
    ];
    arrives(zipped(&beside), "beside others");
    arrives(zipped(&[("1.lic", plain.as_bytes()), ("2.lic", plain.as_bytes())]), "twice");
    arrives(zipped(&[("1.txt", &utf16(&plain, u16::to_le_bytes))]), "in UTF-16");

    let mut other = terms();
    other.license_id = Uuid::from_u128(77);
    let other = license::sign(&vendor(), &other).unwrap();
    assert_eq!(
        refused(zipped(&[("1.lic", plain.as_bytes()), ("2.lic", other.as_bytes())])),
        LicenseError::Several
    );
    assert_eq!(refused(format!("{plain}{other}")), LicenseError::Several);
    let nothing = LicenseError::NothingInside { kind: "a zip archive" };
    assert_eq!(refused(zipped(&[])), nothing);
    assert_eq!(refused(zipped(&[("a.txt", b"Hello"), ("b", b"")])), nothing);
    assert_eq!(refused(zipped(&[("inner.zip", &lone)])), nothing, "archives in archives are not opened");
    assert_eq!(refused(zipped(&[("cut.lic", &plain.as_bytes()[..300])])), LicenseError::Truncated);
    for length in (4..lone.len()).step_by(7) {
        assert!(unpack(&lone[..length]).is_err(), "{length} of {} bytes", lone.len());
    }
    let mut locked = lone.clone();
    // Sets the flag “encrypted” in both headers.
    let central = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[central + 8] |= 1;
    assert!(matches!(refused(&locked), LicenseError::Archive { .. }), "{:?}", refused(&locked));
}

#[test]
fn a_bomb_takes_neither_time_nor_memory() {
    let zeros = vec![0; 20 << 20];
    let bomb = zipped(&[("a.lic", &zeros)]);
    assert!(bomb.len() < MAX_BYTES, "{}", bomb.len());
    assert!(unpack(&bomb).is_err());
    let many = vec![0; MAX_BYTES];
    let names: Vec<String> = (0..400).map(|number| format!("{number}.lic")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), many.as_slice())).collect();
    let many = zipped(&many);
    assert!(many.len() < MAX_BYTES, "{}", many.len());
    let start = Instant::now();
    assert!(unpack(&many).is_err());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(refused(vec![b'A'; MAX_BYTES + 1]), LicenseError::TooLarge);
}

#[test]
fn names_what_else_it_is() {
    assert_eq!(refused(""), LicenseError::Empty);
    assert_eq!(refused("\u{feff} \r\n"), LicenseError::Empty);
    assert_eq!(refused("null"), LicenseError::NotALicenseFile);
    for (start, kind) in [
        (&b"%PDF-1.7"[..], "a PDF document"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
        (b"\xd0\xcf\x11\xe0", "a saved Outlook message or an old Office document"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"<!DOCTYPE html>\n<title>Sign in</title>", "a web page (HTML)"),
        (b"\xef\xbb\xbf\r\n<HTML>", "a web page (HTML)"),
        (b"<?xml version='1.0'?><a/>", "an XML document"),
    ] {
        assert_eq!(refused(start), LicenseError::NothingInside { kind });
    }
    // A license between zero bytes is not searched for.
    let tar = |content: &str| {
        let mut bytes = vec![0; 512];
        bytes[..5].copy_from_slice(b"a.lic");
        bytes[257..263].copy_from_slice(b"ustar\0");
        bytes.extend(content.as_bytes());
        bytes.resize(2048, 0);
        bytes
    };
    assert_eq!(refused(tar(&file())), LicenseError::NothingInside { kind: "a tar archive" });
    // A license inside a web page is found. Without one, the refusal names the web page.
    let page = format!("<!doctype html><pre>\n{}</pre>", file());
    assert!(unpack(page.as_bytes()).is_ok());
    let html = file().replace('\n', "<br>\n");
    assert_eq!(refused(html), LicenseError::ForeignCharacter { found: '<', line: 1 });
    let lines = file();
    let third = lines.lines().nth(2).unwrap();
    assert_eq!(refused(lines.replace(third, "…")), LicenseError::ForeignCharacter { found: '…', line: 3 });
    let end = file().trim_end().len() - 10;
    for length in (1..end).step_by(13) {
        let found = refused(&file()[..length]);
        assert!(
            matches!(found, LicenseError::Truncated | LicenseError::NotALicenseFile),
            "{length}: {found:?}"
        );
    }
    assert!(matches!(refused(b"\xff\xfe\0\0-\0\0\0"), LicenseError::NotText { .. }));
}

proptest! {
    /// A changed file gives the license that was signed, or it is refused.
    #[test]
    fn never_another_license(at in 0usize..2000, with in any::<Vec<u8>>(), cut in 0usize..40) {
        let mut bytes = file().into_bytes();
        let at = at % bytes.len();
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        if let Ok(license) = unpack(&bytes).and_then(read) {
            prop_assert_eq!(license.terms(), &terms());
        }
    }

    #[test]
    fn survives_anything(start in prop::sample::select(vec![&b"PK\x03\x04"[..], b"PK\x05\x06", b"\xff\xfe", b"\xfe\xff", b"", b"=3D"]), rest in any::<Vec<u8>>()) {
        let _either = unpack(&[start, &rest].concat());
    }
}
