//! The name of an installation's service, which is the name of its account too: made from its folder's name.
//!
//! The same on every system. Must never contain a character that has a meaning for a shell or a service manager.

use std::path::Path;

const PRODUCT: &str = "testkeep";
/// Longer names are refused by tools that make accounts.
const LONGEST: usize = 31;

/// `testkeep` for `/opt/testkeep`, `testkeep-qa` for `/srv/qa` and for `/opt/testkeep-qa`. Small letters, digits and
/// single hyphens.
pub(super) fn of(destination: &Path) -> String {
    let folder = destination.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { ' ' };
    let words: String = folder.chars().map(plain).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    let name = match words.join("-") {
        name if name.is_empty() => PRODUCT.to_owned(),
        name if name == PRODUCT || name.starts_with("testkeep-") => name,
        name => format!("{PRODUCT}-{name}"),
    };
    name.chars().take(LONGEST).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_names_that_accounts_may_have() {
        for (folder, name) in [
            ("/opt/testkeep", "testkeep"),
            ("/opt/Testkeep", "testkeep"),
            ("/srv/qa", "testkeep-qa"),
            ("/opt/testkeep-qa", "testkeep-qa"),
            ("/opt/two words/Prüfstand 測試", "testkeep-pr-fstand"),
            ("/opt/測試", "testkeep"),
            ("/", "testkeep"),
            ("/opt/a-very-long-name-of-a-folder-for-tests", "testkeep-a-very-long-name-of-a"),
        ] {
            assert_eq!(of(Path::new(folder)), name);
        }
    }
}
