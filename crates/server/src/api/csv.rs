//! Exports as CSV that spreadsheets open as text: no cell starts a formula (CWE-1236), and a byte order mark says UTF-8.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::Error;

/// A file that is downloaded under a name.
pub struct Csv {
    name: &'static str,
    writer: csv::Writer<Vec<u8>>,
}

impl Csv {
    pub fn new(name: &'static str, head: &[&str]) -> Result<Self, Error> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(head).map_err(Error::internal)?;
        Ok(Self { name, writer })
    }

    pub fn row(&mut self, cells: &[&str]) -> Result<(), Error> {
        self.writer.write_record(cells.iter().map(|cell| text_only(cell))).map_err(Error::internal)
    }
}

/// A leading apostrophe makes spreadsheets take the cell as text.
fn text_only(cell: &str) -> String {
    match cell.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '|' | '%' | '＝' | '＋' | '－' | '＠') => {
            format!("'{cell}")
        }
        _ if cell.starts_with(['\t', '\r', '\n']) => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

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
        for cell in ["ada@example.com", "Ada", "", "2026-11-21T00:00:00Z", "a=b"] {
            assert_eq!(text_only(cell), cell);
        }
    }

    #[test]
    fn quotes_what_would_break_a_row() {
        let mut csv = Csv::new("a.csv", &["name"]).unwrap();
        csv.row(&["Lovelace, \"Ada\"\nKing"]).unwrap();
        let text = String::from_utf8(csv.writer.into_inner().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}name\r\n\"Lovelace, \"\"Ada\"\"\nKing\"\r\n");
    }
}
