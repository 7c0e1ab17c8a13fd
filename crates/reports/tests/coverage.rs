//! Coverage reports, made from the documentation of their formats.

use testkeep_reports::State;
use testkeep_reports::coverage::{Coverage, CoverageFormat, Totals, read};

fn covered(format: &str, text: &str) -> Coverage {
    let coverage = read(Box::new(text.as_bytes()));
    assert_eq!(coverage.format.map(CoverageFormat::as_str), Some(format), "{:?}", coverage.notes);
    assert_eq!(coverage.state, State::Ok, "{:?}", coverage.notes);
    coverage
}

fn totals(lines: u64, lines_covered: u64, branches: u64, branches_covered: u64) -> Totals {
    Totals { lines, lines_covered, branches, branches_covered }
}

#[test]
fn cobertura() {
    let coverage = covered(
        "cobertura",
        r#"<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd"><coverage line-rate="0.1"><packages><package name="a"><classes>
        <class name="A" filename="src\a\A.java"><methods><method name="m"><lines><line number="1" hits="3"/></lines></method></methods>
        <lines><line number="1" hits="3"/><line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/></lines></class>
        <class name="B" filename="src/b/B.java"><lines><line number="1" hits="99999999999999999999"/></lines></class></classes></package></packages></coverage>"#,
    );
    assert_eq!((coverage.total, coverage.files), (totals(3, 2, 2, 1), 2));
    assert_eq!(coverage.folders["src/a"], totals(2, 1, 2, 1));
    assert_eq!(coverage.folders["src/b"], totals(1, 1, 0, 0));
}

#[test]
fn jacoco() {
    let coverage = covered(
        "jacoco",
        r#"<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="r"><sessioninfo id="x" start="1" dump="2"/><group name="core"><package name="com/a">
        <class name="com/a/A"><method name="m"><counter type="LINE" missed="9" covered="9"/></method></class>
        <sourcefile name="A.java"><line nr="1" mi="0" ci="3" mb="1" cb="1"/><line nr="2" mi="2" ci="0" mb="0" cb="0"/><counter type="LINE" missed="1" covered="1"/></sourcefile>
        </package></group></report>"#,
    );
    assert_eq!(coverage.total, totals(2, 1, 2, 1));
    assert!(coverage.folders.contains_key("core/com/a"));
}

#[test]
fn lcov() {
    let coverage = covered(
        "lcov",
        "TN:one\nSF:src/a.c\nDA:1,5\nDA:2,0,checksum\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nLF:9\nLH:9\nend_of_record\n\
         TN:two\nSF:src/a.c\nDA:2,1\nBRDA:1,0,0,0\nBRDA:1,0,1,0\nend_of_record\n",
    );
    assert_eq!((coverage.total, coverage.files), (totals(2, 2, 2, 1), 1));
}

#[test]
fn go_cover() {
    let coverage = covered(
        "go-cover",
        "mode: atomic\nexample.com/m/a/a.go:10.2,12.3 2 1\nexample.com/m/a/a.go:14.2,15.3 3 0\nmode: atomic\nexample.com/m/a/a.go:14.2,15.3 3 7\nexample.com/m/b.go:1.1,2.2 1 0\n",
    );
    assert_eq!(coverage.total, totals(6, 5, 0, 0));
    assert_eq!(coverage.folders["example.com/m/a"], totals(5, 5, 0, 0));
}

#[test]
fn damaged_coverage_keeps_what_came_before() {
    let coverage = read(Box::new(&b"mode: set\na/b.go:1.1,2.2 1 1\nnothing\n"[..]));
    assert_eq!((coverage.state, coverage.total), (State::Malformed, totals(1, 1, 0, 0)));
    assert!(coverage.notes[0].contains("not a block"), "{:?}", coverage.notes);
    let cut = read(Box::new(&b"<coverage line-rate=\"1\"><packages><package><classes><class filename=\"a\"><lines><line number=\"1\" hits=\"1\"/>"[..]));
    assert_eq!((cut.state, cut.total.lines), (State::Malformed, 1));
}

#[test]
fn other_files_are_no_coverage() {
    assert_eq!(read(Box::new(&b"<testsuite/>"[..])).state, State::NotAReport);
    // Clover has the same root element.
    assert_eq!(
        read(Box::new(&b"<coverage generated=\"1\"><project/></coverage>"[..])).state,
        State::NotAReport
    );
}
