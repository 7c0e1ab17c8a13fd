//! Damaged, cut and invented reports: no panic, limited memory, and a message.

mod samples;

use std::io::{BufRead, BufReader, Cursor, Read, Write};

use proptest::prelude::*;
use testkeep_reports::{Counts, Event, Format, Packing, Report, State, read, read_archive, read_as};

fn read_bytes(bytes: &[u8]) -> Report {
    read(Box::new(bytes), &mut |_event| Ok(())).expect("nobody stops it")
}

/// One report of each family of formats, small enough to be cut at every byte.
const SAMPLES: &[&str] = &[
    r#"<testsuites><testsuite name="a"><properties><property name="b" value="c"/></properties><testcase name="d" classname="e" time="1.5"><failure message="f" type="g">h &lt; i</failure><system-out><![CDATA[j]]></system-out></testcase></testsuite></testsuites>"#,
    r#"<testng-results><suite name="a"><test name="b"><class name="c"><test-method status="FAIL" name="d" duration-ms="2"><exception class="e"><message>f</message></exception></test-method></class></test></suite></testng-results>"#,
    r#"<test-run><test-suite name="a"><test-case name="b" result="Failed" label="Error"><failure><message>c</message></failure></test-case></test-suite></test-run>"#,
    r#"<TestRun><Results><UnitTestResult testId="1" testName="a" outcome="Failed"><Output><ErrorInfo><Message>b</Message></ErrorInfo></Output></UnitTestResult></Results></TestRun>"#,
    r#"<robot generator="Robot 7.0"><suite name="a"><test name="b"><kw name="c"><status status="FAIL">d</status></kw><status status="FAIL">d</status></test><status status="FAIL"/></suite></robot>"#,
    r#"{"numTotalTests":1,"testResults":[{"name":"a","status":"failed","assertionResults":[{"title":"b","status":"failed","failureMessages":["c"]}]}]}"#,
    r#"{"config":{"rootDir":"/"},"suites":[{"title":"a","specs":[{"title":"b","tests":[{"status":"flaky","results":[{"status":"failed"},{"status":"passed"}]}]}]}]}"#,
    r#"[{"name":"a","uri":"b","keyword":"Feature","elements":[{"name":"c","steps":[{"name":"d","result":{"status":"failed","error_message":"e"}}]}]}]"#,
    "{\"Action\":\"run\",\"Package\":\"a\",\"Test\":\"b\"}\n{\"Action\":\"fail\",\"Package\":\"a\",\"Test\":\"b\"}\n",
    r#"{"tests":1,"testsuites":[{"name":"a","testsuite":[{"name":"b","failures":[{"message":"c"}]}]}]}"#,
    r#"{"testNodes":[{"nodeType":"Unit test bundle","name":"a","children":[{"nodeType":"Test Case","name":"b","result":"Failed"}]}]}"#,
    r#"{"generator":"Robot 7.2","suite":{"name":"a","tests":[{"name":"b","status":"FAIL","body":[{"name":"c","status":"FAIL"}]}]}}"#,
    r#"{"totalTests":1,"runs":[{"spec":{"relative":"a"},"tests":[{"title":["b"],"state":"failed","attempts":[{"state":"failed"}]}]}]}"#,
    "test: a\nfailure: a [\nb\n]\n",
    "TAP version 13\n1..2\nok 1 - a\nnot ok 2 - b\n  ---\n  message: c\n  ...\n",
];

#[test]
fn a_report_may_be_cut_anywhere() {
    for sample in SAMPLES {
        let whole = read_bytes(sample.as_bytes());
        assert_eq!(whole.state, State::Ok, "{sample} {:?}", whole.notes);
        for end in 0..sample.len() {
            let report = read_bytes(&sample.as_bytes()[..end]);
            assert!(report.counts.cases <= whole.counts.cases, "{sample} cut at {end}");
        }
    }
}

fn counted(format: Format, bytes: &[u8]) -> Counts {
    let counts = read_as(format, Box::new(bytes), &mut |_event| Ok(())).expect("nobody stops it").counts;
    let sum = counts.passed + counts.failed + counts.errored + counts.skipped + counts.other;
    assert_eq!(counts.cases, sum, "{}", format.as_str());
    counts
}

/// The content of one format in the reader of another: known words in places where they do not belong.
#[test]
fn every_reader_reads_every_format() {
    for sample in Format::ALL {
        let bytes = samples::of(sample.as_str());
        for reader in Format::ALL {
            let cases = counted(*reader, &bytes).cases;
            assert!(reader != sample || cases > 0, "{}", sample.as_str());
        }
    }
}

#[test]
fn every_sample_may_be_cut_anywhere() {
    for format in Format::ALL {
        let bytes = samples::of(format.as_str());
        for end in 0..bytes.len() {
            counted(*format, &bytes[..end]);
        }
    }
}

