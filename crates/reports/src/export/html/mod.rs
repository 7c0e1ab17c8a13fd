//! One HTML file with all cases, for people without an account: it needs no server, no network and no other file.
//!
//! Every text of a report is escaped, and the page forbids itself to load anything. Failed cases come first in the order
//! of the list, and each case opens to show its failures, steps, output and pictures.

mod case;

use std::fmt;
use std::io::{self, Write};

use crate::count::Counts;
use crate::model::{Case, Outcome};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// All outcomes in the order in which they are listed.
const ORDER: [Outcome; 5] =
    [Outcome::Errored, Outcome::Failed, Outcome::Other, Outcome::Skipped, Outcome::Passed];

/// Writes a whole page. `title`: what was tested, for example the name of the run.
///
/// # Errors
/// `out` cannot be written.
pub fn write_html(title: &str, cases: &[Case], out: &mut dyn Write) -> io::Result<()> {
    let title = Escaped(title);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\
         <style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    )?;
    write_totals(cases, out)?;
    out.write_all(b"<main>\n")?;
    for outcome in ORDER {
        for case in cases.iter().filter(|case| case.outcome == outcome) {
            case::write(case, out)?;
        }
    }
    write!(
        out,
        "</main>\n<p id=\"nothing\" hidden>No case has all of these words.</p><script>{SCRIPT}</script></body></html>\n"
    )
}

/// The numbers, each a switch for its cases, and the field to search in.
fn write_totals(cases: &[Case], out: &mut dyn Write) -> io::Result<()> {
    let mut counts = Counts::default();
    for case in cases {
        counts.add_case(case.outcome, case.flaky);
    }
    write!(
        out,
        "<form role=\"search\"><p>{} cases, {} flaky</p><fieldset><legend>Show</legend>",
        counts.cases, counts.flaky
    )?;
    let numbers = [counts.errored, counts.failed, counts.other, counts.skipped, counts.passed];
    for (outcome, count) in ORDER.into_iter().zip(numbers) {
        let word = outcome.as_str();
        write!(
            out,
            "<label class=\"{word}\"><input type=\"checkbox\" value=\"{word}\" checked> {count} {word}</label>"
        )?;
    }
    out.write_all(b"</fieldset><label>Search <input type=\"search\" id=\"search\"></label></form>\n")
}

/// A text inside an element or an attribute in double quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            out.write_str(&rest[..at])?;
            out.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        out.write_str(rest)
    }
}
