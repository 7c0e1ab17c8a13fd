//! Several e-mail addresses in one text, however people bring them along: lists of mail programs
//! (`Ada Lovelace <ada@example.com>; …`), columns of a spreadsheet, links, one a line.
//!
//! Must never drop what may have been meant as an address: what is none is handed back as it is, to be named.

/// The addresses of a text, each with what stands around it (`<…>`, quotes, `mailto:`), and what is none.
///
/// Separated by comma, semicolon or white space. Not taken for addresses: the name before `<…>`, and cells beside an
/// address in the same row of a spreadsheet (separated by tabs).
pub fn split_addresses(text: &str) -> Vec<&str> {
    text.split(['\n', '\r', '\u{2028}', '\u{2029}']).flat_map(of_row).collect()
}

fn of_row(row: &str) -> Vec<&str> {
    let is_table = row.contains('\t') && row.contains('@');
    // A cell beside an address holds a name; a list of several things does not.
    let is_name = |cell: &str| !cell.contains(['@', ',', ';']);
    row.split('\t').filter(|cell| !is_table || !is_name(cell)).flat_map(of_cell).collect()
}

fn of_cell(cell: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    for piece in pieces(cell) {
        if piece.contains('<') {
            // “Lovelace, Ada <ada@example.com>” without quotes: what came before is the rest of the name.
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

/// “bob@x.de Ada <ada@x.de>”: addresses that stand before a name. Mail programs repeat the address itself as the name.
fn addresses_before(piece: &str) -> impl Iterator<Item = &str> {
    let (name, address) = piece.split_once('<').unwrap_or((piece, ""));
    let name = if name.contains('"') { "" } else { name };
    let is_address = move |word: &&str| {
        let bare = word.trim_matches(['\'', '(', ')', '[', ']']);
        bare.contains('@') && bare.len() > 1 && !address.contains(bare)
    };
    name.split_whitespace().filter(is_address)
}

/// Cut at commas and semicolons outside of quotes, and behind each `>`.
fn pieces(cell: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut bracketed) = (0, false, false);
    // A quote that is never closed quotes nothing.
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

    /// Nothing that may have been meant as an address is lost.
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

    /// Quotes and brackets keep commas together where they are closed, and nowhere else.
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
