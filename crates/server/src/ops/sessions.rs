//! Sign-in and sign-out.
//!
//! Attempts are counted before the password is looked at; an unknown address costs the same time as a wrong password
//! and gets the same answer. A session opens only while the password is still the one that was looked at. A program's
//! sign-ins are one session and one line of the audit log as long as it keeps coming.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_store::scope::ACCOUNT;
use testkeep_store::session::{self, NewSession, RenewedSession, SessionUser};
use testkeep_store::user::{self, User};
use testkeep_store::{Tx, member};

use super::attempts::Subjects;
use super::audit::{self, Event};
use super::authorized::Authorized;
use super::invitations;
use crate::auth::{Caller, SESSION_LIFETIME};
use crate::client_token::{self, CLIENT_SESSION_LIFETIME};
use crate::token::{create_token, hash_token, same_secret};
use crate::{App, Error};

const USER_AGENT_MAX: usize = 200;
/// Tells programs' sessions from browsers' in the list of a person's sessions.
const OF_A_PROGRAM: &str = " (client token)";

/// Who begins a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A person, in a browser or the desktop program: a session for each sign-in.
    Person,
    /// A licensed program, which sends the password every few minutes: one session for all of that.
    Program,
}

pub struct SignIn {
    pub kind: SessionKind,
    pub email: String,
    pub password: Secret,
    pub address: IpAddr,
    pub user_agent: String,
}

pub struct SignedIn {
    /// A person's session token; a program's refresh token ([`client_token`]).
    pub token: String,
    pub user: User,
}

pub async fn sign_in(app: &App, request: SignIn) -> Result<SignedIn, Error> {
    if !app.licensing.is_activated(&app.db).await? {
        return Err(Error::ActivationRequired);
    }
    let email = EmailAddress::parse(&request.email).ok();
    let subjects = Subjects::new(email.as_ref(), request.address);
    subjects.count(app).await?;
    let mut opened = open_if_right(app, email.as_ref(), &request, &subjects).await?;
    if matches!(opened, Opened::Changed) {
        opened = open_if_right(app, email.as_ref(), &request, &subjects).await?;
    }
    app.metrics.signed_in(matches!(opened, Opened::Session(_)));
    match opened {
        Opened::Session(signed_in) => Ok(*signed_in),
        Opened::Wrong | Opened::Changed => {
            tracing::info!(address = %request.address, "sign-in refused");
            Err(Error::WrongCredentials)
        }
    }
}

enum Opened {
    Session(Box<SignedIn>),
    Wrong,
    /// The password was changed since it was looked at; another look says whether it is the right one now.
    Changed,
}

async fn open_if_right(
    app: &App,
    email: Option<&EmailAddress>,
    request: &SignIn,
    subjects: &Subjects,
) -> Result<Opened, Error> {
    let user = match email {
        Some(email) => user::find_user_by_email(&app.db, email.as_str()).await?,
        None => None,
    };
    let checked = check_password(app, user.as_ref(), &request.password).await?;
    let (Some(user), Some(new_hash)) = (user, checked) else { return Ok(Opened::Wrong) };
    open_session(app, user, new_hash.as_deref(), request, subjects).await
}

/// `None`: wrong. `Some(None)`: right. `Some(Some(hash))`: right, and set in plain by SQL: store this hash instead.
pub(super) async fn check_password(
    app: &App,
    user: Option<&User>,
    password: &Secret,
) -> Result<Option<Option<String>>, Error> {
    match user {
        Some(user) if !user.password_encrypted => {
            let hash = app.passwords.hash(password).await?;
            let same = same_secret(user.password.as_bytes(), password.expose().as_bytes());
            Ok((same && !password.is_empty()).then_some(Some(hash)))
        }
        user => {
            let hash = user.map(|user| user.password.as_str());
            Ok(app.passwords.verify(password, hash).await?.then_some(None))
        }
    }
}

