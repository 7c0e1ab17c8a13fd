//! `/api/v2/{level}/{id}/mail-settings` and the mail log, `/api/v2/{level}/{id}/mails`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use testkeep_domain::mail::{MailKind, MailProtocol};
use testkeep_domain::permission::Level;
use testkeep_store::mail::{self, MailMessage};
use testkeep_store::mail_setting::{self, MailSetting};
use testkeep_store::scopes::scope::ACCOUNT;
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::bulk::{BulkOut, IdsIn};
use crate::api::level::{LevelName, ScopePath};
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::mail::trouble::{MailTroubleOut, trouble};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::api::word::{MailKindWord, Word};
use crate::http::error::ErrorBody;
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::mail::{Step, StepName};
use crate::ops::mail_settings::{self, NewMailSettings, configure};
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailSettingsOut {
    /// The scope's own settings; absent: it has none.
    pub own: Option<MailSettingsValues>,
    /// Host and sender of the account's settings, which an organization without its own settings uses; absent: there
    /// are none.
    pub inherited: Option<InheritedMailSettings>,
    /// Why mail is not sent with the settings of this scope. Absent: mail is sent.
    pub trouble: Option<MailTroubleOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InheritedMailSettings {
    pub host: String,
    pub sender: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailSettingsValues {
    pub host: String,
    pub port: i64,
    pub protocol: MailProtocol,
    pub username: String,
    /// A password is saved. It is never returned.
    pub has_password: bool,
    pub sender: String,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailSettingsIn {
    pub host: String,
    pub port: i64,
    pub protocol: MailProtocol,
    /// Empty: the mail server needs no login.
    pub username: String,
    /// Absent: the saved password stays; empty: no password.
    #[schema(value_type = Option<String>)]
    pub password: Option<Secret>,
    pub sender: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TestMailIn {
    pub recipient: String,
    /// The settings of the form; absent: the saved ones.
    pub settings: Option<MailSettingsIn>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TestMailOut {
    pub ok: bool,
    /// In the order in which they were taken. The last one failed, or the mail was accepted.
    pub steps: Vec<MailStepOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailStepOut {
    pub name: MailStepName,
    pub ok: bool,
    /// The mail server's answer, or what went wrong.
    pub message: String,
    pub elapsed_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailStepName {
    Resolve,
    Connect,
    Tls,
    Greeting,
    Login,
    Sender,
    Recipient,
    Accepted,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailOut {
    pub id: i64,
    pub kind: MailKindWord,
    pub recipient: String,
    pub subject: String,
    pub state: MailState,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailState {
    Queued,
    HandingOver,
    Sent,
    Failed,
    /// The server stopped while it handed the mail over, so nobody can say whether it was delivered.
    Unknown,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailStateFilter {
    #[param(inline)]
    pub state: Option<MailState>,
}

/// A mail of a scope.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MailPath {
    #[param(inline)]
    pub level: LevelName,
    pub id: i64,
    pub mail_id: i64,
}

/// The mail settings of a scope.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/mail-settings", tag = "mail", params(ScopePath),
    responses((status = OK, body = MailSettingsOut), AtScope))]
pub(crate) async fn find_mail_settings(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
) -> Result<Json<MailSettingsOut>, Error> {
    show(&app, &require(&app, &caller, place.level, place.id).await?).await.map(Json)
}

/// Saves the mail settings of a scope.
#[utoipa::path(put, path = "/api/v2/{level}/{id}/mail-settings", tag = "mail", params(ScopePath),
    request_body = MailSettingsIn, responses((status = OK, body = MailSettingsOut), AtScopeWithInput))]
pub(crate) async fn update_mail_settings(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<MailSettingsIn>,
) -> Result<Json<MailSettingsOut>, Error> {
    mail_settings::update(&app, &caller, (place.level.into(), place.id), body.into()).await?;
    show(&app, &require(&app, &caller, place.level, place.id).await?).await.map(Json)
}

/// Deletes a scope's own mail settings. An organization then uses the account's.
#[utoipa::path(delete, path = "/api/v2/{level}/{id}/mail-settings", tag = "mail", params(ScopePath),
    responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn delete_mail_settings(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
) -> Result<StatusCode, Error> {
    mail_settings::delete(&app, &caller, (place.level.into(), place.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test mail to one recipient and returns every step, within 15 seconds.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/mail-settings/test", tag = "mail", params(ScopePath),
    request_body = TestMailIn, responses((status = OK, body = TestMailOut),
    (status = CONFLICT, body = ErrorBody),
    (status = TOO_MANY_REQUESTS, body = ErrorBody), AtScopeWithInput))]
pub(crate) async fn send_test_mail(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<TestMailIn>,
) -> Result<Json<TestMailOut>, Error> {
    let at = (place.level.into(), place.id);
    let settings = body.settings.map(Into::into);
    let steps = mail_settings::send_test(&app, &caller, at, &body.recipient, settings).await?;
    let ok = steps.iter().all(|step| step.ok);
    Ok(Json(TestMailOut { ok, steps: steps.into_iter().map(Into::into).collect() }))
}

/// The mail log, newest first. The account's log shows the mails of all scopes.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/mails", tag = "mail", params(ScopePath, ListQuery, CursorQuery, MailStateFilter),
    responses((status = OK, body = Page<MailOut>), AtScopeWithInput))]
pub(crate) async fn list_mails(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    query: SeekQuery,
    UrlQuery(filter): UrlQuery<MailStateFilter>,
) -> Result<Json<Page<MailOut>>, Error> {
    let access = require(&app, &caller, place.level, place.id).await?;
    let list = query.read(&["created_at"], true)?;
    let scope = access.scope.organization_id;
    let state = filter.state.map(MailState::as_str);
    let total = mail::count_mail_messages(&app.db, scope, state, &list).await?;
    let rows = mail::list_mail_messages(&app.db, scope, state, &list).await?;
    Ok(Json(Page::seeked(&list, rows.try_map(MailOut::try_from)?, total)))
}

/// Sends a mail again.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/mails/{mail_id}/resend", tag = "mail", params(MailPath),
    responses((status = NO_CONTENT),
    (status = CONFLICT, body = ErrorBody), AtScope))]
pub(crate) async fn resend_mail(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<MailPath>,
) -> Result<StatusCode, Error> {
    mail_settings::resend(&app, &caller, (path.level.into(), path.id), path.mail_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Queues mails again.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/mails/resend", tag = "mail", params(ScopePath),
    request_body = IdsIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn resend_mails(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<IdsIn>,
) -> Result<Json<BulkOut>, Error> {
    Ok(mail_settings::resend_many(&app, &caller, (place.level.into(), place.id), &body.ids).await?.into())
}

async fn require(app: &App, caller: &Caller, level: LevelName, id: i64) -> Result<Access, Error> {
    let action = configure(level.into())?;
    let access = caller.access(&app.db, level.into(), id).await?;
    access.require(action)?;
    Ok(access)
}

async fn show(app: &App, access: &Access) -> Result<MailSettingsOut, Error> {
    let own = mail_setting::find_mail_setting(&app.db, access.scope.id).await?;
    let above = match access.scope.level {
        Level::Account => None,
        _ => mail_setting::find_mail_setting(&app.db, ACCOUNT).await?,
    };
    let trouble = match own.as_ref().or(above.as_ref()) {
        Some(setting) => trouble(app, setting, own.is_some()).await?,
        None => None,
    };
    Ok(MailSettingsOut {
        trouble,
        own: own.map(MailSettingsValues::try_from).transpose()?,
        inherited: above.map(|MailSetting { host, sender, .. }| InheritedMailSettings { host, sender }),
    })
}

impl TryFrom<MailSetting> for MailSettingsValues {
    type Error = Error;

    fn try_from(row: MailSetting) -> Result<Self, Error> {
        let protocol = MailProtocol::parse(&row.protocol);
        Ok(Self {
            protocol: protocol
                .ok_or_else(|| Error::unknown_word("protocol", "mail_setting.protocol", &row.protocol))?,
            host: row.host,
            port: row.port,
            username: row.username,
            has_password: row.password_sealed.is_some(),
            sender: row.sender,
            updated_at: row.updated_at,
        })
    }
}

impl From<MailSettingsIn> for NewMailSettings {
    fn from(body: MailSettingsIn) -> Self {
        let MailSettingsIn { host, port, protocol, username, password, sender } = body;
        Self { host, port, protocol, username, password, sender }
    }
}

impl From<Step> for MailStepOut {
    fn from(step: Step) -> Self {
        let name = match step.name {
            StepName::Resolve => MailStepName::Resolve,
            StepName::Connect => MailStepName::Connect,
            StepName::Tls => MailStepName::Tls,
            StepName::Greeting => MailStepName::Greeting,
            StepName::Login => MailStepName::Login,
            StepName::Sender => MailStepName::Sender,
            StepName::Recipient => MailStepName::Recipient,
            StepName::Accepted => MailStepName::Accepted,
        };
        let elapsed_ms = u64::try_from(step.elapsed.as_millis()).unwrap_or(u64::MAX);
        Self { name, ok: step.ok, message: step.message, elapsed_ms }
    }
}

impl MailState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::HandingOver => "handing_over",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl TryFrom<MailMessage> for MailOut {
    type Error = Error;

    fn try_from(row: MailMessage) -> Result<Self, Error> {
        let states = [
            MailState::Queued,
            MailState::HandingOver,
            MailState::Sent,
            MailState::Failed,
            MailState::Unknown,
        ];
        let state = states.into_iter().find(|state| state.as_str() == row.state);
        Ok(Self {
            state: state.ok_or_else(|| Error::unknown_word("state", "mail_message.state", &row.state))?,
            id: row.id,
            kind: Word::read(row.kind, MailKind::parse),
            recipient: row.recipient,
            subject: row.subject,
            attempts: row.attempts,
            last_error: row.last_error,
            created_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            sent_at: row.sent_at,
        })
    }
}
