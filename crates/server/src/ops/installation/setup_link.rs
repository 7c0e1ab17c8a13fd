//! The setup link: it leads the admin of a new installation to the next step, with a one-time token where one is
//! needed.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::desktop::SetupState;
use testkeep_store::installation::setting;
use testkeep_store::{Db, Tx};

use crate::identity::token::{create_token, hash_token, same_secret};
use crate::ops::audit::Event;
use crate::ops::authorized::{Authorized, Installation};
use crate::ops::change::Change;
use crate::ops::installation::DEFAULT_ACCOUNT;
use crate::{App, Error};

/// The setting's value is `<hash> <expiry>`. Only the newest link works.
pub(crate) const SETUP_TOKEN: &str = "setup_token";
const LIFETIME: Duration = Duration::days(7);

pub(crate) async fn setup_state(app: &App) -> Result<SetupState, Error> {
    if !app.licensing.is_activated(&app.db).await? {
        return Ok(SetupState::ActivationRequired);
    }
    let door = setting::find_setting(&app.db, DEFAULT_ACCOUNT).await?;
    Ok(if door.is_some() { SetupState::Ready } else { SetupState::AccountRequired })
}

/// Makes a new link for an admin at the server machine; earlier links stop working.
pub(crate) async fn create_setup_link(app: &App, may: Authorized<Installation>) -> Result<String, Error> {
    let page = match setup_state(app).await? {
        SetupState::Ready => return Ok(app.config.server_url.link("/sign-in")),
        SetupState::ActivationRequired if is_account_there(&app.db).await? => {
            return Ok(app.config.server_url.link("/activate"));
        }
        SetupState::ActivationRequired => "/activate",
        SetupState::AccountRequired => "/create-account",
    };
    let token = create_token()?;
    let mut change = Change::of(app, may).await?;
    let now = change.now();
    let expires_at = (now + LIFETIME).to_rfc3339_opts(SecondsFormat::Millis, true);
    let value = format!("{} {expires_at}", hex::encode(hash_token(&token)));
    setting::put_setting(change.tx(), SETUP_TOKEN, &value, now).await?;
    let event =
        Event::new(AuditAction::CreateSetupLink, "setup link", None, page).detail("expires_at", expires_at);
    change.record(event);
    change.commit().await?;
    // The token is in the fragment, which browsers do not send: so it appears in no log.
    Ok(app.config.server_url.link(&format!("{page}#token={token}")))
}

async fn is_account_there(db: &Db) -> Result<bool, Error> {
    Ok(setting::find_setting(db, DEFAULT_ACCOUNT).await?.is_some())
}

pub(in crate::ops) async fn authorize_setup_token(
    tx: &mut Tx,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Authorized<Installation>, Error> {
    let kept = setting::find_setting(tx, SETUP_TOKEN).await?.unwrap_or_default();
    let (hash, expires_at) = kept.split_once(' ').unwrap_or_default();
    let alive =
        DateTime::parse_from_rfc3339(expires_at).is_ok_and(|time| time > now && time <= now + LIFETIME);
    if alive && same_secret(hash.as_bytes(), hex::encode(hash_token(token)).as_bytes()) {
        return Ok(Authorized::by_setup_link());
    }
    Err(Error::Forbidden(
        "This setup link is not valid: it was used, replaced by a newer one, or is older than 7 days. \
         Make a new one in the desktop manager or with testkeep-server setup-link."
            .into(),
    ))
}