async fn open_session(
    app: &App,
    user: User,
    new_hash: Option<&str>,
    request: &SignIn,
    subjects: &Subjects,
) -> Result<Opened, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(member) = member::find_member(&mut tx, ACCOUNT, user.id).await? else {
        return Ok(Opened::Wrong);
    };
    if !member.password_sign_in {
        return Err(Error::Forbidden(
            "Signing in with a password is switched off for you. Ask an Owner or an Admin of the account."
                .into(),
        ));
    }
    let mut events = Vec::new();
    if let Some(hash) = new_hash {
        if !user::replace_password(&mut tx, user.id, &user.password, hash).await? {
            return Ok(Opened::Changed);
        }
        session::delete_sessions_of_user(&mut tx, user.id).await?;
        events.push(recovered_by_sql(&user));
    }
    if !user::update_last_sign_in(&mut tx, user.id, new_hash.unwrap_or(&user.password), now).await? {
        return Ok(Opened::Changed);
    }
    let (token, is_new) = begin(app, &mut tx, user.id, request, now).await?;
    subjects.forgive(&mut tx).await?;
    let may = Authorized::known_person(user.id, &user.email, request.address);
    if is_new {
        events.push(Event::new("sign_in", "user", Some(user.id), user.email.as_str()));
    }
    invitations::accept_after_sign_in(app, &mut tx, &may, &user, now).await?;
    audit::record_all(&mut tx, &may, events, now).await?;
    tx.commit().await?;
    Ok(Opened::Session(Box::new(SignedIn { token, user })))
}

pub(super) fn recovered_by_sql(user: &User) -> Event {
    Event::new("recover_password_by_sql", "user", Some(user.id), user.email.as_str())
}

/// Returns the token, and whether the session is a new one. The caller holds the lock of the person's row, so a program
/// that signs in twice at once gets one session.
async fn begin(
    app: &App,
    tx: &mut Tx,
    user_id: i64,
    request: &SignIn,
    now: DateTime<Utc>,
) -> Result<(String, bool), Error> {
    let token = create_token()?;
    let hash = hash_token(&token);
    let address = request.address.to_string();
    let user_agent: String = request.user_agent.chars().take(USER_AGENT_MAX).collect();
    let new = NewSession {
        token_hash: &hash,
        user_id,
        expires_at: now + SESSION_LIFETIME,
        address: &address,
        user_agent: &user_agent,
    };
    if request.kind == SessionKind::Person {
        session::create_session(tx, new, now).await?;
        return Ok((token, true));
    }
    let expires_at = now + CLIENT_SESSION_LIFETIME;
    let user_agent = format!("{user_agent}{OF_A_PROGRAM}");
    let known = RenewedSession {
        user_id,
        address: &address,
        user_agent: &user_agent,
        created_since: now - SESSION_LIFETIME,
        expires_at,
    };
    if let Some((id, hash)) = session::renew_session_of_program(tx, known, now).await? {
        return Ok((client_token::refresh_token(app, id, &hash, now), false));
    }
    let new = NewSession { expires_at, user_agent: &user_agent, ..new };
    let id = session::create_session(tx, new, now).await?;
    Ok((client_token::refresh_token(app, id, &hash, now), true))
}

/// Lets a program's session go on, for its refresh token.
///
/// # Errors
/// [`Error::Unauthorized`] once the session has ended.
pub async fn renew_program(app: &App, refresh_token: &str) -> Result<SessionUser, Error> {
    let found = client_token::find_by_refresh(app, refresh_token).await?.ok_or(Error::Unauthorized)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let (since, until) = (now - SESSION_LIFETIME, now + CLIENT_SESSION_LIFETIME);
    if !session::renew_session(&mut tx, found.session_id, since, until, now).await? {
        return Err(Error::Unauthorized);
    }
    tx.commit().await?;
    Ok(found)
}

pub async fn sign_out(app: &App, caller: &Caller) -> Result<(), Error> {
    let session_id = caller.session()?;
    let mut tx = app.db.begin().await?;
    session::delete_session(&mut tx, session_id).await?;
    let event = Event::new("sign_out", "user", Some(caller.user_id), caller.email.as_str());
    audit::record(&mut tx, &caller.authorize_oneself(), event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
