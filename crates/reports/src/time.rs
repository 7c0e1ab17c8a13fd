//! Reads times and durations in the notations of test reports.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::model::Moment;

const LOCAL_FORMS: [&str; 5] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y%m%d %H:%M:%S%.f",
    "%d/%m/%Y %H:%M:%S",
    "%a %b %e %H:%M:%S %Y",
];

/// Reads RFC 3339, or one of the forms without a time zone that tools write. `None` for anything else.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(Moment::Utc(time.to_utc()));
    }
    if let Ok(time) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(Moment::Utc(time.to_utc()));
    }
    LOCAL_FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(Moment::Local)
}

/// The time from milliseconds since 1970; `None` if it is outside the range of dates.
pub(crate) fn from_millis(millis: i64) -> Option<Moment> {
    DateTime::<Utc>::from_timestamp_millis(millis).map(Moment::Utc)
}

/// Reads a duration in seconds: `1.5`, `1,234.5`, `1,5`, `2:03.5`, `00:01:02.5`, `1.5s`, `150ms`. A number without a
/// unit is in seconds. `None` for anything else, and for numbers that are not finite.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let (text, unit) = if let Some(number) = text.strip_suffix("ms") {
        (number, 0.001)
    } else {
        (text.strip_suffix(" sec").or_else(|| text.strip_suffix('s')).unwrap_or(text), 1.0)
    };
    let mut total = 0.0;
    for part in text.split(':') {
        total = total * 60.0 + number(part.trim())?;
    }
    Some(total * unit).filter(|total| total.is_finite())
}

/// A comma separates thousands if a point, another comma or exactly three digits follow. Otherwise it is the decimal
/// point.
fn number(text: &str) -> Option<f64> {
    if !text.contains(',') {
        return text.parse().ok();
    }
    let after = text.rsplit(',').next().unwrap_or_default();
    let thousands = text.contains('.') || text.matches(',').count() > 1 || after.len() == 3;
    if thousands { text.replace(',', "").parse().ok() } else { text.replace(',', ".").parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_in_every_notation() {
        for (text, expected) in [
            ("1.5", Some(1.5)),
            ("1,234.5", Some(1234.5)),
            ("1,234", Some(1234.0)),
            ("0,25", Some(0.25)),
            ("00:01:02.5", Some(62.5)),
            ("150ms", Some(0.15)),
            ("24.375s", Some(24.375)),
            (" 3 ", Some(3.0)),
            ("-1.0", Some(-1.0)),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_times_with_and_without_a_zone() {
        assert!(matches!(moment("2026-11-28T10:00:00Z"), Some(Moment::Utc(_))));
        assert!(matches!(moment("2026-11-28T10:00:00.123+0200"), Some(Moment::Utc(_))));
        assert!(matches!(moment("2026-11-28T10:00:00"), Some(Moment::Local(_))));
        assert!(matches!(moment("2026-11-28 10:00:00"), Some(Moment::Local(_))));
        assert_eq!(moment("yesterday"), None);
    }
}
