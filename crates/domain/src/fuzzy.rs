//! How well a text fits what a person typed into a search: exactly, by its beginnings, initials, letters in order, or
//! with one letter wrong.
//!
//! Both texts must be folded ([`crate::text::fold`]). The screens decide in the same way (`ui/src/lib/palette/fuzzy.ts`).

/// From the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    Exact,
    /// The text begins with the query.
    Start,
    /// Each word of the query begins a word of the text, in any order.
    WordStarts,
    Initials,
    Inside,
    /// One letter is wrong, missing, too many, or in the place of its neighbor.
    Typo,
    /// All letters, in order, the first of them at the beginning of a word.
    Letters,
}

/// Shorter queries with a typo would fit nearly everything.
const TYPO_FROM: usize = 4;

/// `None`: the text does not fit.
pub fn fit(query: &str, text: &str) -> Option<Fit> {
    if query.is_empty() {
        return None;
    }
    let at_once = match text.strip_prefix(query) {
        Some("") => Some(Fit::Exact),
        Some(_) => Some(Fit::Start),
        None => None,
    };
    at_once
        .or_else(|| begin_words(query, text).then_some(Fit::WordStarts))
        .or_else(|| are_initials(query, text).then_some(Fit::Initials))
        .or_else(|| text.contains(query).then_some(Fit::Inside))
        .or_else(|| has_one_typo(query, text).then_some(Fit::Typo))
        .or_else(|| are_letters(query, text).then_some(Fit::Letters))
}

/// The rests of the text from each of its words on.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let begins = |at: usize| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    let places = text.char_indices().filter(move |(at, c)| c.is_alphanumeric() && begins(*at));
    places.map(|(at, _)| &text[at..])
}

fn begin_words(query: &str, text: &str) -> bool {
    let asked: Vec<&str> = query.split_whitespace().collect();
    words(text).count() >= asked.len()
        && (words(text).any(|word| word.starts_with(query))
            || asked.iter().all(|part| words(text).any(|word| word.starts_with(part))))
}

fn are_initials(query: &str, text: &str) -> bool {
    let letters = || query.chars().filter(|c| !c.is_whitespace());
    letters().nth(1).is_some()
        && query.chars().next() == text.chars().next()
        && are_in_order(letters(), words(text).filter_map(|word| word.chars().next()))
}

fn are_letters(query: &str, text: &str) -> bool {
    let letters = || query.chars().filter(|c| !c.is_whitespace());
    let first = letters().next();
    words(text)
        .find(|word| word.chars().next() == first)
        .is_some_and(|word| are_in_order(letters(), word.chars()))
}

fn are_in_order(letters: impl Iterator<Item = char>, mut among: impl Iterator<Item = char>) -> bool {
    let mut letters = letters;
    letters.all(|letter| among.any(|other| other == letter))
}

fn has_one_typo(query: &str, text: &str) -> bool {
    let query: Vec<char> = query.chars().collect();
    query.len() >= TYPO_FROM
        && words(text).any(|word| {
            let word: Vec<char> = word.chars().take(query.len() + 1).collect();
            let lengths = query.len() - 1..=word.len();
            lengths.into_iter().any(|length| is_one_apart(&query, &word[..length]))
        })
}

/// Whether one change makes the texts equal: a letter replaced, added, removed, or swapped with its neighbor.
fn is_one_apart(left: &[char], right: &[char]) -> bool {
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[same..], &right[same..]);
    match (left, right) {
        ([a, b, left @ ..], [c, d, right @ ..]) if a == d && b == c && left == right => true,
        ([_, left @ ..], [_, right @ ..]) if left == right => true,
        ([_, rest @ ..], other) | (other, [_, rest @ ..]) if rest == other => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_fit_counts() {
        for (query, text, expected) in [
            ("ada lovelace", "ada lovelace", Some(Fit::Exact)),
            ("ada", "ada lovelace", Some(Fit::Start)),
            ("love", "ada lovelace", Some(Fit::WordStarts)),
            ("lovelace ada", "ada lovelace", Some(Fit::WordStarts)),
            ("a love", "ada lovelace", Some(Fit::WordStarts)),
            ("example", "ada@example.com", Some(Fit::WordStarts)),
            ("al", "ada lovelace", Some(Fit::Initials)),
            ("gh", "grace murray hopper", Some(Fit::Initials)),
            ("velace", "ada lovelace", Some(Fit::Inside)),
            ("lovlace", "ada lovelace", Some(Fit::Typo)),
            ("lovelqce", "ada lovelace", Some(Fit::Typo)),
            ("loveelace", "ada lovelace", Some(Fit::Typo)),
            ("lovealce", "ada lovelace", Some(Fit::Typo)),
            ("loev", "ada lovelace", Some(Fit::Typo)),
            ("ozlem", "özlem kaya", Some(Fit::Typo)),
            ("adlc", "ada lovelace", Some(Fit::Letters)),
            ("иван", "иван петров", Some(Fit::Start)),
            ("adx", "ada lovelace", None),
            ("dlc", "ada lovelace", None),
            ("lvoealce", "ada lovelace", None),
            ("", "ada lovelace", None),
            ("ada", "", None),
        ] {
            assert_eq!(fit(query, text), expected, "{query} in {text}");
        }
    }

    #[test]
    fn one_change_is_one_change() {
        let apart = |left: &str, right: &str| {
            let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
            is_one_apart(&left, &right)
        };
        for (left, right) in
            [("abcd", "abxd"), ("abcd", "acd"), ("abcd", "abbcd"), ("abcd", "acbd"), ("abcd", "abcde")]
        {
            assert!(apart(left, right) && apart(right, left), "{left} {right}");
        }
        for (left, right) in
            [("abcd", "abcd"), ("abcd", "axyd"), ("abcd", "ab"), ("abcd", "badc"), ("abcd", "abdcx")]
        {
            assert!(!apart(left, right) && !apart(right, left), "{left} {right}");
        }
    }
}
