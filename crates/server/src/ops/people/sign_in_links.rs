//! The sign-in link: a person who is signed in in the desktop window opens the browser on the same machine, signed in
//! as well.
//!
//! A link works once, for a minute, and only on the server machine. It is a row of `session` whose hash is keyed with
//! `conf/secret.key`: no session token has this hash, and whatever ends the person's sessions ends the link, too.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::audit::AuditAction;
use testkeep_setup::machine::is_own_address;
use testkeep_store::Tx;
use testkeep_store::people::session::{self, NewSession, SessionUser};
use testkeep_store::people::user::{self, User};

use crate::identity::auth::Caller;
use crate::identity::lifetime::{SESSION_IDLE, SESSION_LIFETIME};
use crate::identity::token::{create_token, hash_token};
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::people::sessions::{SignedIn, USER_AGENT_MAX, end_replaced};
use crate::{App, Error};

const LIFETIME: Duration = Duration::minutes(1);
const PURPOSE: &str = "sign-in link";
/// Shown in the person's list of sessions until the link is used.
const USER_AGENT: &str = "Sign-in link";

pub(crate) struct SignInLink {
    pub url: String,
    pub expires_at: DateTime<Utc>,
}

/// The browser that follows a link.
pub(crate) struct Visitor {
    pub address: IpAddr,
    pub user_agent: String,
    /// The session token that the browser had before; that session ends.
    pub replaces: Option<String>,
}

/// # Errors
/// [`Error::Forbidden`] for a program with an API key, and for a caller on another machine.
pub(crate) async fn create(app: &App, caller: &Caller) -> Result<SignInLink, Error> {
    caller.session()?;
    require_server_machine(caller.address)?;
    let token = create_token()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let now = change.now();
    let expires_at = now + LIFETIME;
    let new = NewSession {
        token_hash: &hash(app, &token),
        user_id: caller.user_id,
        expires_at,
        address: &caller.address.to_string(),
        user_agent: USER_AGENT,
    };
    session::create_session(change.tx(), new, now).await?;
    change.commit().await?;
    // The token is in the fragment, which browsers do not send: so it appears in no log.
    Ok(SignInLink { url: app.config.server_url.link(&format!("/sign-in-link#token={token}")), expires_at })
}

/// Opens a session for the browser that follows the link.
///
/// # Errors
/// [`Error::LinkInvalid`] when the link was used, has expired, or was opened on another machine.
pub(crate) async fn follow(app: &App, token: &str, visitor: Visitor) -> Result<SignedIn, Error> {
    if !is_own_address(visitor.address) {
        return Err(invalid("It works in a browser on the server machine only."));
    }
    let mut tx = app.db.begin().await?;
    let linked = take(&mut tx, &hash(app, token), app.clock.now()).await?.ok_or_else(used)?;
    let user = user::find_user_by_email(&mut tx, &linked.email).await?.ok_or_else(used)?;
    let may = Authorized::known_person(user.id, &user.email, visitor.address);
    let mut change = Change::with(app, tx, may);
    let now = change.now();
    if !user::update_last_sign_in(change.tx(), user.id, &user.password, now).await? {
        return Err(used());
    }
    let token = begin(change.tx(), &user, &visitor, now).await?;
    let ended = end_replaced(change.tx(), visitor.replaces.as_deref()).await?;
    let event = Event::new(AuditAction::SignIn, "user", Some(user.id), user.email.as_str());
    change.record(event.detail("by_link", true));
    change.record_all(ended);
    change.commit().await?;
    app.metrics.signed_in(true);
    Ok(SignedIn { token, user })
}

/// Deletes the link's row and returns its person. `None`: there is no such link, or it has expired.
async fn take(tx: &mut Tx, hash: &[u8], now: DateTime<Utc>) -> Result<Option<SessionUser>, Error> {
    let found = session::find_session(&mut *tx, hash, now, now - SESSION_IDLE).await?;
    // Of two requests at the same time, only one deletes the row.
    let deleted = session::delete_session_by_token(tx, hash).await?;
    Ok(found.filter(|_| deleted.is_some()))
}

async fn begin(tx: &mut Tx, user: &User, visitor: &Visitor, now: DateTime<Utc>) -> Result<String, Error> {
    let token = create_token()?;
    let user_agent: String = visitor.user_agent.chars().take(USER_AGENT_MAX).collect();
    let new = NewSession {
        token_hash: &hash_token(&token),
        user_id: user.id,
        expires_at: now + SESSION_LIFETIME,
        address: &visitor.address.to_string(),
        user_agent: &user_agent,
    };
    session::create_session(tx, new, now).await?;
    Ok(token)
}

fn hash(app: &App, token: &str) -> [u8; 32] {
    hash_token(&app.secret_key.derive_token(PURPOSE, token.as_bytes()))
}

fn require_server_machine(address: IpAddr) -> Result<(), Error> {
    if is_own_address(address) {
        return Ok(());
    }
    Err(Error::Forbidden(
        "A sign-in link can be made on the server machine only. Sign in with your password.".into(),
    ))
}

fn used() -> Error {
    invalid("It was used, or it is older than a minute.")
}

fn invalid(reason: &str) -> Error {
    Error::LinkInvalid(format!(
        "This link does not sign you in. {reason} Make another one in the desktop window, or sign in with your password."
    ))
}
