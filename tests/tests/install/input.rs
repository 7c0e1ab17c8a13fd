//! Paths that are not regular files, and answers in the encodings of other programs: no program waits for ever, and
//! nothing is misread.
#![expect(clippy::unwrap_used, reason = "what the test needs is there, or the test fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::programs::{ServerFolder, program, run_server_program};

use crate::place::Place;

/// Longer than any of these commands takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder, a device, a pipe, a link to a pipe, and a file of a terabyte.
fn no_files(folder: &Path) -> Vec<PathBuf> {
    let (pipe, link, huge) = (folder.join("pipe"), folder.join("link"), folder.join("huge"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    std::fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    vec![folder.to_owned(), "/dev/zero".into(), "/dev/tty".into(), pipe, link, huge]
}

/// Runs the program with bounded memory; fails when it does not end.
fn ends(program: &Path, arguments: &[&str]) -> Output {
    let limited = "ulimit -v 2000000; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(program).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let until = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("{} {arguments:?} does not end", program.display());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn what_is_no_file_is_refused_wherever_a_file_is_named() {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let config = folder.layout().config_file().to_str().unwrap().to_owned();
    let strange = tempfile::tempdir().unwrap();
    let server = program("TESTKEEP_SERVER_BIN", "testkeep-server");
    let client = program("TESTKEEP_BIN", "testkeep");
    let vendor = program("TESTKEEP_LICENSE_BIN", "testkeep-license");
    let at = ["--server", "http://127.0.0.1:9"];
    for path in no_files(strange.path()) {
        let path = path.to_str().unwrap();
        let cases: [(&Path, Vec<&str>, i32); 9] = [
            (&server, vec!["check", "license", path], 2),
            (&server, vec!["activate", "--config", &config, "--license", path], 2),
            (&server, vec!["install", "--answers", path], 2),
            (&server, vec!["run", "--config", path], 2),
            (&vendor, vec!["inspect", path], 2),
            (&vendor, vec!["inspect", path, "--public-key", path], 2),
            (&client, [&["license", "checkout", "--api-key-file", path], &at[..]].concat(), 64),
            (&client, [&["license", "checkout", "--vendor-key", path], &at[..]].concat(), 64),
            (&client, vec!["license", "run", "--lease", path, "--", "true"], 64),
        ];
        for (program, arguments, code) in cases {
            let ended = ends(program, &arguments);
            let said = [ended.stdout, ended.stderr]
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .concat();
            assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {said}");
            let named = ["a folder", "a device", "a pipe", "larger than", "Is a directory"];
            assert!(named.iter().any(|words| said.contains(words)), "{arguments:?}: {said}");
        }
    }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
}

/// `install --dry-run` with answers from a file and from standard input.
fn planned(place: &Place, answers: &[u8]) -> [Output; 2] {
    let file = place.path("answers.toml");
    std::fs::write(&file, answers).unwrap();
    let file = file.to_str().unwrap();
    ["-", file].map(|from| run_server_program(&["install", "--dry-run", "--answers", from], answers))
}

#[test]
fn answers_are_understood_in_the_encodings_of_windows_or_these_are_named() {
    let place = Place::new();
    let text = place.answers.to_toml().replace('\n', "\r\n");
    for bytes in [
        text.clone().into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        utf16(&text, u16::to_le_bytes),
        utf16(&text, u16::to_be_bytes),
        text.replace("\r\n", "\r").into_bytes(),
        utf16(&text.replace("\r\n", "\r"), u16::to_le_bytes),
    ] {
        for output in planned(&place, &bytes) {
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    let old = [&b"# Gr\xfc\xdfe\r\n"[..], text.as_bytes()].concat();
    for (bytes, words) in [(old, "Windows-1252"), (b"\xff\xfe\0\0a\0\0\0".to_vec(), "UTF-32")] {
        for output in planned(&place, &bytes) {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains(words), "{said}");
        }
    }
}

#[test]
fn a_configuration_with_a_mark_is_read() {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let file = folder.layout().config_file();
    let text = std::fs::read_to_string(&file).unwrap();
    let verify = ["audit", "verify", "--config", file.to_str().unwrap()];
    for (bytes, says) in [
        (format!("\u{feff}{text}").into_bytes(), "There is no database"),
        (utf16(&text, u16::to_le_bytes), "There is no database"),
        ([b"# \xfc\n", text.as_bytes()].concat(), "line 1 is not UTF-8"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let output = run_server_program(&verify, "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(says), "{says}: {said}");
    }
}

#[test]
fn a_password_in_a_jdbc_url_is_taken_from_standard_input_alone() {
    let url = "jdbc:postgresql://127.0.0.1:9/kit?user=ada&password=S3cret-of-ada";
    for arguments in [&["check", "jdbc-url", url][..], &["check", "database", url]] {
        let output = run_server_program(arguments, "");
        let said =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("every account of this machine") && !said.contains("S3cret"), "{said}");
    }
    let read = run_server_program(&["check", "jdbc-url", "-"], format!("{url}\r\n"));
    let said = String::from_utf8_lossy(&read.stdout).into_owned();
    assert_eq!(read.status.code(), Some(0), "{said}");
    assert!(said.contains("\"database\": \"kit\"") && !said.contains("S3cret"), "{said}");
    let more = run_server_program(&["check", "jdbc-url", "-"], format!("{url}\nS3cret\n"));
    let said = String::from_utf8_lossy(&more.stderr).into_owned();
    assert!(more.status.code() == Some(2) && said.contains("Send one line, the JDBC URL"), "{said}");
    let tried = run_server_program(&["check", "database", "-", "--user", "ada"], url);
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(said.contains("\"tcp\"") && !said.contains("S3cret"), "the connection was tried: {said}");
}
