//! A person's preferences for the screens: language and time zone. Empty: the browser's setting is used.

use chrono_tz::Tz;

/// The languages of the screens, as language tags: the locales of `ui/project.inlang/settings.json`.
pub const LANGUAGES: [&str; 1] = ["en"];

/// Why a language is refused; `None`: it is accepted.
pub fn language_problem(language: &str) -> Option<String> {
    if language.is_empty() || LANGUAGES.contains(&language) {
        return None;
    }
    Some(format!("The screens do not speak this language. Choose one of: {}.", LANGUAGES.join(", ")))
}

/// Why a time zone is refused; `None`: it is accepted. Accepts the names of the IANA database, including old ones.
pub fn time_zone_problem(time_zone: &str) -> Option<&'static str> {
    if time_zone.is_empty() || time_zone.parse::<Tz>().is_ok() {
        return None;
    }
    Some("This is no time zone. Choose one by its IANA name, such as Europe/Berlin.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_time_zones_by_their_names() {
        let names =
            ["", "UTC", "Etc/GMT+5", "Asia/Ho_Chi_Minh", "Asia/Saigon", "America/Argentina/Buenos_Aires"];
        for name in names {
            assert_eq!(time_zone_problem(name), None, "{name}");
        }
        for name in
            [" ", "europe/berlin", "Europe/Berlin ", "Europe", "+02:00", "../etc/localtime", "Mars/Phobos"]
        {
            assert!(time_zone_problem(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_languages_are_those_of_the_screens() {
        let settings = include_str!("../../../ui/project.inlang/settings.json");
        let settings: serde_json::Value = serde_json::from_str(settings).unwrap();
        assert_eq!(settings["locales"], serde_json::json!(LANGUAGES));
        assert_eq!(language_problem("en"), None);
        assert_eq!(language_problem(""), None, "the browser's");
        for language in ["EN", "en-US", "xx", " "] {
            assert!(language_problem(language).is_some(), "{language}");
        }
    }
}
