//! A query as patterns for `LIKE`: narrow ones, and wide ones that also fit with one wrong letter.
//!
//! A text that a person typed must never act as a wildcard.

use testkeep_domain::text::fold;

use crate::query::Query;

/// Maximum number of candidates of one kind.
pub const CANDIDATES: i64 = 1000;
/// Sorts after every text, and fits none.
pub(super) const LAST: &str = "\u{10FFFF}";
/// Letters of a query beyond this number are compared as a whole only.
const FUZZY_MAX: usize = 32;

/// A query as patterns for `folded LIKE … ESCAPE '!'`.
#[derive(Clone, Debug)]
pub struct Patterns {
    pub(super) names: [String; 4],
    pub(super) others: String,
    pub(super) start: String,
}

fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

fn joined(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(between)
}

impl Patterns {
    /// Texts with the query in them, with words that it begins, or with its initials.
    pub fn close(query: &str) -> Self {
        let start = fold(query);
        let inside = format!("%{}%", escaped(&start));
        let words: Vec<String> = start.split(' ').map(escaped).collect();
        let letters = start.chars().filter(|c| !c.is_whitespace()).take(FUZZY_MAX);
        let initials = joined(letters.map(|c| escaped(&c.to_string())), "% ") + "%";
        let in_order = joined(words.iter().cloned(), "% ") + "%";
        let reversed = joined(words.iter().rev().cloned(), "% ") + "%";
        Self { names: [inside.clone(), initials, in_order, reversed], others: inside, start }
    }

    /// Texts with the query's letters in order, and texts that differ in one letter.
    ///
    /// A typo changes at most two letters that stand side by side, so at least two of the query's four quarters stay as
    /// they are: the first two, the last two, or the first and the last.
    pub fn loose(query: &str) -> Self {
        let start = fold(query);
        let letters: Vec<char> = start.chars().filter(|c| !c.is_whitespace()).take(FUZZY_MAX).collect();
        let in_order = letters.iter().map(|c| escaped(&c.to_string()));
        let in_order = format!("%{}%", joined(in_order, "%"));
        let all: Vec<char> = start.chars().collect();
        let text = |from: usize, to: usize| {
            escaped(&all[from * all.len() / 4..to * all.len() / 4].iter().collect::<String>())
        };
        let [first, last] = [format!("%{}%", text(0, 2)), format!("%{}%", text(2, 4))];
        let around = format!("%{}%{}%", text(0, 1), text(3, 4));
        let names = if all.len() < 4 { [LAST; 3].map(str::to_owned) } else { [first, last, around] };
        let [first, last, around] = names;
        Self { names: [in_order, first, last, around], others: LAST.into(), start }
    }

    /// The next four values, as `fits!` reads them.
    pub(super) fn bind_names(&self, query: Query) -> Query {
        self.names.iter().fold(query, |query, name| query.bind(name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_wildcards_literally() {
        let close = Patterns::close(" Ada_L% ");
        assert_eq!(close.names[0], "%ada!_l!%%");
        assert_eq!(close.start, "ada_l%");
        let loose = Patterns::loose("a%b");
        assert_eq!(loose.names, ["%a%!%%b%", LAST, LAST, LAST]);
    }

    #[test]
    fn patterns_of_words() {
        let close = Patterns::close("Ada Love");
        assert_eq!(close.names, ["%ada love%", "a% d% a% l% o% v% e%", "ada% love%", "love% ada%"]);
        let loose = Patterns::loose("lovelace");
        assert_eq!(loose.names, ["%l%o%v%e%l%a%c%e%", "%love%", "%lace%", "%lo%ce%"]);
    }
}