/// A report of lines or elements that are repeated, removed and exchanged.
fn shuffled(format: Format, moves: &[(prop::sample::Index, prop::sample::Index, u8)]) -> Vec<u8> {
    let mut bytes = samples::of(format.as_str());
    for (from, to, kind) in moves {
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        let (from, to) = (from.min(to), from.max(to) + 1);
        let part = bytes[from..to].to_vec();
        match kind % 4 {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(to..to, part)),
            2 => drop(bytes.splice(from..from, part.into_iter().rev())),
            _ => bytes[from..to].rotate_left((to - from) / 2),
        }
        if bytes.is_empty() || bytes.len() > 100_000 {
            break;
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_samples_do_not_panic(
        format in prop::sample::select(Format::ALL),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = samples::of(format.as_str());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        counted(format, &bytes);
    }

    #[test]
    fn shuffled_samples_do_not_panic(
        format in prop::sample::select(Format::ALL),
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        counted(format, &shuffled(format, &moves));
    }

    #[test]
    fn any_bytes_as_any_format(format in prop::sample::select(Format::ALL), bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        counted(format, &bytes);
    }

    /// An archive with changed bytes: its directory, its headers, its packed content.
    #[test]
    fn changed_archives_do_not_panic(
        packing in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = packed(packing);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(packing) = Packing::of(&bytes) {
            read_archive(Cursor::new(&bytes), packing, &mut |_name, _event| Ok(())).expect("nobody stops it");
        }
    }
}

/// All samples as zip, tar and tar.gz.
fn packed(packing: usize) -> Vec<u8> {
    if packing == 0 {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for format in Format::ALL {
            zip.start_file(format.as_str(), zip::write::SimpleFileOptions::default())
                .expect("it is made in memory");
            zip.write_all(&samples::of(format.as_str())).expect("it is made in memory");
        }
        return zip.finish().expect("it is made in memory").into_inner();
    }
    let mut tar = tar::Builder::new(Vec::new());
    for format in Format::ALL {
        let bytes = samples::of(format.as_str());
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, format.as_str(), &*bytes).expect("it is made in memory");
    }
    let tar = tar.into_inner().expect("it is made in memory");
    if packing == 1 {
        return tar;
    }
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&tar).expect("it is made in memory");
    gz.finish().expect("it is made in memory")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn changed_bytes_do_not_panic(sample in 0..SAMPLES.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = SAMPLES[sample].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_bytes(&bytes);
    }

    #[test]
    fn any_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read_bytes(&bytes);
    }

    /// The number of cases is the sum of the outcomes for any report.
    #[test]
    fn every_case_has_one_outcome(cut in 0..200_usize, sample in 0..SAMPLES.len()) {
        let bytes = &SAMPLES[sample].as_bytes()[cut.min(SAMPLES[sample].len())..];
        let counts = read_bytes(bytes).counts;
        prop_assert_eq!(counts.cases, counts.passed + counts.failed + counts.errored + counts.skipped + counts.other);
    }
}

#[test]
fn entities_are_never_expanded_or_loaded() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE testsuite [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
        <testsuite name="s"><testcase name="t"><system-out>&b;&c;</system-out></testcase></testsuite>"#;
    let mut output = String::new();
    let report = read(Box::new(bomb.as_bytes()), &mut |event| {
        if let Event::Case(case) = event {
            output = case.output.to_text();
        }
        Ok(())
    })
    .unwrap();
    assert_eq!((output.as_str(), report.state), ("&b;&c;", State::Malformed));
    assert!(report.notes[0].contains("entities are never loaded"), "{:?}", report.notes);
}

#[test]
fn a_plain_doctype_is_tolerated() {
    let text = r#"<!DOCTYPE testsuite SYSTEM "http://example.com/junit.dtd"><testsuite name="s"><testcase name="t"/></testsuite>"#;
    assert_eq!(read_bytes(text.as_bytes()).state, State::Ok);
}

#[test]
fn deep_nesting_is_refused_in_words() {
    for text in ["<testsuite>".repeat(100_000), "[".repeat(100_000), r#"{"suites":["#.repeat(100_000)] {
        let report = read_bytes(text.as_bytes());
        assert_ne!(report.state, State::Ok);
    }
    let report = read_bytes("<testsuite>".repeat(100_000).as_bytes());
    assert!(report.notes[0].contains("nested deeper than 256"), "{:?}", report.notes);
}

/// A source that repeats a text endlessly and counts the bytes that were read.
struct Endless {
    text: &'static [u8],
    at: usize,
    read: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for byte in &mut *buffer {
            *byte = self.text[self.at];
            self.at = (self.at + 1) % self.text.len();
        }
        self.read += buffer.len();
        assert!(self.read < 200 * 1024 * 1024, "it reads without an end");
        Ok(buffer.len())
    }
}

fn endless(start: &'static str, text: &'static str) -> Box<dyn BufRead> {
    let endless = Endless { text: text.as_bytes(), at: 0, read: 0 };
    Box::new(BufReader::new(start.as_bytes().chain(endless)))
}

#[test]
fn one_endless_token_ends_in_words() {
    for (start, text) in [
        ("<testsuite><testcase name='a'><system-out><![CDATA[", "x"),
        ("<testsuite><testcase name='", "x"),
        ("<testsuite><!--", "x"),
        ("{\"numTotalTests\":1,\"testResults\":[\"", "x"),
        ("{\"numTotalTests\":1,\"testResults\":[[", "1,"),
        ("1..1\nok 1 - ", "x"),
    ] {
        let report = read(endless(start, text), &mut |_event| Ok(())).unwrap();
        assert_eq!(report.state, State::Malformed, "{start}");
        let said = report.notes.iter().any(|note| note.contains("longer than 32 MiB"));
        assert!(said, "{start} {:?}", report.notes);
    }
}
