//! Whether a property is a secret, by the words of its name.

/// Parts of a word that make a secret wherever they are.
const PARTS: [&str; 7] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "authorization"];
/// Whole words that make a secret.
const WORDS: [&str; 5] = ["pwd", "pass", "key", "keys", "auth"];
/// Words that end in `key` and are none.
const ANIMALS: [&str; 6] = ["monkey", "donkey", "turkey", "hockey", "jockey", "whiskey"];

/// `value`: keys of tickets, such as `SHOP-42`, are no secrets.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    if !is_suspect(name) {
        return false;
    }
    let mut is_key = false;
    for word in words(name) {
        let word = word.to_ascii_lowercase();
        if PARTS.iter().any(|part| word.contains(part)) || matches!(&*word, "pwd" | "pass" | "auth") {
            return true;
        }
        is_key |= WORDS.contains(&&*word) || word.ends_with("key") && !ANIMALS.contains(&&*word);
    }
    is_key && !is_ticket(value)
}

/// Whether a name has a part of such a word. Most names have none, and nothing is allocated for them.
fn is_suspect(name: &str) -> bool {
    let has = |part: &[u8]| name.as_bytes().windows(part.len()).any(|some| some.eq_ignore_ascii_case(part));
    [&b"key"[..], b"pass", b"pwd", b"token", b"secret", b"auth", b"cred"].into_iter().any(has)
}

/// Values that hide nothing.
pub(super) fn is_trivial(value: &str) -> bool {
    matches!(value.trim(), "" | "true" | "false" | "null" | "none" | "None" | "\"\"" | "{}" | "[]")
}

/// The parts of `api_key`, `apiKey`, `api.key`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(|part| {
        let bytes = part.as_bytes();
        let is_start = |at: usize| bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
        let mut starts: Vec<usize> = (1..bytes.len()).filter(|at| is_start(*at)).collect();
        starts.insert(0, 0);
        let ends: Vec<usize> = starts.iter().skip(1).copied().chain([part.len()]).collect();
        starts.into_iter().zip(ends).map(|(start, end)| &part[start..end])
    })
}

fn is_ticket(value: &str) -> bool {
    let Some((project, number)) = value.trim().rsplit_once('-') else { return false };
    let is_project = project.len() <= 20
        && project.starts_with(|c: char| c.is_ascii_uppercase())
        && project.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_project && (1..=7).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}
