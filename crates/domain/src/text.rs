//! Folds texts so that people's comparison and the program's agree: case, width, ligatures and invisible characters
//! make no difference.
//!
//! It is done here because databases and their locales differ in it. The rules are the same for all languages: a dotted
//! and a dotless i are equal, as people without a Turkish keyboard expect. Must never decide whether two email
//! addresses reach the same person: that is [`crate::account::EmailAddress`].

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

/// The form of a text for comparing, searching and sorting. `ÖKO` and `öko`, `Straße` and `STRASSE`, `İzmir` and
/// `izmir`, `ﬁle` and `file` become equal. White space becomes one blank, and is removed at both ends. Folding a folded
/// text changes nothing.
pub fn fold(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut folded = words.join(" ");
    loop {
        let next = fold_once(&folded);
        if next == folded {
            return folded;
        }
        folded = next;
    }
}

fn fold_once(text: &str) -> String {
    let composed = compatible(&without_invisible(text));
    let folded = CaseMapper::new().fold_string(&composed).replace("i\u{307}", "i").replace('ı', "i");
    compatible(&folded).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Unicode's NFKC: one spelling of accents, no full-width letters, no ligatures.
pub fn compatible(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text).into_owned()
}

/// Removes invisible characters: zero-width characters, soft hyphens, marks of writing direction, byte order marks.
pub fn without_invisible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

/// Whether the character is one of Unicode's *Default Ignorable Code Points*.
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The problem of a name or another single line that contains an invisible character; `None`: it contains none. An
/// invisible character makes one name look like another, or reverses the text around it.
///
/// A joiner between two letters beyond ASCII is accepted: Persian, Indic scripts and pictures need it.
pub fn hidden_problem(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let beside =
        |place: Option<usize>| place.and_then(|place| chars.get(place)).is_some_and(|c| !c.is_ascii());
    let found = chars.iter().enumerate().find(|(at, c)| match **c {
        '\u{fe00}'..='\u{fe0f}' => false,
        '\u{200c}' | '\u{200d}' => !(beside(at.checked_sub(1)) && beside(at.checked_add(1))),
        c => c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}'),
    });
    found.map(|(_, c)| {
        format!(
            "There is a character in it that nobody sees: U+{:04X}, {}. Type the text instead of pasting it, or remove this \
             character.",
            u32::from(*c),
            kind_of_hidden(*c)
        )
    })
}

fn kind_of_hidden(c: char) -> &'static str {
    match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            "which turns the direction of writing"
        }
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => "an end of a line",
        c if c.is_control() => "a control character",
        _ => "which has no width",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_people_take_for_the_same() {
        for (left, right) in [
            ("ÖKO", "öko"),
            ("O\u{308}ko", "öko"),
            ("Özlem", "özlem"),
            ("Иван", "ИВАН"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("İzmir", "izmir"),
            ("ISPARTA", "ısparta"),
            ("ﬁle", "FILE"),
            ("Ｔｅｓｔ", "test"),
            ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
            ("zero\u{200b}width", "zerowidth"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("  two \u{a0}\t words ", "two words"),
            ("Ⅷ", "viii"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} {right}");
        }
        assert_ne!(fold("Özlem"), fold("Ozlem"), "accents tell words apart");
        assert_eq!(fold(""), "");
    }

    #[test]
    fn what_nobody_sees_is_named() {
        for (text, words) in [
            ("Ada\u{202e}ecalevoL", "U+202E, which turns the direction"),
            ("\u{2066}Ada", "U+2066, which turns the direction"),
            ("Ada\u{200b}", "U+200B, which has no width"),
            ("A\u{ad}da", "U+00AD, which has no width"),
            ("A\u{200d}da", "U+200D, which has no width"),
            ("\u{feff}Ada", "U+FEFF"),
            ("Ada\u{3164}", "U+3164"),
            ("A\u{7}da", "U+0007, a control character"),
            ("A\nda", "U+000A, an end of a line"),
            ("A\u{2028}da", "U+2028, an end of a line"),
            ("A\u{e0041}da", "U+E0041"),
        ] {
            let said = hidden_problem(text).unwrap();
            assert!(said.contains(words) && said.contains("remove this"), "{text:?}: {said}");
        }
        for fine in [
            "Ada Lovelace",
            "O’Brien",
            "می\u{200c}خواهم",
            "श्री\u{200d}मान",
            "👩\u{200d}❤\u{fe0f}\u{200d}👨",
            "\u{5d0}\u{5d1}",
            "",
        ] {
            assert_eq!(hidden_problem(fine), None, "{fine:?}");
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        // Scripts with case, compatibility forms and marks. Other characters are ideographs, which folding does not
        // change.
        let ranges = [0..=0x30ff, 0xa640..=0xabff, 0xf900..=0xffff, 0x1_0400..=0x1_05ff, 0x1_d400..=0x1_d7ff];
        for character in ranges.into_iter().flatten().filter_map(char::from_u32) {
            let text = format!("i{character}\u{307}");
            let once = fold(&text);
            assert_eq!(fold(&once), once, "{text:?}");
        }
    }
}
