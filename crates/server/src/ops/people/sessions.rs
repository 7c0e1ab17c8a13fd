//! Sign-in and sign-out.
//!
//! An attempt is counted before the password is checked ([`crate::ops::people::throttle`]). An unknown email address
//! takes the same time as a wrong password and gets the same answer. A session is opened only if the password is still
//! the one that was checked. All sign-ins of one program are one session and one audit event, while the program signs
//! in often enough to keep the session alive.

use chrono::{DateTime, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_store::Tx;
use testkeep_store::people::member;
use testkeep_store::people::session::{self, NewSession, RenewedSession, SessionUser};
use testkeep_store::people::user::{self, User};
use testkeep_store::scopes::scope::ACCOUNT;

use crate::identity::auth::Caller;
use crate::identity::client_token;
use crate::identity::lifetime::{CLIENT_SESSION_LIFETIME, SESSION_LIFETIME};
use crate::identity::token::{create_token, hash_token};
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::people::invitations;
use crate::ops::people::passwords::{CheckedPassword, check_password};
use crate::ops::people::sign_in_request::{SessionKind, SignIn};
use crate::ops::people::throttle::{Attempt, Turn};
use crate::{App, Error};

pub(super) const USER_AGENT_MAX: usize = 200;
/// Marks programs' sessions in a person's list of sessions.
const OF_A_PROGRAM: &str = " (client token)";

pub(crate) struct SignedIn {
    /// The session token of a person, or the refresh token of a program ([`client_token`]).
    pub token: String,
    pub user: User,
}

pub(crate) async fn sign_in(app: &App, request: SignIn) -> Result<SignedIn, Error> {
    if !app.licensing.is_activated(&app.db).await? {
        return Err(Error::ActivationRequired);
    }
    let email = EmailAddress::of_sign_in(&request.email).ok();
    let user = find_user(app, email.as_ref()).await?;
    let attempt = Attempt::new(app, email.as_ref(), user.as_ref(), &request);
    let turn = attempt.take_turn().await?;
    if !turn.is_known {
        attempt.wait(&turn).await?;
    }
    let mut opened = open_if_right(app, email.as_ref(), &request, (&attempt, &turn)).await?;
    if matches!(opened, Opened::Changed) {
        opened = open_if_right(app, email.as_ref(), &request, (&attempt, &turn)).await?;
    }
    app.metrics.signed_in(matches!(opened, Opened::Session(_)));
    match opened {
        Opened::Session(signed_in) => Ok(*signed_in),
        Opened::Wrong | Opened::Changed => {
            // Logged before the wait, because the wait may refuse: every checked password is counted and logged.
            tracing::info!(address = %request.address, "sign-in refused");
            if turn.is_known {
                attempt.wait(&turn).await?;
            }
            Err(Error::WrongCredentials)
        }
    }
}

enum Opened {
    Session(Box<SignedIn>),
    Wrong,
    /// The password was changed since it was checked; it must be checked again.
    Changed,
}

async fn open_if_right(
    app: &App,
    email: Option<&EmailAddress>,
    request: &SignIn,
    counted: (&Attempt<'_>, &Turn),
) -> Result<Opened, Error> {
    // Read again: the attempt may have waited, and the password may have changed meanwhile.
    let user = find_user(app, email).await?;
    let checked = check_password(app, user.as_ref(), &request.password).await?;
    let (Some(user), Some(right)) = (user, checked) else { return Ok(Opened::Wrong) };
    open_session(app, user, &right, request, counted).await
}

async fn find_user(app: &App, email: Option<&EmailAddress>) -> Result<Option<User>, Error> {
    Ok(match email {
        Some(email) => user::find_user_by_email(&app.db, email.as_str()).await?,
        None => None,
    })
}

async fn open_session(
    app: &App,
    user: User,
    right: &CheckedPassword,
    request: &SignIn,
    (attempt, turn): (&Attempt<'_>, &Turn),
) -> Result<Opened, Error> {
    let may = Authorized::known_person(user.id, &user.email, request.address);
    let mut change = Change::of(app, may).await?;
    let now = change.now();
    let Some(member) = member::find_member(change.tx(), ACCOUNT, user.id).await? else {
        return Ok(Opened::Wrong);
    };
    if !member.password_sign_in {
        return Err(Error::Forbidden(
            "Signing in with a password is switched off for you. Ask an Owner or an Admin of the account."
                .into(),
        ));
    }
    let new_hash = right.new_hash.as_deref();
    if let Some(hash) = new_hash
        && !user::replace_password(change.tx(), user.id, &user.password, hash).await?
    {
        return Ok(Opened::Changed);
    }
    if right.is_recovery {
        session::delete_sessions_of_user(change.tx(), user.id).await?;
        change.record(recovered_by_sql(&user));
    }
    if !user::update_last_sign_in(change.tx(), user.id, new_hash.unwrap_or(&user.password), now).await? {
        return Ok(Opened::Changed);
    }
    let (token, is_new) = begin(app, change.tx(), user.id, request, now).await?;
    let is_new_place = is_new && attempt.is_new_place(change.tx(), user.id).await?;
    attempt.forgive(change.tx(), turn, user.id).await?;
    if is_new {
        let event = Event::new(AuditAction::SignIn, "user", Some(user.id), user.email.as_str());
        change.record(if is_new_place { event.detail("new_place", true) } else { event });
    }
    let ended = end_replaced(change.tx(), request.replaces.as_deref()).await?;
    change.record_all(ended);
    invitations::accept_after_sign_in(&mut change, &user).await?;
    change.commit().await?;
    Ok(Opened::Session(Box::new(SignedIn { token, user })))
}

/// Ends the session that the browser had before. Another person may have planted it there, or may have a copy of its
/// cookie.
pub(super) async fn end_replaced(tx: &mut Tx, token: Option<&str>) -> Result<Option<Event>, Error> {
    let Some(token) = token else { return Ok(None) };
    let ended = session::delete_session_by_token(tx, &hash_token(token)).await?;
    Ok(ended.map(|ended| {
        Event::new(AuditAction::SignOut, "user", Some(ended.user_id), ended.email)
            .detail("replaced_by_sign_in", true)
    }))
}

pub(in crate::ops) fn recovered_by_sql(user: &User) -> Event {
    Event::new(AuditAction::RecoverPasswordBySql, "user", Some(user.id), user.email.as_str())
}

/// Returns the token, and whether the session is new. The caller holds the lock of the user's row, so a program that
/// signs in twice at the same time gets one session.
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

/// Extends a program's session; needs its refresh token.
///
/// # Errors
/// [`Error::Unauthorized`] when the session has ended.
pub(crate) async fn renew_program(app: &App, refresh_token: &str) -> Result<SessionUser, Error> {
    let found = client_token::find_by_refresh(app, refresh_token).await?.ok_or(Error::Unauthorized)?;
    let now = app.clock.now();
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let (since, until) = (now - SESSION_LIFETIME, now + CLIENT_SESSION_LIFETIME);
    if !session::renew_session(change.tx(), found.session_id, since, until, now).await? {
        return Err(Error::Unauthorized);
    }
    change.commit().await?;
    Ok(found)
}

pub(crate) async fn sign_out(app: &App, caller: &Caller) -> Result<(), Error> {
    let session_id = caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    session::delete_session(change.tx(), session_id).await?;
    change.record(Event::new(AuditAction::SignOut, "user", Some(caller.user_id), caller.email.as_str()));
    change.commit().await
}
