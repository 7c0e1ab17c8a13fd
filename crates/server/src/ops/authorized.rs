//! Proof that somebody may do something: a value that only the checks in this module can make.

use testkeep_domain::permission::{AccountAction, Role};
use testkeep_store::{Tx, account};

use crate::Error;
use crate::auth::Caller;

/// The installation as a whole: its license, its default account.
#[derive(Debug)]
pub struct Installation(());

/// Whoever holds this may do what they asked for on `T`.
#[derive(Debug)]
pub struct Authorized<T> {
    user_id: Option<i64>,
    _on: T,
}

impl<T> Authorized<T> {
    /// Who it is; `None` at the console and for the holder of a setup link.
    pub fn user_id(&self) -> Option<i64> {
        self.user_id
    }
}

impl Authorized<Installation> {
    /// A command on the server machine that could read the installation's configuration.
    pub fn at_the_console() -> Self {
        Self { user_id: None, _on: Installation(()) }
    }

    pub(super) fn by_setup_link() -> Self {
        Self { user_id: None, _on: Installation(()) }
    }
}

impl Caller {
    /// # Errors
    /// [`Error::Forbidden`], naming the roles that may.
    pub async fn authorize(
        &self,
        tx: &mut Tx,
        action: AccountAction,
    ) -> Result<Authorized<Installation>, Error> {
        let role = account::find_account_role(tx, self.session.user_id).await?;
        if role.as_deref().and_then(Role::parse).is_some_and(|role| action.is_allowed(role)) {
            return Ok(Authorized { user_id: Some(self.session.user_id), _on: Installation(()) });
        }
        Err(Error::Forbidden(format!(
            "Your role does not allow this. Ask {} of the account.",
            action.allowed_roles_in_words()
        )))
    }
}
