//! How much of the licenses is used: peaks, denials, what more seats would have changed, and by whom.

use std::collections::{BTreeMap, HashMap, HashSet};

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, DurationRound, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_store::List;
use testkeep_store::licenses::usage::UsedSession;
use testkeep_store::licenses::{denial, usage};
use utoipa::{IntoParams, ToSchema};

use super::overview::pool;
use super::{ProductPath, viewer};
use crate::api::csv::Csv;
use crate::api::list::{ListQuery, Order, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::auth::Caller;
use crate::error::ErrorBody;
use crate::{App, Error};

const DAYS: i64 = 30;
const DAYS_MAX: i64 = 365;
/// Up to so many days are shown by the hour.
const HOURLY: i64 = 7;
/// More seats than these are not looked at.
const FORECAST: i64 = 5;
/// Rows that one report adds up.
const ROWS: i64 = 200_000;
const COLUMNS: [&str; 6] = ["hours", "email", "sessions", "machines", "denied", "last_used_at"];

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// 1 to 365; 30 unless told.
    pub days: Option<i64>,
}

/// The most seats in use at once, and askers who found none, within an hour or a day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UsagePoint {
    pub at: DateTime<Utc>,
    pub peak: i64,
    pub denied: i64,
}

/// What more seats would have changed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ForecastOut {
    pub seats: i64,
    /// Denials that would not have been.
    pub avoided: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LicenseUsageOut {
    pub days: i64,
    /// Seats of the installation now.
    pub quota: i64,
    /// Hours up to 7 days, else days; without those in which nothing happened.
    pub points: Vec<UsagePoint>,
    /// The highest of the peaks.
    pub peak: i64,
    /// Askers who found no seat; what one tried again within ten minutes counts once.
    pub denied: i64,
    /// One entry for each number of seats that avoids more denials than the one before.
    pub forecast: Vec<ForecastOut>,
}

/// How much of a product an organization uses.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/usage", tag = "licenses",
    params(ProductPath, UsageQuery), responses((status = OK, body = LicenseUsageOut),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn find_license_usage(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<UsageQuery>,
) -> Result<Json<LicenseUsageOut>, Error> {
    viewer(&app, &caller, path.id).await?;
    let days = query.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Error::field("days", format!("Ask for 1 to {DAYS_MAX} days.")));
    }
    let product = Product::from(path.product);
    let step = if days <= HOURLY { TimeDelta::hours(1) } else { TimeDelta::days(1) };
    let since = floor(app.clock.now(), step) - TimeDelta::days(days) + step;
    let peaks = usage::list_peaks(&app.db, path.id, product.word(), since).await?;
    let denials = denial::list_denial_times(&app.db, path.id, product.word(), since, ROWS).await?;
    let shortages = denial::list_shortages(&app.db, path.id, product.word(), since).await?;
    let points = points(&peaks, &denials, step);
    Ok(Json(LicenseUsageOut {
        days,
        quota: pool(&app, product).await?.subscribed,
        peak: points.iter().map(|point| point.peak).max().unwrap_or(0),
        denied: denials.len().try_into().unwrap_or(i64::MAX),
        points,
        forecast: forecast(&shortages),
    }))
}

fn floor(time: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    time.duration_trunc(step).unwrap_or(time)
}

fn points(peaks: &[(DateTime<Utc>, i64)], denials: &[(DateTime<Utc>,)], step: TimeDelta) -> Vec<UsagePoint> {
    let mut points = BTreeMap::<DateTime<Utc>, UsagePoint>::new();
    for (time, peak) in peaks {
        let point = point_at(&mut points, floor(*time, step));
        point.peak = point.peak.max(*peak);
    }
    for (time,) in denials {
        point_at(&mut points, floor(*time, step)).denied += 1;
    }
    points.into_values().collect()
}

fn point_at(points: &mut BTreeMap<DateTime<Utc>, UsagePoint>, at: DateTime<Utc>) -> &mut UsagePoint {
    points.entry(at).or_insert(UsagePoint { at, peak: 0, denied: 0 })
}

