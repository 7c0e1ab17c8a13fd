//! Proof of a permission: a value that only the checks in this module can make.

use std::net::IpAddr;

use testkeep_domain::permission::{AccountAction, Action, Level, Role, Roles, Rule};
use testkeep_store::Tx;
use testkeep_store::scope::ACCOUNT;

use crate::Error;
use crate::identity::access::Scope;
use crate::identity::auth::Caller;

/// The installation as a whole: its license, its default account, anybody's password.
#[derive(Debug)]
pub struct Installation(());

/// The caller's own account.
#[derive(Debug)]
pub struct Oneself(());

/// The person or the stand-in that acts, for the audit log.
#[derive(Clone, Debug)]
pub struct Actor {
    pub user_id: Option<i64>,
    /// An address, or what stands in for one: the console, a link.
    pub name: String,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

/// A permission that was checked: the holder may do the action it was checked for on `T`.
#[derive(Debug)]
pub struct Authorized<T> {
    actor: Actor,
    on: T,
    rule: Rule,
    roles: Roles,
}

impl<T> Authorized<T> {
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The person's id; `None` at the console and for the holder of a link.
    pub fn user_id(&self) -> Option<i64> {
        self.actor.user_id
    }

    fn without_roles(actor: Actor, on: T) -> Self {
        Self { actor, on, rule: Rule::Yes, roles: Roles::default() }
    }
}

impl Authorized<Scope> {
    pub fn scope(&self) -> &Scope {
        &self.on
    }

    /// What else this person may, at the same place.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// # Errors
    /// [`Error::Forbidden`] when the permission reaches Members only and this is none.
    pub fn reach(&self, target: Role) -> Result<(), Error> {
        if self.rule == Rule::MembersOnly && target != Role::Member {
            return Err(Error::Forbidden(target.out_of_reach()));
        }
        Ok(())
    }
}

impl Authorized<Installation> {
    /// A command on the server machine that could read the installation's configuration.
    pub fn at_the_console() -> Self {
        Self::standing_in("console")
    }

    /// The desktop manager, or another program that could read `conf/control.token` on the server machine.
    pub fn at_the_control_port() -> Self {
        Self::standing_in("control port")
    }

    pub(super) fn by_setup_link() -> Self {
        Self::standing_in("setup link")
    }

    /// Before anybody can sign in, a file signed by the vendor for this very machine is itself the permission.
    pub(super) fn by_license_file() -> Self {
        Self::standing_in("license file")
    }

    /// What the server does or notices by itself; `address`: because of requests from there.
    pub(crate) fn by_the_server(address: Option<IpAddr>) -> Self {
        Self::without_roles(Actor { user_id: None, name: "server".into(), address }, Installation(()))
    }

    fn standing_in(name: &str) -> Self {
        let actor = Actor { user_id: None, name: name.into(), address: None };
        Self::without_roles(actor, Installation(()))
    }
}

impl Authorized<Oneself> {
    /// Right after the password was found to be right, or a link's token.
    pub(super) fn known_person(user_id: i64, email: &str, address: IpAddr) -> Self {
        let actor = Actor { user_id: Some(user_id), name: email.into(), address: Some(address) };
        Self::without_roles(actor, Oneself(()))
    }

    /// Whose seat a turn has just found to be theirs, in answer to a program of theirs.
    pub(super) fn holder_of_a_seat(user_id: i64, email: String) -> Self {
        Self::without_roles(Actor { user_id: Some(user_id), name: email, address: None }, Oneself(()))
    }
}

impl Caller {
    pub fn actor(&self) -> Actor {
        Actor { user_id: Some(self.user_id), name: self.email.clone(), address: Some(self.address) }
    }

    /// Every person who is signed in may change their own account.
    pub fn authorize_oneself(&self) -> Authorized<Oneself> {
        Authorized::without_roles(self.actor(), Oneself(()))
    }

    /// # Errors
    /// [`Error::NotFound`] for what may not be seen, [`Error::Forbidden`], naming the roles that may.
    pub async fn authorize(
        &self,
        tx: &mut Tx,
        level: Level,
        id: i64,
        action: impl Into<Action>,
    ) -> Result<Authorized<Scope>, Error> {
        let access = self.access(tx, level, id).await?;
        let rule = access.require(action)?;
        Ok(Authorized { actor: self.actor(), on: access.scope, rule, roles: access.roles })
    }

    /// For an action that any role at the scope itself allows: to leave it.
    ///
    /// # Errors
    /// [`Error::NotFound`] without one.
    pub async fn authorize_being_there(
        &self,
        tx: &mut Tx,
        level: Level,
        id: i64,
    ) -> Result<Authorized<Scope>, Error> {
        let access = self.access(tx, level, id).await?;
        access.roles.at(level).ok_or(Error::NotFound)?;
        Ok(Authorized { actor: self.actor(), on: access.scope, rule: Rule::Yes, roles: access.roles })
    }

    /// # Errors
    /// [`Error::Forbidden`], naming the roles that may.
    pub async fn authorize_installation(
        &self,
        tx: &mut Tx,
        action: AccountAction,
    ) -> Result<Authorized<Installation>, Error> {
        let Authorized { actor, rule, roles, .. } =
            self.authorize(tx, Level::Account, ACCOUNT, action).await?;
        Ok(Authorized { actor, on: Installation(()), rule, roles })
    }
}
