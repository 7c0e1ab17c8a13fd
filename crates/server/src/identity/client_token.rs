//! Tokens of programs that speak the client protocol (rules 2 and 3): an access token for an hour, and a refresh token
//! for the life of the session.
//!
//! Both are derived from `conf/secret.key` and the session's row. So one session has any number of tokens, a new token
//! needs no new row, and the end of the session ends all of them. Must never accept a token without its row.

use chrono::{DateTime, Utc};
use testkeep_store::people::session::{self, SessionUser};

use crate::identity::lifetime::{ACCESS_LIFETIME, CLIENT_SESSION_LIFETIME, SESSION_IDLE};
use crate::identity::token::same_secret;
use crate::{App, Error};

/// The start of every access token.
pub(crate) const ACCESS: &str = "tkc_";
const REFRESH: &str = "tkr_";

pub(crate) fn access_token(app: &App, session_id: i64, token_hash: &[u8]) -> String {
    issue(app, ACCESS, session_id, token_hash, app.clock.now() + ACCESS_LIFETIME)
}

pub(crate) fn refresh_token(app: &App, session_id: i64, token_hash: &[u8], now: DateTime<Utc>) -> String {
    issue(app, REFRESH, session_id, token_hash, now + CLIENT_SESSION_LIFETIME)
}

/// Returns the live session of a valid access token.
pub(crate) async fn find_by_access(app: &App, token: &str) -> Result<Option<SessionUser>, Error> {
    find(app, ACCESS, token).await
}

pub(crate) async fn find_by_refresh(app: &App, token: &str) -> Result<Option<SessionUser>, Error> {
    find(app, REFRESH, token).await
}

/// `<prefix><session id>_<end in epoch seconds>_<64 hexadecimal digits>`
fn issue(app: &App, prefix: &str, session_id: i64, token_hash: &[u8], until: DateTime<Utc>) -> String {
    let until = until.timestamp();
    let nonce = [token_hash, &session_id.to_be_bytes(), &until.to_be_bytes()].concat();
    let proof = app.secret_key.derive_token(&format!("client token {prefix}"), &nonce);
    format!("{prefix}{session_id}_{until}_{proof}")
}

async fn find(app: &App, prefix: &str, token: &str) -> Result<Option<SessionUser>, Error> {
    let now = app.clock.now();
    // A token from a clock in the future ends with its session, whose end is capped.
    let Some((session_id, until)) = read(prefix, token).filter(|(_, until)| *until > now) else {
        return Ok(None);
    };
    let found = session::find_session_by_id(&app.db, session_id, now, now - SESSION_IDLE).await?;
    Ok(found.filter(|session| {
        let right = issue(app, prefix, session_id, &session.token_hash, until);
        same_secret(right.as_bytes(), token.as_bytes())
    }))
}

fn read(prefix: &str, token: &str) -> Option<(i64, DateTime<Utc>)> {
    let mut parts = token.strip_prefix(prefix)?.splitn(3, '_');
    let session_id = parts.next()?.parse().ok()?;
    let until = DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?;
    Some((session_id, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_own_form_alone() {
        assert_eq!(read(ACCESS, "tkc_7_60_ab"), Some((7, DateTime::from_timestamp(60, 0).unwrap())));
        for odd in
            ["", "tkc_", "tkc_7", "tkc_7_", "tkr_7_60_ab", "tkc_x_60_ab", "tkc_7_9223372036854775807_ab"]
        {
            assert_eq!(read(ACCESS, odd), None, "{odd}");
        }
    }
}
