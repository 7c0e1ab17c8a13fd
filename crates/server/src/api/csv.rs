//! Exports as CSV that spreadsheets open as text: no cell begins a formula (CWE-1236), and a byte order mark marks
//! UTF-8.
//!
//! Spreadsheets of most European languages expect semicolons between cells and a decimal comma; the request can choose
//! them. Telephone numbers are not changed: `+49 30 123456` computes nothing.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Separator {
    Comma,
    Semicolon,
    Tab,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CsvQuery {
    /// Separates cells; default: comma. With `semicolon`, numbers have a decimal comma.
    #[param(inline)]
    pub separator: Option<Separator>,
}

impl CsvQuery {
    /// Formats a number with two decimal places.
    pub(crate) fn number(self, number: f64) -> String {
        let text = format!("{number:.2}");
        if self.separator == Some(Separator::Semicolon) { text.replace('.', ",") } else { text }
    }
}

/// A file for download, with its name.
pub(crate) struct Csv {
    name: &'static str,
    writer: csv::Writer<Vec<u8>>,
}

impl Csv {
    pub(crate) fn new(name: &'static str, style: CsvQuery, head: &[&str]) -> Result<Self, Error> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(match style.separator {
                None | Some(Separator::Comma) => b',',
                Some(Separator::Semicolon) => b';',
                Some(Separator::Tab) => b'\t',
            })
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(head).map_err(Error::internal)?;
        Ok(Self { name, writer })
    }

    pub(crate) fn row(&mut self, cells: &[&str]) -> Result<(), Error> {
        self.writer.write_record(cells.iter().map(|cell| text_only(cell))).map_err(Error::internal)
    }
}

/// A leading apostrophe makes spreadsheets treat the cell as text.
fn text_only(cell: &str) -> String {
    if is_telephone_number(cell) {
        return cell.to_owned();
    }
    if !cell.starts_with(['\t', '\r', '\n']) && !begins_formula(cell) {
        // A spreadsheet of another locale splits the line at other characters, which then begin a cell.
        let mut text = String::with_capacity(cell.len());
        for (place, part) in cell.split_inclusive([';', ',', '\t']).enumerate() {
            if place > 0 && begins_formula(part) {
                text.push('\'');
            }
            text.push_str(part);
        }
        return text;
    }
    format!("'{cell}")
}

fn begins_formula(text: &str) -> bool {
    let first = text.trim_start().chars().next();
    first.is_some_and(|c| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '|' | '%' | '＝' | '＋' | '－' | '＠')
    })
}

/// Matches `+49 (0)30 / 123-456`: a plus sign, then only digits and the characters people write between them.
fn is_telephone_number(cell: &str) -> bool {
    let Some(rest) = cell.strip_prefix('+') else { return false };
    rest.bytes().filter(u8::is_ascii_digit).count() >= PHONE_DIGITS
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_digit() || " ()/.-".contains(c))
}

/// Minimum number of digits. A shorter text may be a sum.
const PHONE_DIGITS: usize = 6;

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        match self.writer.into_inner() {
            Ok(bytes) => {
                let disposition = format!("attachment; filename=\"{}\"", self.name);
                let headers = [
                    (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                    (header::CONTENT_DISPOSITION, disposition),
                ];
                (headers, bytes).into_response()
            }
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "|cmd", "＝1"] {
            assert!(text_only(cell).starts_with('\''), "{cell:?}");
        }
        for cell in ["ada@example.com", "Ada", "", "2026-11-21T00:00:00Z", "a=b", "Lovelace, Ada; King"] {
            assert_eq!(text_only(cell), cell);
        }
    }

    #[test]
    fn no_cell_starts_a_formula_where_another_locale_splits() {
        assert_eq!(text_only(";=1+1"), ";'=1+1");
        assert_eq!(text_only("Ada,@SUM(A1)\t -1"), "Ada,'@SUM(A1)\t' -1");
        assert_eq!(text_only("=1;=2"), "'=1;=2", "text as a whole");
    }

    #[test]
    fn telephone_numbers_stay_as_they_are() {
        for cell in ["+49 30 123456", "+493012345678", "+49 (0)30 / 123-456", "030 123456", "00491234567"] {
            assert_eq!(text_only(cell), cell);
        }
        for cell in
            ["+1+1", "+12345+678901", "+123456*2", "+1234567|cmd", "+A1234567", "+(123456)", "++4930123456"]
        {
            assert!(text_only(cell).starts_with('\''), "{cell:?}");
        }
    }

    #[test]
    fn knows_what_european_spreadsheets_expect() {
        let european = CsvQuery { separator: Some(Separator::Semicolon) };
        let mut csv = Csv::new("a.csv", european, &["name", "hours"]).unwrap();
        csv.row(&["Lovelace; Ada", &european.number(1.5)]).unwrap();
        let text = String::from_utf8(csv.writer.into_inner().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}name;hours\r\n\"Lovelace; Ada\";1,50\r\n");
        assert_eq!(CsvQuery::default().number(1.5), "1.50");
    }

    #[test]
    fn quotes_what_would_break_a_row() {
        let mut csv = Csv::new("a.csv", CsvQuery::default(), &["name"]).unwrap();
        csv.row(&["Lovelace, \"Ada\"\nKing"]).unwrap();
        let text = String::from_utf8(csv.writer.into_inner().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}name\r\n\"Lovelace, \"\"Ada\"\"\nKing\"\r\n");
    }
}
