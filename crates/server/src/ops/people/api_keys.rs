//! API keys: a person makes them for programs, and revokes them.
//!
//! Making and revoking need a session, so that a key cannot make another key that outlives it. Making also needs a
//! fresh sign-in or the password, so that a session left open on a desk is not enough.

use chrono::Duration;
use testkeep_domain::Secret;
use testkeep_domain::account::name_problem;
use testkeep_domain::audit::AuditAction;
use testkeep_store::people::api_key::{self, ApiKey, NewApiKey};

use crate::identity::auth::{API_KEY_PREFIX, Caller};
use crate::identity::token::{create_token, hash_token};
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::people::confirmation::require_confirmed;
use crate::{App, Error};

/// Maximum number of keys of one person, including expired ones.
const KEYS_MAX: i64 = 50;
const DAYS_MAX: i64 = 3650;
/// Number of characters of a key that are stored, so that the person can tell keys apart.
const START: usize = 8;

/// A new key, with its full text, which is returned only this once.
pub(crate) struct CreatedApiKey {
    pub row: ApiKey,
    pub key: String,
}

/// `expires_in_days`: `None` makes a key that works until it is revoked. `password`: needed when the sign-in is older
/// than 10 minutes.
pub(crate) async fn create_api_key(
    app: &App,
    caller: &Caller,
    name: &str,
    expires_in_days: Option<i64>,
    password: Option<&Secret>,
) -> Result<CreatedApiKey, Error> {
    caller.session()?;
    let name = checked_name(name)?;
    if expires_in_days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
        let message = format!("Enter 1 to {DAYS_MAX} days, or none for a key that does not expire.");
        return Err(Error::field("expires_in_days", message));
    }
    require_confirmed(app, caller, password).await?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let now = change.now();
    let key = format!("{API_KEY_PREFIX}{}", create_token()?);
    let start: String = key.chars().take(START).collect();
    let expires_at = expires_in_days.map(|days| now + Duration::days(days));
    if api_key::lock_and_count_api_keys(change.tx(), caller.user_id).await? >= KEYS_MAX {
        return Err(Error::Conflict(format!(
            "You have {KEYS_MAX} API keys, the most a person may have. Revoke one that nobody uses any more."
        )));
    }
    let new = NewApiKey {
        user_id: caller.user_id,
        name: &name,
        start: &start,
        token_hash: &hash_token(&key),
        expires_at,
    };
    let id = api_key::create_api_key(change.tx(), new, now).await?;
    let mut event =
        Event::new(AuditAction::CreateApiKey, "api_key", Some(id), name.as_str()).detail("start", &*start);
    if let Some(time) = expires_at {
        event = event.detail("expires_at", time.to_rfc3339());
    }
    change.record(event);
    change.commit().await?;
    Ok(CreatedApiKey {
        row: ApiKey {
            id,
            name,
            start,
            created_at: now,
            last_used_at: None,
            last_used_address: None,
            expires_at,
        },
        key,
    })
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    let problem = if name.is_empty() {
        Some("Enter a name that says which program uses the key.".into())
    } else {
        name_problem(name)
    };
    match problem {
        Some(problem) => Err(Error::field("name", problem)),
        None => Ok(name.to_owned()),
    }
}

pub(crate) async fn revoke_api_key(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let name = api_key::delete_api_key(change.tx(), caller.user_id, id).await?.ok_or(Error::NotFound)?;
    change.record(Event::new(AuditAction::RevokeApiKey, "api_key", Some(id), name));
    change.commit().await
}
