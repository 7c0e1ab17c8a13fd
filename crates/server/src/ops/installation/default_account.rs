//! The default account: creates the first person, an Owner of the account, exactly once, even under concurrent
//! requests.

use testkeep_domain::Secret;
use testkeep_domain::account::{EmailAddress, person_problems};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::password::normalized;
use testkeep_domain::permission::Role;
use testkeep_store::Tx;
use testkeep_store::installation::setting;
use testkeep_store::people::member;
use testkeep_store::people::user::{self, NewUser};
use testkeep_store::scopes::scope::ACCOUNT;

use crate::http::error::Fields;
use crate::ops::audit::Event;
use crate::ops::authorized::{Authorized, Installation};
use crate::ops::change::Change;
use crate::ops::installation::DEFAULT_ACCOUNT;
use crate::ops::installation::setup_link::{SETUP_TOKEN, authorize_setup_token};
use crate::{App, Error};

#[derive(Debug)]
pub(crate) struct NewAccount {
    pub email: String,
    pub password: Secret,
    pub first_name: String,
    pub last_name: String,
}

#[derive(Debug)]
pub(crate) struct CreatedAccount {
    pub id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

/// Creates the account for the holder of a setup link's token.
pub(crate) async fn create_by_setup_link(
    app: &App,
    token: &str,
    new: NewAccount,
) -> Result<CreatedAccount, Error> {
    if !app.licensing.is_activated(&app.db).await? {
        return Err(Error::ActivationRequired);
    }
    // Checked before the expensive hash, so that a stranger without a token cannot cause the work.
    let mut tx = app.db.begin().await?;
    refuse_second(&mut tx).await?;
    authorize_setup_token(&mut tx, token, app.clock.now()).await?;
    drop(tx);
    let checked = Checked::new(app, new).await?;
    let mut tx = app.db.begin().await?;
    let may = match authorize_setup_token(&mut tx, token, app.clock.now()).await {
        Ok(may) => may,
        // A concurrent request has created the account and used the token up.
        Err(error) => return Err(refuse_second(&mut tx).await.err().unwrap_or(error)),
    };
    checked.create(Change::with(app, tx, may)).await
}

pub(crate) async fn create(
    app: &App,
    may: Authorized<Installation>,
    new: NewAccount,
) -> Result<CreatedAccount, Error> {
    let checked = Checked::new(app, new).await?;
    checked.create(Change::of(app, may).await?).await
}

async fn refuse_second(tx: &mut Tx) -> Result<(), Error> {
    match setting::find_setting(tx, DEFAULT_ACCOUNT).await? {
        Some(_) => Err(exists()),
        None => Ok(()),
    }
}

fn exists() -> Error {
    Error::Conflict("The default account was created already. Sign in with it.".into())
}

struct Checked {
    email: EmailAddress,
    password_hash: String,
    first_name: String,
    last_name: String,
}

impl Checked {
    async fn new(app: &App, new: NewAccount) -> Result<Self, Error> {
        let NewAccount { email, password, first_name, last_name } = new;
        let fields: Fields = person_problems(&email, &password, &first_name, &last_name)
            .into_iter()
            .map(|(field, problem)| (field.to_owned(), problem))
            .collect();
        let (Ok(email), true) = (EmailAddress::parse(&email), fields.is_empty()) else {
            return Err(Error::Invalid { message: "Correct the marked fields.".into(), fields });
        };
        Ok(Self {
            email,
            password_hash: app.passwords.hash(&normalized(&password)).await?,
            first_name: first_name.trim().into(),
            last_name: last_name.trim().into(),
        })
    }

    async fn create(self, mut change: Change<Installation>) -> Result<CreatedAccount, Error> {
        let now = change.now();
        if !setting::create_setting(change.tx(), DEFAULT_ACCOUNT, self.email.as_str(), now).await? {
            return Err(exists());
        }
        let user = NewUser {
            email: self.email.as_str(),
            password_hash: &self.password_hash,
            first_name: &self.first_name,
            last_name: &self.last_name,
        };
        let id = user::create_user(change.tx(), user, now).await?;
        member::create_member(change.tx(), ACCOUNT, id, Role::Owner.as_str(), now).await?;
        setting::delete_setting(change.tx(), SETUP_TOKEN).await?;
        let event = Event::new(AuditAction::CreateDefaultAccount, "user", Some(id), self.email.as_str());
        change.record(event);
        change.commit().await?;
        tracing::info!(user = id, "default account created");
        Ok(CreatedAccount {
            id,
            email: self.email.into(),
            first_name: self.first_name,
            last_name: self.last_name,
        })
    }
}
