//! `/api/v2/leases`: the requests of licensed programs while they run.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Package;
use testkeep_domain::lease::LeaseAlgorithm;
use testkeep_store::licenses::session_list::{self, LicenseSession};
use testkeep_store::scopes::organization;
use utoipa::{IntoParams, ToSchema};

use crate::api::body::ProgramBody;
use crate::api::licenses::Product;
use crate::api::licenses::sessions::LicenseSessionOut;
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScopeWithInput;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::identity::known_keys::Program;
use crate::ops::leases::{
    CheckOut, Granted, LeaseRequest, Outcome, POLL_SECONDS, ask_by_key, checked_machine_key, require_signer,
    short_text, sign_lease,
};
use crate::{App, Error};

const BORROW_DAYS: std::ops::RangeInclusive<u32> = 1..=30;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeaseIn {
    /// Required for members of several organizations.
    pub organization_id: Option<i64>,
    pub package: Package,
    /// The program's own name for its machine: 1 to 128 printable ASCII characters.
    pub machine_id: String,
    /// The program's own name for its session, with the same rule. Requests with the same name are for the same
    /// session.
    pub session_id: String,
    #[serde(default)]
    pub hostname: String,
    #[serde(default)]
    pub client_version: String,
    /// If all seats are taken, put the request into the queue. Repeat the request with the same names.
    #[serde(default)]
    pub wait: bool,
    /// 1 to 30: the lease is valid for this number of days, without keep-alive.
    pub borrow_days: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LeaseKindName {
    Online,
    Borrowed,
}

/// A granted seat.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeaseOut {
    pub id: i64,
    /// Compact JWS, EdDSA (docs/license-file.md).
    pub lease: String,
    pub product: Product,
    pub organization_id: i64,
    pub machine_id: String,
    pub kind: LeaseKindName,
    /// The program should renew the lease from this time on.
    pub renew_at: DateTime<Utc>,
    /// The seat is free for others after this time.
    pub expires_at: DateTime<Utc>,
}

/// A position in the queue.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct QueueOut {
    /// The first position is 1.
    pub position: i64,
    pub waiting: i64,
    /// Repeat the request after this time. The position is lost after 30 seconds without a request.
    pub poll_seconds: i64,
}

