//! License use: peaks, denials, the effect of more seats, and the use by each person.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Day;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::usage::{Period, Utilization};
use testkeep_store::licenses::{denial, turn, usage};
use utoipa::{IntoParams, ToSchema};

use super::overview::pool;
use super::{ProductPath, viewer};
use crate::api::csv::{Csv, CsvQuery};
use crate::api::list::{ListQuery, Order, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScopeWithInput;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::exports::record_export;
use crate::{App, Error};

const DAYS: i64 = 30;
const DAYS_MAX: i64 = 365;
/// Periods up to this number of days have one point per hour, longer ones one per day.
const HOURLY: i64 = 7;
/// The forecast covers at most this many additional seats.
const FORECAST: i64 = 5;
/// In `license_hour`, the row of all organizations together.
const WHOLE_INSTALLATION: i64 = 0;
const COLUMNS: [&str; 6] = ["hours", "email", "sessions", "machines", "denied", "last_used_at"];

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// 1 to 365; default: 30.
    pub days: Option<i64>,
}

/// Within an hour or a day: the highest number of seats in use at once, and the number of denials.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct UsagePoint {
    pub at: DateTime<Utc>,
    pub peak: i64,
    pub denied: i64,
}

/// The effect of additional seats.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ForecastOut {
    pub seats: i64,
    /// Number of denials that these seats would have avoided.
    pub avoided: i64,
}

/// The number of denials in an hour.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DenialsOut {
    pub at: DateTime<Utc>,
    pub denied: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseUsageOut {
    pub days: i64,
    /// Seats licensed for the installation now.
    pub quota: i64,
    /// One per hour for periods up to 7 days, else one per day. Points without any use or denial are left out.
    pub points: Vec<UsagePoint>,
    /// The highest peak of all points.
    pub peak: i64,
    /// Number of denials. Repeated requests of one client within ten minutes count once.
    pub denied: i64,
    /// One entry for each number of additional seats that avoids more denials than the entry before it.
    pub forecast: Vec<ForecastOut>,
    /// Denials by hour, without hours that have none, in every period. Readers sum them by their own weekdays.
    pub denials: Vec<DenialsOut>,
    /// Hours in which all seats were in use at some time: the whole quota, or the organization's share.
    pub full_hours: Vec<DateTime<Utc>>,
}

/// An organization's use of a product.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/usage", tag = "licenses",
    params(ProductPath, UsageQuery), responses((status = OK, body = LicenseUsageOut), AtScopeWithInput))]
pub(crate) async fn find_license_usage(
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
    let product = path.product;
    let step = if days <= HOURLY { TimeDelta::hours(1) } else { TimeDelta::days(1) };
    let now = app.clock.now();
    let since = floor(now, step) - TimeDelta::days(days) + step;
    let peaks = peaks_of(&app, path.id, product, (since, now)).await?;
    let denials = denial::count_denials_by_hour(&app.db, path.id, product.word(), since).await?;
    let shortages = denial::list_shortages(&app.db, path.id, product.word(), since).await?;
    let points = points(&peaks, &denials, step);
    let quota = pool(&app, product).await?.subscribed;
    let whole = peaks_of(&app, WHOLE_INSTALLATION, product, (since, now)).await?;
    let count = turn::find_organization_count(&app.db, path.id, product.word()).await?;
    Ok(Json(LicenseUsageOut {
        days,
        quota,
        full_hours: full_hours(&[(&whole, Some(quota)), (&peaks, count.and_then(|count| count.share))]),
        denials: denials.iter().map(|&(at, denied)| DenialsOut { at, denied }).collect(),
        peak: points.iter().map(|point| point.peak).max().unwrap_or(0),
        denied: denials.iter().map(|(_, count)| count).sum(),
        points,
        forecast: forecast(&shortages),
    }))
}

async fn peaks_of(
    app: &App,
    organization_id: i64,
    product: Product,
    period: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(DateTime<Utc>, i64)>, Error> {
    let known = usage::list_peaks(&app.db, organization_id, product.word(), period.0).await?;
    Ok(carry_forward(known, period))
}

/// Every hour of the period in which seats were in use. An hour without a record (nothing changed, or the server was off)
/// has the peak of the last one before it.
fn carry_forward(
    known: Vec<(DateTime<Utc>, i64)>,
    (since, now): (DateTime<Utc>, DateTime<Utc>),
) -> Vec<(DateTime<Utc>, i64)> {
    let known: BTreeMap<_, _> = known.into_iter().collect();
    let end = known.keys().next_back().map_or(now, |last| now.max(*last));
    let mut peak = known.range(..since).next_back().map_or(0, |(_, peak)| *peak);
    let mut hours = Vec::new();
    let mut hour = since;
    while hour <= end {
        peak = known.get(&hour).copied().unwrap_or(peak);
        if peak > 0 {
            hours.push((hour, peak));
        }
        hour += TimeDelta::hours(1);
    }
    hours
}

/// The peaks of hours, and the number of seats that limits them.
type LimitedPeaks<'a> = (&'a [(DateTime<Utc>, i64)], Option<i64>);

