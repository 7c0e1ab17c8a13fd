//! Sign-in and sign-out.
//!
//! Attempts are counted before the password is looked at; an unknown address costs the same time as a wrong password
//! and gets the same answer. A session opens only while the password is still the one that was looked at.

use std::net::IpAddr;

use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_store::scope::ACCOUNT;
use testkeep_store::session::{self, NewSession};
use testkeep_store::user::{self, User};
use testkeep_store::{Tx, member};

use super::attempts::Subjects;
use super::audit::{self, Event};
use super::authorized::Authorized;
use super::invitations;
use crate::auth::{Caller, SESSION_LIFETIME};
use crate::token::{create_token, hash_token, same_secret};
use crate::{App, Error};

const USER_AGENT_MAX: usize = 200;

pub struct SignIn {
    pub email: String,
    pub password: Secret,
    pub address: IpAddr,
    pub user_agent: String,
}

pub struct SignedIn {
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
    let user = match &email {
        Some(email) => user::find_user_by_email(&app.db, email.as_str()).await?,
        None => None,
    };
    let checked = check_password(app, user.as_ref(), &request.password).await?;
    app.metrics.signed_in(checked.is_some());
    let (Some(user), Some(new_hash)) = (user, checked) else {
        tracing::info!(address = %request.address, "sign-in refused");
        return Err(Error::WrongCredentials);
    };
    let token = open_session(app, &user, new_hash.as_deref(), &request, &subjects).await?;
    Ok(SignedIn { token, user })
}

/// `None`: wrong. `Some(None)`: right. `Some(Some(hash))`: right, and set in plain by SQL: store this hash instead.
async fn check_password(
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
    user: &User,
    new_hash: Option<&str>,
    request: &SignIn,
    subjects: &Subjects,
) -> Result<String, Error> {
    let now = app.clock.now();
    let token = create_token()?;
    let mut tx = app.db.begin().await?;
    if member::find_member(&mut tx, ACCOUNT, user.id).await?.is_none() {
        return Err(Error::WrongCredentials);
    }
    if let Some(hash) = new_hash {
        user::update_password(&mut tx, user.id, hash).await?;
        session::delete_sessions_of_user(&mut tx, user.id).await?;
    }
    let user_agent: String = request.user_agent.chars().take(USER_AGENT_MAX).collect();
    let new = NewSession {
        token_hash: &hash_token(&token),
        user_id: user.id,
        expires_at: now + SESSION_LIFETIME,
        address: &request.address.to_string(),
        user_agent: &user_agent,
    };
    session::create_session(&mut tx, new, now).await?;
    user::update_last_sign_in(&mut tx, user.id, now).await?;
    subjects.forgive(&mut tx).await?;
    let may = Authorized::known_person(user.id, &user.email, request.address);
    let event = Event::new("sign_in", "user", Some(user.id), user.email.as_str());
    invitations::accept_after_sign_in(&mut tx, &may, user, now).await?;
    audit::record(&mut tx, &may, event, now).await?;
    tx.commit().await?;
    Ok(token)
}

pub async fn sign_out(app: &App, caller: &Caller) -> Result<(), Error> {
    let session_id = caller.session()?;
    let mut tx = app.db.begin().await?;
    session::delete_session(&mut tx, session_id).await?;
    Ok(tx.commit().await?)
}
