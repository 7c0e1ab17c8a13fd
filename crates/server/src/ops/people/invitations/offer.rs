//! What an invitation gives when it is accepted: a role, teams of the organization, and licenses.
//!
//! The inviter must hold every permission that giving these things needs, when they invite and still when the person
//! accepts. No seat is kept for an invited person: a license is assigned when they accept, if one is free then. Without
//! a free one they join without it, and the audit log says so.

use std::collections::BTreeSet;

use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Action, Level, OrganizationAction, Role, Roles, TeamAction};
use testkeep_store::people::invitation::Invitation;
use testkeep_store::people::invitation_offer::{self, OfferedTeam};
use testkeep_store::people::member;

use crate::Error;
use crate::identity::access::Scope;
use crate::ops::audit::Event;
use crate::ops::authorized::Oneself;
use crate::ops::change::Change;
use crate::ops::leases::Turn;
use crate::ops::licenses::assign::assign_to_joining;
use crate::ops::people::users::{OWNER_GIVES_ROLES, may_give};

/// Teams in one request.
const TEAMS_MAX: usize = 20;
const TEAMS: &str = "team_ids";
const ROLE: &str = "role";

/// What a caller asks to give to everybody whom one request invites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub role: Role,
    pub team_ids: BTreeSet<i64>,
    pub products: Vec<Product>,
}

impl Default for Offer {
    fn default() -> Self {
        Self { role: Role::Member, team_ids: BTreeSet::new(), products: Vec::new() }
    }
}

impl Offer {
    /// `None`: another version wrote a role that this one does not have.
    pub(super) fn of(invitation: &Invitation) -> Option<Self> {
        Some(Self {
            role: Role::parse(&invitation.role)?,
            team_ids: team_ids(invitation),
            products: products(invitation),
        })
    }

    pub(super) fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn team_ids_json(&self) -> Result<String, Error> {
        serde_json::to_string(&self.team_ids).map_err(Error::internal)
    }

    pub(super) fn products_json(&self) -> Result<String, Error> {
        serde_json::to_string(&self.products).map_err(Error::internal)
    }

    /// # Errors
    /// Why a person with these roles may not give this.
    pub(super) fn require(&self, roles: Roles, level: Level) -> Result<(), Error> {
        let needs = |action: Action, wanted: bool| {
            if !wanted || roles.may(action) { Ok(()) } else { Err(Error::Forbidden(action.refusal())) }
        };
        if self.role != Role::Member && !may_give(roles, level, self.role) {
            return Err(Error::Forbidden(OWNER_GIVES_ROLES.into()));
        }
        needs(OrganizationAction::AssignLicense.into(), !self.products.is_empty())?;
        needs(TeamAction::AddTeamUser.into(), !self.team_ids.is_empty())
    }

    /// Checks what a caller asks for, before anybody is invited.
    pub(super) async fn check(&self, change: &mut Change<Scope>, to_project: bool) -> Result<(), Error> {
        let level = change.scope().level;
        if !level.roles().contains(&self.role) {
            return Err(Error::field(ROLE, "This role exists only in the account."));
        }
        if to_project && !self.is_plain() {
            let message = "People who are invited to a project join as Members. Leave out the role, teams and licenses.";
            return Err(Error::field("project_id", message));
        }
        if level == Level::Account && !(self.team_ids.is_empty() && self.products.is_empty()) {
            return Err(Error::field(TEAMS, "Invite to an organization to give teams or licenses."));
        }
        if self.team_ids.len() > TEAMS_MAX {
            return Err(Error::field(TEAMS, format!("Choose at most {TEAMS_MAX} teams.")));
        }
        self.require(*change.may().roles(), level)?;
        if let (Some(organization_id), false) = (change.scope().organization_id, self.team_ids.is_empty()) {
            let ids = self.team_ids.iter().copied();
            let found = invitation_offer::list_offered_teams(change.tx(), organization_id, ids).await?;
            if found.len() < self.team_ids.len() {
                return Err(Error::field(TEAMS, "This organization has no such team. Load the page again."));
            }
        }
        Ok(())
    }
}

pub(crate) fn team_ids(invitation: &Invitation) -> BTreeSet<i64> {
    serde_json::from_str(&invitation.team_ids).unwrap_or_default()
}

pub(crate) fn products(invitation: &Invitation) -> Vec<Product> {
    let words: Vec<String> = serde_json::from_str(&invitation.products).unwrap_or_default();
    Product::ALL.into_iter().filter(|product| words.iter().any(|word| word == product.word())).collect()
}

/// Gives the person the role. Somebody who is a Member already is raised to it; a role is never lowered.
pub(super) async fn give_role(
    change: &mut Change<Oneself>,
    invitation: &Invitation,
    user_id: i64,
) -> Result<(), Error> {
    let (scope_id, role, now) = (invitation.scope_id, invitation.role.as_str(), change.now());
    if !member::create_member(change.tx(), scope_id, user_id, role, now).await?
        && role != Role::Member.as_str()
        && let Some(known) = member::find_member(change.tx(), scope_id, user_id).await?
        && known.role == Role::Member.as_str()
    {
        member::update_member_role(change.tx(), scope_id, user_id, role).await?;
    }
    member::delete_removed_member(change.tx(), scope_id, user_id).await?;
    Ok(())
}

/// The person joins the teams that still exist.
pub(super) async fn give_teams(
    change: &mut Change<Oneself>,
    scope: &Scope,
    invitation: &Invitation,
    user_id: i64,
) -> Result<(), Error> {
    let (Some(organization_id), ids, now) = (scope.organization_id, team_ids(invitation), change.now())
    else {
        return Ok(());
    };
    if ids.is_empty() {
        return Ok(());
    }
    for OfferedTeam { id, name } in
        invitation_offer::list_offered_teams(change.tx(), organization_id, ids).await?
    {
        if member::create_member(change.tx(), id, user_id, Role::Member.as_str(), now).await? {
            let event = Event::new(AuditAction::AddUser, "user", Some(user_id), invitation.email.as_str());
            let team = Scope {
                id,
                level: Level::Team,
                name,
                organization_id: Some(organization_id),
                team_id: Some(id),
            };
            change.record(event.at(&team).detail("invited_by", invitation.inviter_email.as_str()));
        }
    }
    Ok(())
}

/// Assigns the products of which a license is free. Returns the others.
pub(super) async fn give_licenses(
    change: &mut Change<Oneself>,
    scope: &Scope,
    invitation: &Invitation,
    user_id: i64,
) -> Result<Vec<Product>, Error> {
    let (offered, app) = (products(invitation), change.app().clone());
    if offered.is_empty() || scope.level != Level::Organization {
        return Ok(Vec::new());
    }
    let (mut given, mut missing) = (Vec::new(), Vec::new());
    let mut turn = Turn::begin(&app, change.tx()).await?;
    for product in offered {
        let person = (user_id, invitation.email.as_str());
        let is_given =
            assign_to_joining(&mut turn, (scope.id, product), person, &invitation.inviter_email).await?;
        if is_given { given.push(product) } else { missing.push(product) }
    }
    turn.finish().await?;
    for product in given {
        let event = Event::new(AuditAction::AssignLicense, "user", Some(user_id), invitation.email.as_str());
        let event = event.at(scope).detail("product", product.word());
        change.record(event.detail("invited_by", invitation.inviter_email.as_str()));
    }
    Ok(missing)
}
