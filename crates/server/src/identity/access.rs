//! The scopes that a caller may see (account, organization, team, project), and the actions allowed there.
//!
//! One query finds the scope and the caller's roles down to it; the permission table adds them up. A scope that the
//! caller may not see is answered as if it did not exist. Must never decide by role: only the table does.

use testkeep_domain::permission::{Action, Level, Role, Roles, Rule};
use testkeep_store::on::On;
use testkeep_store::scopes::scope::{self, ScopeAccess};

use crate::Error;
use crate::identity::auth::Caller;

/// A scope: the account, an organization, a team or a project.
#[derive(Clone, Debug)]
pub struct Scope {
    pub id: i64,
    pub level: Level,
    pub name: String,
    /// The organization of a team or project; an organization's own id; `None` for the account.
    pub organization_id: Option<i64>,
    pub team_id: Option<i64>,
}

/// A scope that a person may see, and the person's permissions in it.
#[derive(Clone, Debug)]
pub struct Access {
    pub scope: Scope,
    pub roles: Roles,
}

impl Caller {
    /// # Errors
    /// [`Error::NotFound`] for a scope that does not exist, is of another level, or that the caller may not see.
    pub async fn access(&self, on: impl Into<On<'_>>, level: Level, id: i64) -> Result<Access, Error> {
        // `true`: an organization closed to password sign-in is closed to API keys too, because a key is made in such a
        // session.
        access_of(on, level, id, self.user_id, true).await
    }
}

/// As [`Caller::access`], for any user id.
pub async fn access_of(
    on: impl Into<On<'_>>,
    level: Level,
    id: i64,
    user_id: i64,
    by_password: bool,
) -> Result<Access, Error> {
    let found = scope::find_scope_access(on, id, user_id).await?.ok_or(Error::NotFound)?;
    if found.level != level.as_str() {
        return Err(Error::NotFound);
    }
    let closed = by_password && found.password_sign_in == Some(false);
    let access = Access { roles: roles_of(&found, level, closed), scope: scope_of(found, level) };
    match access.roles.may_see(level) {
        true => Ok(access),
        false if closed => Err(Error::Forbidden(
            "This organization is closed to sign-in with a password for you. Ask an Owner or an Admin of it."
                .into(),
        )),
        false => Err(Error::NotFound),
    }
}

fn roles_of(found: &ScopeAccess, level: Level, closed: bool) -> Roles {
    let role = |text: &Option<String>| text.as_deref().and_then(Role::parse);
    let below = |text: &Option<String>| role(text).filter(|_| level != Level::Account && !closed);
    Roles {
        account: role(&found.account_role),
        organization: below(&found.organization_role),
        team: below(&found.team_role),
        project: below(&found.project_role),
    }
}

fn scope_of(found: ScopeAccess, level: Level) -> Scope {
    let ScopeAccess { id, name, organization_id, team_id, .. } = found;
    let organization_id = if level == Level::Organization { Some(id) } else { organization_id };
    Scope { id, level, name, organization_id, team_id }
}

impl Access {
    pub fn may(&self, action: impl Into<Action>) -> bool {
        self.roles.may(action)
    }

    /// # Errors
    /// [`Error::Forbidden`], naming the roles that have the permission.
    pub fn require(&self, action: impl Into<Action>) -> Result<Rule, Error> {
        let action = action.into();
        match self.roles.rule(action) {
            Rule::No => Err(Error::Forbidden(action.refusal())),
            rule => Ok(rule),
        }
    }
}
