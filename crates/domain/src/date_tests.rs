//! Days and moments: laws for all dates that can be read.

use proptest::prelude::*;

use super::*;

fn days() -> impl Strategy<Value = NaiveDate> {
    (0_u64..376_000).prop_map(|days| NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Days::new(days))
}

proptest! {
    #[test]
    fn a_day_is_read_as_it_is_written(date in days(), millis in 0_i64..86_400_000) {
        let day: Day = date.to_string().parse().unwrap();
        prop_assert_eq!((day.date(), day.to_string()), (date, date.to_string()));
        prop_assert_eq!(serde_json::from_value::<Day>(serde_json::json!(date.to_string())).unwrap(), day);
        // Every moment from the day's begin until before its end belongs to this day.
        let moment = day.begin() + TimeDelta::milliseconds(millis);
        prop_assert_eq!(Day::from(moment), day);
        prop_assert!(moment < day.end());
        prop_assert_ne!(Day::from(day.end()), day);
        prop_assert_ne!(Day::from(day.begin() - TimeDelta::milliseconds(1)), day);
    }

    #[test]
    fn a_moment_is_the_same_with_any_offset(date in days(), millis in 0_i64..86_400_000, minutes in -1439_i32..1440) {
        let time = date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::milliseconds(millis);
        let offset = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
        let text = time.with_timezone(&offset).to_rfc3339();
        // With this offset the year has five digits or is before the year 0. Such a text cannot be read.
        let read = text.parse::<Moment>().map(Moment::time);
        prop_assert_eq!(read, Ok(time), "{}", text);
        prop_assert_eq!(serde_json::from_value::<Moment>(serde_json::json!(text)).unwrap().time(), time);
    }
}

#[test]
fn the_years_have_bounds() {
    let far = |text: &str| matches!(text.parse::<Moment>(), Err(DateError::TooFar(_)));
    assert!("1970-01-01T00:00:00Z".parse::<Moment>().is_ok() && far("1969-12-31T23:59:59.999Z"));
    assert!("2999-12-31T23:59:59.999Z".parse::<Moment>().is_ok() && far("3000-01-01T00:00:00Z"));
    assert_eq!("3000-01-01".parse::<Day>(), Err(DateError::TooFar("3000-01-01".into())));
}

#[test]
fn refusals_quote_a_short_printable_text() {
    let long = format!(" a\u{7}{} ", "b".repeat(60));
    let shown = format!("a{}", "b".repeat(39));
    assert_eq!(long.parse::<Day>(), Err(DateError::NotADay(shown.clone())));
    assert_eq!(long.parse::<Moment>(), Err(DateError::NotATime(shown)));
}
