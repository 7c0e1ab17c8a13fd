//! Proof of a permission: [`Authorized`] is a value that only the checks in this module can make.
//!
//! A write needs one, so a write without a permission does not compile. Must never make one without a check.

use std::net::IpAddr;

use testkeep_domain::permission::{AccountAction, Action, Level, Role, Roles, Rule};
use testkeep_store::Tx;
use testkeep_store::scopes::scope::ACCOUNT;

use crate::Error;
use crate::identity::access::Scope;
use crate::identity::auth::Caller;

/// The whole installation: its licenses, its default account, the passwords of all people.
#[derive(Debug)]
pub struct Installation(());

/// The caller's own account.
#[derive(Debug)]
pub struct Oneself(());

/// The actor that the audit log names: a person, or a stand-in for one (the console, a link).
#[derive(Clone, Debug)]
pub struct Actor {
    pub user_id: Option<i64>,
    /// A person's email address, or the name of a stand-in.
    pub name: String,
    /// The IP address of the request.
    pub address: Option<IpAddr>,
}

/// A checked permission: the actor may do the checked action on `T`.
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

    /// All roles of the actor that apply in the scope.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// # Errors
    /// [`Error::Forbidden`] when the permission covers Members only and `target` is another role.
    pub fn reach(&self, target: Role) -> Result<(), Error> {
        if self.rule == Rule::MembersOnly && target != Role::Member {
            return Err(Error::Forbidden(target.out_of_reach()));
        }
        Ok(())
    }
}

impl Authorized<Installation> {
    /// For a command on the server machine that could read the installation's configuration.
    pub fn at_the_console() -> Self {
        Self::stand_in("console")
    }

    /// For the desktop manager, or another program that could read `conf/control.token` on the server machine.
    pub fn at_the_control_port() -> Self {
        Self::stand_in("control port")
    }

    pub(super) fn by_setup_link() -> Self {
        Self::stand_in("setup link")
    }

    /// For the first activation. Nobody can sign in yet, so a file that the vendor signed for this machine is the
    /// permission.
    pub(super) fn by_license_file() -> Self {
        Self::stand_in("license file")
    }

    /// For actions of the server itself; `address`: the IP address of the requests that caused the action.
    pub(crate) fn by_the_server(address: Option<IpAddr>) -> Self {
        Self::without_roles(Actor { user_id: None, name: "server".into(), address }, Installation(()))
    }

    fn stand_in(name: &str) -> Self {
        let actor = Actor { user_id: None, name: name.into(), address: None };
        Self::without_roles(actor, Installation(()))
    }
}

impl Authorized<Oneself> {
    /// For a person whose password, or whose link's token, was checked just before.
    pub(super) fn known_person(user_id: i64, email: &str, address: IpAddr) -> Self {
        let actor = Actor { user_id: Some(user_id), name: email.into(), address: Some(address) };
        Self::without_roles(actor, Oneself(()))
    }

    /// For a person whose seat a turn has found while it answers a request of that person's program.
    pub(super) fn holder_of_a_seat(user_id: i64, email: String) -> Self {
        Self::without_roles(Actor { user_id: Some(user_id), name: email, address: None }, Oneself(()))
    }
}

impl Caller {
    pub fn actor(&self) -> Actor {
        Actor { user_id: Some(self.user_id), name: self.email.clone(), address: Some(self.address) }
    }

    /// A person who is signed in may always change their own account.
    pub fn authorize_oneself(&self) -> Authorized<Oneself> {
        Authorized::without_roles(self.actor(), Oneself(()))
    }

    /// # Errors
    /// [`Error::NotFound`] when the caller may not see the scope; [`Error::Forbidden`], naming the roles that have the
    /// permission.
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

    /// For an action that any role in the scope itself allows: leaving it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the caller has no role in the scope itself.
    pub async fn authorize_leaving(
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
    /// [`Error::Forbidden`], naming the roles that have the permission.
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
