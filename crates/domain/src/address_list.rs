//! Splits a text into email addresses. People paste such texts from mail programs
//! (`Ada Lovelace <ada@example.com>; …`), spreadsheets, links, or lists with one address a line.
//!
//! Must never drop text that may be meant as an address: text that is not an address is returned unchanged, so that a
//! message can name it.

/// The addresses of a text, each with the text around it (`<…>`, quotes, `mailto:`), and all text that is not an
/// address.
///
/// Separators are comma, semicolon and white space. The name before `<…>` is left out, and so are cells (separated by
/// tabs) beside an address in the same row of a spreadsheet.
pub fn split_addresses(text: &str) -> Vec<&str> {
    text.split(['\n', '\r', '\u{2028}', '\u{2029}']).flat_map(of_row).collect()
}

fn of_row(row: &str) -> Vec<&str> {
    let is_table = row.contains('\t') && row.contains('@');
    // A cell beside an address is probably a name, but not if it contains a list.
    let is_name = |cell: &str| !cell.contains(['@', ',', ';']);
    row.split('\t').filter(|cell| !is_table || !is_name(cell)).flat_map(of_cell).collect()
}

fn of_cell(cell: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    for piece in pieces(cell) {
        if piece.contains('<') {
            // “Lovelace, Ada <ada@example.com>” without quotes: the pieces before belong to the name.
            names.clear();
            found.extend(addresses_before(piece));
            found.push(piece);
        } else if piece.contains('@') {
            found.append(&mut names);
            found.extend(piece.split_whitespace());
        } else {
            names.push(piece);
        }
    }
    found.append(&mut names);
    found.retain(|text| !text.trim_matches(['"', '\'']).trim().is_empty());
    found
}

/// Addresses before a name, as in “bob@x.de Ada <ada@x.de>”. Mail programs may also repeat the address as the name.
fn addresses_before(piece: &str) -> impl Iterator<Item = &str> {
    let (name, address) = piece.split_once('<').unwrap_or((piece, ""));
    let name = if name.contains('"') { "" } else { name };
    let is_address = move |word: &&str| {
        let bare = word.trim_matches(['\'', '(', ')', '[', ']']);
        bare.contains('@') && bare.len() > 1 && !address.contains(bare)
    };
    name.split_whitespace().filter(is_address)
}

/// Cuts at commas and semicolons outside of quotes, and after each `>`.
fn pieces(cell: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut bracketed) = (0, false, false);
    // A quotation mark without a closing one is ignored.
    let closes = |from: usize| cell[from + 1..].contains('"');
    for (at, character) in cell.char_indices() {
        match character {
            '"' if quoted || closes(at) => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted && bracketed => {
                bracketed = false;
                pieces.push(&cell[start..=at]);
                start = at + 1;
            }
            ',' | ';' | '，' | '；' | '、' if !quoted => {
                bracketed = false;
                pieces.push(&cell[start..at]);
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&cell[start..]);
    pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::EmailAddress;

    fn addresses(text: &str) -> Vec<String> {
        let read = |text: &str| EmailAddress::parse(text).map_or_else(|_| format!("!{text}"), Into::into);
        split_addresses(text).into_iter().map(read).collect()
    }

    /// No text that may be meant as an address is lost.
    #[test]
    fn what_looks_like_a_table_and_is_none_is_handed_back() {
        for (text, expected) in [
            ("nobody\tnothing", "!nobody !nothing"),
            ("ada@x.de\tbob@x.de", "ada@x.de bob@x.de"),
            ("Ada\tada@x.de\tone, two", "ada@x.de !one !two"),
            ("a\u{2028}b\u{2029}c", "!a !b !c"),
        ] {
            assert_eq!(addresses(text).join(" "), expected, "{text:?}");
        }
    }

    /// A comma inside quotes or brackets does not separate, but only if they are closed.
    #[test]
    fn cuts_where_something_ends() {
        for (text, expected) in [
            ("\"A, B\" <a@x.de>, \"C; D\" <c@x.de>", ["\"A, B\" <a@x.de>", "\"C; D\" <c@x.de>"]),
            ("\"A > B\" <a@x.de> b@x.de", ["\"A > B\" <a@x.de>", "b@x.de"]),
            ("\"A < B\" a@x.de, b@x.de", ["\"A < B\" a@x.de", "b@x.de"]),
            ("a@x.de, \"b@x.de", ["a@x.de", "\"b@x.de"]),
            ("a>b@x.de, c@x.de", ["a>b@x.de", "c@x.de"]),
            ("<a@x.de，b>c@x.de", ["<a@x.de", "b>c@x.de"]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn understands_what_people_paste() {
        for (text, expected) in [
            ("a@x.de, b@x.de;c@x.de d@x.de\ne@x.de", "a@x.de b@x.de c@x.de d@x.de e@x.de"),
            ("Ada Lovelace <ada@x.de>; Duck, Donald <d@x.de>", "ada@x.de d@x.de"),
            ("\"Lovelace, Ada\" <ada@x.de>, bob@x.de", "ada@x.de bob@x.de"),
            ("Ada <ada@x.de> Bob <bob@x.de>", "ada@x.de bob@x.de"),
            ("bob@x.de carol@x.de Ada <ada@x.de>", "bob@x.de carol@x.de ada@x.de"),
            ("ada@x.de <ada@x.de>, 'bob@x.de' <bob@x.de>", "ada@x.de bob@x.de"),
            ("Ada @ Work <ada@x.de>", "ada@x.de"),
            ("mailto:ada@x.de?subject=Hi, <mailto:Bob@X.de>", "ada@x.de bob@x.de"),
            ("Ada\tLovelace\tada@x.de\r\nBob\tBuilder\tbob@x.de\r\n", "ada@x.de bob@x.de"),
            ("SMTP:ada@x.de\nsmtp:bob@x.de;SMTP:Cy@x.de", "ada@x.de bob@x.de cy@x.de"),
            ("Ada\tSMTP:ada@x.de\r\nBob\tsmtp:bob@x.de", "ada@x.de bob@x.de"),
            ("\"ada@x.de\"\n\"bob@x.de\"", "ada@x.de bob@x.de"),
            ("'ada@x.de'; “bob@x.de”", "ada@x.de bob@x.de"),
            ("ada@x.de\u{200b};\u{a0}bob@x.de\u{ad}", "ada@x.de bob@x.de"),
            ("ada@x.de, nonsense, bob", "ada@x.de !nonsense !bob"),
            ("ada at x", "!ada at x"),
            ("nobody;\tbob@x.de", "!nobody bob@x.de"),
            ("O'Brien <o'brien@x.de>", "o'brien@x.de"),
            ("\"unclosed <ada@x.de>", "ada@x.de"),
            ("<ada@x.de", "!<ada@x.de"),
            (" ;, \n\t ", ""),
        ] {
            assert_eq!(addresses(text).join(" "), expected, "{text:?}");
        }
    }
}
