//! Reads times and durations in the notations of test reports.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

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
    if let Some(moment) = usual(text) {
        return Some(moment);
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(Moment::Utc(time.to_utc()));
    }
    if let Ok(time) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(Moment::Utc(time.to_utc()));
    }
    LOCAL_FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(Moment::Local)
}

/// The form of nearly all reports, `2026-11-28T10:00:00.123+02:00`, with or without fraction and zone. The general
/// parser takes ten times as long, and a report has several times for each case.
fn usual(text: &str) -> Option<Moment> {
    let byte = |at: usize| text.as_bytes().get(at).copied().unwrap_or_default();
    let number = |from: usize, to: usize| digits(text.get(from..to)?);
    let has_form = [byte(4), byte(7), byte(13), byte(16)] == *b"--::" && matches!(byte(10), b'T' | b' ');
    if !has_form {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
    let (fraction, zone) = fraction(text.get(19..)?)?;
    let time = date.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, fraction)?;
    match zone {
        "" => Some(Moment::Local(time)),
        "Z" => Some(Moment::Utc(time.and_utc())),
        zone => Some(Moment::Utc(time.checked_sub_signed(offset(zone)?)?.and_utc())),
    }
}

/// `.123+02:00` gives the nanoseconds and the rest.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let kept = digits(&rest[..end.min(9)])?;
    let scale = 10_u32.pow(9 - u32::try_from(end.min(9)).ok()?);
    Some((kept * scale, &rest[end..]))
}

/// `+02:00` or `+0200`.
fn offset(zone: &str) -> Option<TimeDelta> {
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = digits(minutes.strip_prefix(':').unwrap_or(minutes))? + 60 * digits(hours)?;
    let minutes = i64::from(minutes);
    match sign {
        "+" => Some(TimeDelta::minutes(minutes)),
        "-" => Some(TimeDelta::minutes(-minutes)),
        _ => None,
    }
}

/// A number of at most nine digits, without a sign.
fn digits(text: &str) -> Option<u32> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// The time from milliseconds since 1970; `None` if it is outside the range of dates.
pub(crate) fn from_millis(millis: i64) -> Option<Moment> {
    DateTime::<Utc>::from_timestamp_millis(millis).map(Moment::Utc)
}

/// Seconds from one time to a later one; `None` if one is missing, or only one has a time zone.
pub(crate) fn between(start: Option<Moment>, end: Option<Moment>) -> Option<f64> {
    let took = match (start?, end?) {
        (Moment::Utc(start), Moment::Utc(end)) => end - start,
        (Moment::Local(start), Moment::Local(end)) => end - start,
        _ => return None,
    };
    took.to_std().ok().map(|took| took.as_secs_f64())
}

/// Reads a duration in seconds: `1.5`, `1,234.5`, `1,5`, `1e-05`, `2:03.5`, `00:01:02.5`, `1.5s`, `150ms`, `1m 2s`,
/// `PT1M2.5S`. A number without a unit is in seconds. `None` for anything else, and for numbers that are not finite.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let total = if text.contains(':') {
        text.split(':').try_fold(0.0, |total, part| Some(total * 60.0 + number(part.trim())?))
    } else if let Some(iso) = text.strip_prefix("PT") {
        with_units(&iso.to_ascii_lowercase())
    } else {
        number(text).or_else(|| with_units(text))
    };
    total.filter(|total| total.is_finite())
}

/// Numbers with units, from the largest unit to the smallest.
fn with_units(text: &str) -> Option<f64> {
    let (mut rest, mut total) = (text.trim_start(), None);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '-' | '+'))?;
        let (value, after) = rest.split_at(digits);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        total = Some(total.unwrap_or_default() + number(value)? * seconds_of(unit)?);
        rest = next.trim_start();
    }
    total
}

fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "d" | "day" | "days" => 86_400.0,
        "h" | "hr" | "hour" | "hours" => 3_600.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "ms" | "msec" | "millis" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
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
            ("150ms", Some(150.0 * 0.001)),
            ("24.375s", Some(24.375)),
            ("1e-05", Some(0.00001)),
            ("1m 2s", Some(62.0)),
            ("1h2m3.5s", Some(3723.5)),
            ("PT1M2.5S", Some(62.5)),
            ("250 µs", Some(0.00025)),
            ("2 parsecs", None),
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
        assert_eq!(moment("2026-11-28T10:00:00+2"), None);
    }

    #[test]
    fn the_short_way_gives_what_the_parser_gives() {
        for text in [
            "2026-11-28T10:00:00Z",
            "2026-11-28 10:00:00.5Z",
            "2026-02-28T23:59:59.123456789+02:00",
            "2026-11-28T10:00:00.1234567891-11:30",
            "1999-12-31T00:00:00-00:00",
        ] {
            let parsed = DateTime::parse_from_rfc3339(text).unwrap().to_utc();
            assert_eq!(usual(text), Some(Moment::Utc(parsed)), "{text}");
        }
        let local = NaiveDateTime::parse_from_str("2026-11-28T10:00:00.25", LOCAL_FORMS[0]).unwrap();
        assert_eq!(usual("2026-11-28 10:00:00.250"), Some(Moment::Local(local)));
        for text in
            ["2026-02-30T10:00:00Z", "2026-11-28T10:00", "2026-11-28T10:00:00.Z", "20x6-11-28T10:00:00"]
        {
            assert_eq!(usual(text), None, "{text}");
        }
    }
}
