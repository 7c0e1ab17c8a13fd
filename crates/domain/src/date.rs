//! Reads days and times from outside: queries, request bodies, license files, program arguments.
//!
//! chrono reads years from -262143 to 262142. Databases cannot sort years with more than four digits, and adding a day
//! to the last date overflows. So every date from outside must be read here. Only the years 1970 to 2999 are accepted,
//! so computing with a date is safe.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The years that are accepted.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2999;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("“{0}” is not a day. Write it as 2030-01-31.")]
    NotADay(String),
    #[error("“{0}” is not a time. Write it as 2030-01-31T23:59:59Z.")]
    NotATime(String),
    #[error("“{0}” is too far away. Choose a date between 1970 and 2999.")]
    TooFar(String),
}

/// A day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Day(NaiveDate);

/// A moment, UTC, to the millisecond. A leap second is read as the second after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Moment(DateTime<Utc>);

impl Day {
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// The first moment of the day.
    pub fn begin(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// The last day of something that is over at `end`, for example of a license: a calendar date, the same for people in
    /// every time zone.
    pub fn last_before(end: DateTime<Utc>) -> Self {
        Self((end - TimeDelta::milliseconds(1)).date_naive())
    }

    /// Days from this day until `later` as people count them: 1 is tomorrow.
    pub fn days_until(self, later: Self) -> i64 {
        (later.0 - self.0).num_days()
    }

    /// “December 31, 2027”
    pub fn in_words(self) -> String {
        self.0.format("%B %-d, %Y").to_string()
    }

    /// The first moment of the day after it.
    pub fn end(self) -> DateTime<Utc> {
        // Cannot overflow: the accepted years end far before the last date of chrono.
        self.begin() + TimeDelta::days(1)
    }
}

impl From<DateTime<Utc>> for Day {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.date_naive())
    }
}

impl FromStr for Day {
    type Err = DateError;

    /// Reads `2030-01-31`.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let day: NaiveDate = text.trim().parse().map_err(|_| DateError::NotADay(short(text)))?;
        if YEARS.contains(&day.year()) { Ok(Self(day)) } else { Err(DateError::TooFar(short(text))) }
    }
}

impl Moment {
    pub fn time(self) -> DateTime<Utc> {
        self.0
    }
}

impl FromStr for Moment {
    type Err = DateError;

    /// Reads RFC 3339, with any offset.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let time = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| DateError::NotATime(short(text)))?;
        // The conversion from milliseconds turns a leap second into the second after it.
        let time = DateTime::from_timestamp_millis(time.timestamp_millis());
        let time = time.filter(|time| YEARS.contains(&time.year()));
        time.map(Self).ok_or_else(|| DateError::TooFar(short(text)))
    }
}

fn short(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(40).collect()
}

macro_rules! from_string {
    ($($type:ty),*) => {
        $(impl TryFrom<String> for $type {
            type Error = DateError;

            fn try_from(text: String) -> Result<Self, DateError> {
                text.parse()
            }
        })*
    };
}

from_string!(Day, Moment);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
#[path = "date_tests.rs"]
mod laws;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_days_that_can_be_computed_with() {
        for (text, is_day) in [
            ("2030-01-31", true),
            (" 1970-01-01 ", true),
            ("2999-12-31", true),
            ("1969-12-31", false),
            ("3000-01-01", false),
            ("0000-01-01", false),
            ("-4713-11-24", false),
            ("+262142-12-31", false),
            ("2026-02-30", false),
            ("", false),
            ("tomorrow", false),
        ] {
            let read = text.parse::<Day>();
            assert_eq!(read.is_ok(), is_day, "{text}: {read:?}");
            if let Ok(day) = read {
                assert_eq!(day.end() - day.begin(), TimeDelta::days(1));
                assert_eq!(day.end().to_rfc3339().len(), "2030-01-31T00:00:00+00:00".len());
            }
        }
    }

    #[test]
    fn takes_times_that_sort_as_text() {
        for (text, expected) in [
            ("2030-01-31T23:59:59Z", Some("2030-01-31T23:59:59+00:00")),
            ("2030-01-31T23:59:59.1239+14:00", Some("2030-01-31T09:59:59.123+00:00")),
            ("2016-12-31T23:59:60Z", Some("2017-01-01T00:00:00+00:00")),
            ("2999-12-31T23:59:59-00:01", None),
            ("9999-12-31T23:59:59+14:00", None),
            ("0000-01-01T00:00:00Z", None),
            ("-4713-11-24T00:00:00Z", None),
            ("+262142-12-31T23:59:59Z", None),
            ("2030-01-31", None),
            ("2030-01-31T25:00:00Z", None),
        ] {
            let read = text.parse::<Moment>().ok().map(|moment| moment.time().to_rfc3339());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_last_day_is_a_calendar_date() {
        for (end, last) in [
            ("2027-12-31T23:59:59Z", "2027-12-31"),
            ("2028-01-01T00:00:00Z", "2027-12-31"),
            ("2028-01-01T00:00:00.001Z", "2028-01-01"),
            ("2027-12-31T12:00:00-11:00", "2027-12-31"),
            ("2027-12-31T12:00:00+14:00", "2027-12-30"),
        ] {
            let end = DateTime::parse_from_rfc3339(end).unwrap().to_utc();
            assert_eq!(Day::last_before(end).to_string(), last, "{end}");
        }
        let [today, last] = ["2026-11-27", "2026-12-04"].map(|day| day.parse::<Day>().unwrap());
        assert_eq!((today.days_until(last), last.days_until(today), last.days_until(last)), (7, -7, 0));
        assert_eq!(last.in_words(), "December 4, 2026");
    }

    #[test]
    fn a_refusal_says_what_to_write() {
        assert_eq!(
            "x\n".parse::<Day>().unwrap_err().to_string(),
            "“x” is not a day. Write it as 2030-01-31."
        );
        let far = "+262142-12-31".parse::<Day>().unwrap_err().to_string();
        assert!(far.contains("between 1970 and 2999"), "{far}");
    }
}