/// An asker that was one of three without a seat would have had one with three more.
fn forecast(shortages: &[(i64, i64)]) -> Vec<ForecastOut> {
    let avoided = |seats| shortages.iter().filter(|(short, _)| *short <= seats).map(|(_, count)| count).sum();
    let mut forecast = Vec::<ForecastOut>::new();
    for seats in 1..=FORECAST {
        let avoided = avoided(seats);
        if avoided > forecast.last().map_or(0, |last| last.avoided) {
            forecast.push(ForecastOut { seats, avoided });
        }
    }
    forecast
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodQuery {
    /// First day, UTC; 30 days ago unless told.
    pub from: Option<NaiveDate>,
    /// Last day; today unless told.
    pub to: Option<NaiveDate>,
}

/// What one person used within a period.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LicenseUtilizationOut {
    pub user_id: i64,
    pub email: String,
    pub sessions: i64,
    /// Of all sessions together.
    pub hours: f64,
    pub machines: i64,
    /// How often they found no seat.
    pub denied: i64,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Who used a product how much.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/utilization", tag = "licenses",
    params(ProductPath, ListQuery, PeriodQuery), responses((status = OK, body = Page<LicenseUtilizationOut>),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn list_license_utilization(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(period): UrlQuery<PeriodQuery>,
) -> Result<Json<Page<LicenseUtilizationOut>>, Error> {
    viewer(&app, &caller, path.id).await?;
    let descending = query.order != Some(Order::Asc) && query.sort.is_none();
    let mut list = query.read(&COLUMNS)?;
    list.descending |= descending;
    let all = utilization(&app, path, &list, &period).await?;
    let total = all.len().try_into().unwrap_or(i64::MAX);
    let skip = usize::try_from(list.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(list.limit).unwrap_or(0);
    Ok(Json(Page { items: all.into_iter().skip(skip).take(take).collect(), total }))
}

/// Who used a product how much, as CSV.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/utilization/export", tag = "licenses",
    params(ProductPath, ListQuery, PeriodQuery), responses((status = OK, content_type = "text/csv"),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn export_license_utilization(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(period): UrlQuery<PeriodQuery>,
) -> Result<impl IntoResponse, Error> {
    viewer(&app, &caller, path.id).await?;
    let list = query.read_all(&COLUMNS)?;
    let mut csv = Csv::new(
        "license-utilization.csv",
        &["email", "sessions", "hours", "machines", "denied", "last_used_at"],
    )?;
    for row in utilization(&app, path, &list, &period).await? {
        let last_used = row.last_used_at.map(|time| time.to_rfc3339()).unwrap_or_default();
        let counts = [row.sessions, row.machines, row.denied].map(|count| count.to_string());
        csv.row(&[&row.email, &counts[0], &format!("{:.2}", row.hours), &counts[1], &counts[2], &last_used])?;
    }
    Ok(csv)
}

async fn utilization(
    app: &App,
    path: ProductPath,
    list: &List,
    period: &PeriodQuery,
) -> Result<Vec<LicenseUtilizationOut>, Error> {
    let (word, now) = (Product::from(path.product).word(), app.clock.now());
    let (from, to) = read_period(period, now)?;
    let sessions = usage::list_used_sessions(&app.db, path.id, word, from, to, list, ROWS).await?;
    let denials = usage::list_denials_by_user(&app.db, path.id, word, from, to, list).await?;
    let mut rows = add_up(&sessions, &denials, from, to.min(now));
    rows.sort_by(|left, right| {
        let order = match list.sort.as_str() {
            "email" => left.email.cmp(&right.email),
            "sessions" => left.sessions.cmp(&right.sessions),
            "machines" => left.machines.cmp(&right.machines),
            "denied" => left.denied.cmp(&right.denied),
            "last_used_at" => left.last_used_at.cmp(&right.last_used_at),
            _ => left.hours.total_cmp(&right.hours),
        };
        let order = if list.descending { order.reverse() } else { order };
        order.then_with(|| left.email.cmp(&right.email))
    });
    Ok(rows)
}

fn read_period(period: &PeriodQuery, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), Error> {
    let to = period.to.unwrap_or(now.date_naive());
    let from = period.from.unwrap_or(to - TimeDelta::days(DAYS - 1));
    let wrong = || Error::field("from", "Choose a first day that is not after the last one.");
    let after = to.succ_opt().ok_or_else(wrong)?;
    if from > to {
        return Err(wrong());
    }
    Ok((from.and_time(NaiveTime::MIN).and_utc(), after.and_time(NaiveTime::MIN).and_utc()))
}

fn add_up(
    sessions: &[UsedSession],
    denials: &[(i64, String, i64)],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<LicenseUtilizationOut> {
    let mut people = HashMap::<i64, (LicenseUtilizationOut, HashSet<&str>)>::new();
    let nobody = |user_id, email: &str| {
        let email = email.to_owned();
        let out = LicenseUtilizationOut {
            user_id,
            email,
            sessions: 0,
            hours: 0.0,
            machines: 0,
            denied: 0,
            last_used_at: None,
        };
        (out, HashSet::new())
    };
    for session in sessions {
        let (person, machines) =
            people.entry(session.user_id).or_insert_with(|| nobody(session.user_id, &session.email));
        let (begin, end) = (session.started_at.max(from), session.ended_at.unwrap_or(to).min(to));
        person.sessions += 1;
        person.hours += (end - begin).max(TimeDelta::zero()).as_seconds_f64() / 3600.0;
        person.last_used_at = person.last_used_at.max(Some(session.ended_at.unwrap_or(session.renewed_at)));
        machines.insert(&session.machine_key);
    }
    for (user_id, email, denied) in denials {
        people.entry(*user_id).or_insert_with(|| nobody(*user_id, email)).0.denied = *denied;
    }
    let count = |machines: &HashSet<&str>| machines.len().try_into().unwrap_or(i64::MAX);
    people
        .into_values()
        .map(|(person, machines)| LicenseUtilizationOut { machines: count(&machines), ..person })
        .collect()
}