/// Hours in which the peak reached the limit of its list, oldest first.
fn full_hours(lists: &[LimitedPeaks<'_>]) -> Vec<DateTime<Utc>> {
    let limited =
        lists.iter().filter_map(|(peaks, limit)| Some((peaks, (*limit).filter(|seats| *seats > 0)?)));
    let full = limited.flat_map(|(peaks, limit)| peaks.iter().filter(move |(_, peak)| *peak >= limit));
    full.map(|(hour, _)| *hour).collect::<BTreeSet<_>>().into_iter().collect()
}

fn floor(time: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    time.duration_trunc(step).unwrap_or(time)
}

fn points(
    peaks: &[(DateTime<Utc>, i64)],
    denials: &[(DateTime<Utc>, i64)],
    step: TimeDelta,
) -> Vec<UsagePoint> {
    let mut points = BTreeMap::<DateTime<Utc>, UsagePoint>::new();
    for (time, peak) in peaks {
        let point = point_at(&mut points, floor(*time, step));
        point.peak = point.peak.max(*peak);
    }
    for (time, count) in denials {
        point_at(&mut points, floor(*time, step)).denied += count;
    }
    points.into_values().collect()
}

fn point_at(points: &mut BTreeMap<DateTime<Utc>, UsagePoint>, at: DateTime<Utc>) -> &mut UsagePoint {
    points.entry(at).or_insert(UsagePoint { at, peak: 0, denied: 0 })
}

/// A denied client that was the third without a seat needs three more seats.
fn forecast(shortages: &[(i64, i64)]) -> Vec<ForecastOut> {
    let avoided = |seats| {
        shortages.iter().filter(|(short, _)| (1..=seats).contains(short)).map(|(_, count)| count).sum()
    };
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
pub(crate) struct PeriodQuery {
    /// First day, UTC; default: 30 days ago.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<Day>,
    /// Last day; default: today.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<Day>,
}

/// One person's use within a period.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseUtilizationOut {
    pub user_id: i64,
    pub email: String,
    pub sessions: i64,
    /// Hours of all sessions together.
    pub hours: f64,
    pub machines: i64,
    /// Number of denials.
    pub denied: i64,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Each person's use of a product.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/utilization", tag = "licenses",
    params(ProductPath, ListQuery, PeriodQuery), responses((status = OK, body = Page<LicenseUtilizationOut>),
    AtScopeWithInput))]
pub(crate) async fn list_license_utilization(
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
    let period = read_period(path, &period, app.clock.now())?;
    let rows = usage::list_utilization(&app.db, period, &list).await?;
    let total = usage::count_utilization(&app.db, period, &list).await?;
    Ok(Json(Page::new(rows.into_iter().map(Into::into).collect(), total)))
}

/// Each person's use of a product, as CSV.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/utilization/export", tag = "licenses",
    params(ProductPath, ListQuery, PeriodQuery, CsvQuery), responses((status = OK, content_type = "text/csv"),
    AtScopeWithInput))]
pub(crate) async fn export_license_utilization(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(period): UrlQuery<PeriodQuery>,
    UrlQuery(style): UrlQuery<CsvQuery>,
) -> Result<impl IntoResponse, Error> {
    viewer(&app, &caller, path.id).await?;
    let list = query.read_all(&COLUMNS)?;
    let mut csv = Csv::new(
        "license-utilization.csv",
        style,
        &["email", "sessions", "hours", "machines", "denied", "last_used_at"],
    )?;
    let period = read_period(path, &period, app.clock.now())?;
    let rows = usage::list_utilization(&app.db, period, &list).await?;
    record_export(
        &app,
        &caller,
        (Level::Organization, path.id),
        OrganizationAction::ViewLicenseManagement,
        |scope| {
            Event::of(AuditAction::ExportLicenseUtilization, scope)
                .detail("product", path.product.word())
                .detail("rows", rows.len())
        },
    )
    .await?;
    for row in rows {
        let last_used = row.last_used_at.map(|time| time.to_rfc3339()).unwrap_or_default();
        let counts = [row.sessions, row.machines, row.denied].map(|count| count.to_string());
        csv.row(&[&row.email, &counts[0], &style.number(row.hours), &counts[1], &counts[2], &last_used])?;
    }
    Ok(csv)
}

fn read_period(
    path: ProductPath,
    period: &PeriodQuery,
    now: DateTime<Utc>,
) -> Result<Period<'static>, Error> {
    let to = period.to.unwrap_or_else(|| Day::from(now));
    let from = period.from.map_or_else(|| to.end() - TimeDelta::days(DAYS), Day::begin);
    if from >= to.end() {
        return Err(Error::field("from", "Choose a first day that is not after the last one."));
    }
    let product = path.product.word();
    Ok(Period { organization_id: path.id, product, from, to: to.end(), until: to.end().min(now) })
}

impl From<Utilization> for LicenseUtilizationOut {
    fn from(row: Utilization) -> Self {
        let Utilization { user_id, email, sessions, hours, machines, denied, last_used_at } = row;
        Self { user_id, email, sessions, hours, machines, denied, last_used_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: u32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(i64::from(hour))
    }

    #[test]
    fn an_hour_without_a_record_has_the_last_peak() {
        let known = vec![(hour(1), 3), (hour(4), 5), (hour(6), 0)];
        let now = hour(8) + TimeDelta::minutes(20);
        let hours = carry_forward(known, (hour(3), now));
        assert_eq!(hours, [(hour(3), 3), (hour(4), 5), (hour(5), 5)]);
        assert_eq!(carry_forward(vec![(hour(9), 1)], (hour(3), now)), [(hour(9), 1)], "a clock ahead");
        assert!(carry_forward(Vec::new(), (hour(3), now)).is_empty());
    }
}