#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeaseRenewalIn {
    /// Seconds since a person last used the program.
    #[serde(default)]
    pub idle_seconds: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnLeaseOut {
    #[serde(flatten)]
    pub session: LicenseSessionOut,
    pub organization_id: i64,
    pub product: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnLeasesOut {
    pub items: Vec<OwnLeaseOut>,
}

/// Takes a seat, or a position in the queue.
#[utoipa::path(post, path = "/api/v2/leases", tag = "leases", request_body = LeaseIn,
    responses(AtScopeWithInput, (status = OK, body = LeaseOut),
    (status = ACCEPTED, body = QueueOut),
    (status = FORBIDDEN, body = ErrorBody, description = "Code `not_licensed`: no license is assigned or in force."),
    (status = CONFLICT, body = ErrorBody, description = "Code `no_seat`: all are taken."),
    (status = GONE, body = ErrorBody, description = "Code `session_ended`: start a new session."),
    (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn check_out_lease(
    State(app): State<App>,
    mut program: Program,
    ProgramBody(body): ProgramBody<LeaseIn>,
) -> Result<Response, Error> {
    if body.borrow_days.is_some_and(|days| !BORROW_DAYS.contains(&days)) {
        let words = format!("Borrow for {} to {} days.", BORROW_DAYS.start(), BORROW_DAYS.end());
        return Err(Error::field("borrow_days", words));
    }
    let order = CheckOut {
        user_id: program.caller.user_id,
        by_password: true,
        machine_key: checked_machine_key(&body.machine_id, "machine_id")?,
        session_key: checked_machine_key(&body.session_id, "session_id")?,
        organization_id: organization_of(&app, &mut program, body.organization_id).await?,
        package: body.package,
        native: true,
        hostname: short_text(&body.hostname),
        client_version: short_text(&body.client_version),
        wait: body.wait,
        borrow_days: body.borrow_days,
    };
    require_signer(&app, LeaseAlgorithm::EdDsa).await?;
    match ask_by_key(&app, &mut program, LeaseRequest::CheckOut(order)).await? {
        Outcome::Granted(granted) => Ok(Json(lease_out(&app, &granted, &program.caller)?).into_response()),
        Outcome::Waiting { position, waiting } => {
            let queue = QueueOut { position, waiting, poll_seconds: POLL_SECONDS };
            Ok((StatusCode::ACCEPTED, Json(queue)).into_response())
        }
        Outcome::Released => Err(Error::internal("a checkout was released")),
    }
}

/// The given organization, or else the only one of the caller.
async fn organization_of(app: &App, program: &mut Program, named: Option<i64>) -> Result<i64, Error> {
    if let Some(id) = named {
        return Ok(id);
    }
    // The answer tells of organizations, so a known key is not enough.
    program.look_up(app).await?;
    let own = organization::list_organization_ids_of_user(&app.db, program.caller.user_id).await?;
    match own.as_slice() {
        [(id,)] => Ok(*id),
        [] => Err(Error::NotLicensed("You belong to no organization. Ask an Owner to invite you.".into())),
        several => {
            let ids: Vec<_> = several.iter().map(|(id,)| id.to_string()).collect();
            let words = format!("You belong to several organizations. Name one of: {}.", ids.join(", "));
            Err(Error::field("organization_id", words))
        }
    }
}

/// Renews a lease, which keeps the seat.
#[utoipa::path(post, path = "/api/v2/leases/{id}/renew", tag = "leases", params(("id" = i64, Path)),
    request_body = LeaseRenewalIn, responses((status = OK, body = LeaseOut),
    (status = GONE, body = ErrorBody, description = "Code `session_ended`, with the reason."),
    (status = TOO_MANY_REQUESTS, body = ErrorBody), AtScopeWithInput))]
pub(crate) async fn renew_lease(
    State(app): State<App>,
    mut program: Program,
    UrlPath(id): UrlPath<i64>,
    ProgramBody(body): ProgramBody<LeaseRenewalIn>,
) -> Result<Json<LeaseOut>, Error> {
    let idle_seconds = body.idle_seconds.clamp(0, i64::from(i32::MAX));
    let renewal = LeaseRequest::Renew { user_id: program.caller.user_id, id, idle_seconds };
    match ask_by_key(&app, &mut program, renewal).await? {
        Outcome::Granted(granted) => lease_out(&app, &granted, &program.caller).map(Json),
        _ => Err(Error::internal("a renewal was not granted")),
    }
}

/// Gives a seat back; succeeds too if it was given back before.
#[utoipa::path(delete, path = "/api/v2/leases/{id}", tag = "leases", params(("id" = i64, Path)),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn release_lease(
    State(app): State<App>,
    mut program: Program,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    let order = LeaseRequest::Release { user_id: program.caller.user_id, id };
    ask_by_key(&app, &mut program, order).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A session, by the program's own names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionName {
    pub machine_id: String,
    pub session_id: String,
}

/// Gives back a seat or a position in the queue, by the program's own names; succeeds too if there is neither.
#[utoipa::path(delete, path = "/api/v2/leases", tag = "leases", params(SessionName),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody), (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn give_up_lease(
    State(app): State<App>,
    mut program: Program,
    UrlQuery(name): UrlQuery<SessionName>,
) -> Result<StatusCode, Error> {
    let order = LeaseRequest::ReleaseByKey {
        user_id: program.caller.user_id,
        organization_id: None,
        machine_key: checked_machine_key(&name.machine_id, "machine_id")?,
        session_key: checked_machine_key(&name.session_id, "session_id")?,
    };
    ask_by_key(&app, &mut program, order).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's live sessions.
#[utoipa::path(get, path = "/api/v2/leases", tag = "leases",
    responses((status = OK, body = OwnLeasesOut), (status = UNAUTHORIZED, body = ErrorBody)))]
pub(crate) async fn list_own_leases(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<OwnLeasesOut>, Error> {
    let rows = session_list::list_own_license_sessions(&app.db, caller.user_id, app.clock.now()).await?;
    Ok(Json(OwnLeasesOut { items: rows.into_iter().map(Into::into).collect() }))
}

impl From<LicenseSession> for OwnLeaseOut {
    fn from(row: LicenseSession) -> Self {
        Self { organization_id: row.organization_id, product: row.product.clone(), session: row.into() }
    }
}

fn lease_out(app: &App, granted: &Granted, caller: &Caller) -> Result<LeaseOut, Error> {
    Ok(LeaseOut {
        id: granted.session_id,
        lease: sign_lease(app, LeaseAlgorithm::EdDsa, granted, &caller.email)?,
        product: granted.product,
        organization_id: granted.organization_id,
        machine_id: granted.machine_key.clone(),
        kind: if granted.borrowed { LeaseKindName::Borrowed } else { LeaseKindName::Online },
        renew_at: granted.renew_at,
        expires_at: granted.expires_at,
    })
}
