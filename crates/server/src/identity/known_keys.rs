//! API keys of the last minutes and their people, so that a lease needs no statement of its own to find its caller.
//!
//! A known key is a guess: another server or a command may have revoked it. Must never be the only proof of a caller:
//! [`crate::ops::leases::ask_by_key`] compares it with its row, in the transaction of the lease.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use testkeep_store::people::api_key::{ApiKeyUser, find_api_key_user};

use crate::identity::auth::{API_KEY_PREFIX, Caller, ClientAddress, USED_RESOLUTION, key_of_program};
use crate::identity::token::hash_token;
use crate::{App, Error};

/// Maximum number of keys. Only keys that exist are stored, so strangers cannot fill the map.
const KEPT: usize = 10_000;

type Hash = [u8; 32];

#[derive(Debug, Default)]
pub struct KnownKeys(Mutex<HashMap<Hash, KnownKey>>);

#[derive(Clone, Debug)]
struct KnownKey {
    row: ApiKeyUser,
    /// From this time on, the key is read from the database again, and its use is written.
    until: DateTime<Utc>,
}

impl KnownKeys {
    /// Keeps what was just read from the database.
    pub(super) fn keep(&self, token_hash: Hash, row: ApiKeyUser, used_at: DateTime<Utc>) {
        let until = used_at + USED_RESOLUTION;
        let until = row.expires_at.map_or(until, |end| end.min(until));
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(token_hash, KnownKey { row, until });
    }

    fn find(&self, token_hash: &[u8], now: DateTime<Utc>) -> Option<ApiKeyUser> {
        self.known().get(token_hash).filter(|key| now < key.until).map(|key| key.row.clone())
    }

    fn forget(&self, token_hash: &[u8]) {
        self.known().remove(token_hash);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Hash, KnownKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The caller of a lease endpoint: a program with an API key, or anybody else who is signed in.
pub(crate) struct Program {
    pub caller: Caller,
    /// To be compared with its row; `None`: the caller was read from the database for this request.
    known: Option<Known>,
}

/// The key of a request, and the email address that its person had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    token_hash: Hash,
    pub key_id: i64,
    pub email: String,
}

impl FromRequestParts<App> for Program {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let key = key_of_program(&parts.headers).filter(|token| token.starts_with(API_KEY_PREFIX));
        let hash = key.map(|token| hash_token(&token));
        let now = app.clock.now();
        let found = hash.and_then(|hash| app.known_keys.find(&hash, now).map(|row| (hash, row)));
        match found {
            Some((token_hash, row)) => {
                let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
                let known = Known { token_hash, key_id: row.id, email: row.email.clone() };
                Ok(Self { caller: Caller::of_key(row, address), known: Some(known) })
            }
            None => Ok(Self { caller: Caller::from_request_parts(parts, app).await?, known: None }),
        }
    }
}

impl Program {
    pub(crate) fn known(&self) -> Option<&Known> {
        self.known.as_ref()
    }

    /// The key is not as it was known: finds its caller in the database.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when the key does not hold.
    pub(crate) async fn look_up(&mut self, app: &App) -> Result<(), Error> {
        let Some(Known { token_hash, .. }) = self.known.take() else { return Ok(()) };
        app.known_keys.forget(&token_hash);
        let row = find_api_key_user(&app.db, &token_hash, app.clock.now()).await?;
        self.caller = Caller::of_key(row.ok_or(Error::Unauthorized)?, self.caller.address);
        Ok(())
    }
}
