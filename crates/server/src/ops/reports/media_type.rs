//! Media types of uploaded files, by the ending of their name.
//!
//! A client's own word is not used, because browsers act on the type. What a browser could run is `text/plain` or
//! `application/octet-stream` here.

/// Types that a page may show in place. None of them can run a script.
const SHOWN: [(&str, &str); 24] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("bmp", "image/bmp"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("avi", "video/x-msvideo"),
    ("mov", "video/quicktime"),
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("out", "text/plain"),
    ("csv", "text/plain"),
    ("xml", "text/plain"),
    ("json", "text/plain"),
    ("jsonl", "text/plain"),
    ("har", "text/plain"),
    ("yaml", "text/plain"),
    ("yml", "text/plain"),
    ("properties", "text/plain"),
    ("md", "text/plain"),
    ("html", "text/plain"),
    ("svg", "text/plain"),
];

/// Never empty.
pub(crate) fn of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let found = SHOWN.iter().find(|(known, _)| *known == ending);
    found.map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// Whether a page may show a file of this type in place.
pub(crate) fn is_shown(media_type: &str) -> bool {
    SHOWN.iter().any(|(_, shown)| *shown == media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs_in_a_browser() {
        assert_eq!(of("a/Shot.PNG"), "image/png");
        for name in ["a.html", "a.svg", "a.xml"] {
            assert_eq!(of(name), "text/plain", "{name}");
        }
        for name in ["a.pdf", "a.xhtml", "html", "", "a.js", "a.swf"] {
            assert_eq!(of(name), "application/octet-stream", "{name}");
        }
        assert!(is_shown("image/png") && !is_shown("text/html") && !is_shown("application/octet-stream"));
    }
}
