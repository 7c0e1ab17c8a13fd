//! Projects: create, edit, move between teams, archive, delete. The creator becomes Owner if they belong to the
//! organization.

use chrono::{DateTime, Utc};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{Level, OrganizationAction, ProjectAction, TeamAction};
use testkeep_store::Tx;
use testkeep_store::scopes::project::{self, Project, ProjectChange};
use testkeep_store::scopes::scope::{self, NewScope};

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::scopes::creation::{lock_organization, make_creator_owner};
use crate::ops::scopes::names::{checked_description, checked_name, require_typed_name, taken};
use crate::{App, Error};

#[derive(Debug)]
pub(crate) struct NewProject {
    pub name: String,
    pub description: String,
    /// `None`: the project is directly in the organization.
    pub team_id: Option<i64>,
}

#[derive(Debug, Default)]
pub(crate) struct ProjectPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    /// `Some(None)`: moves the project out of its team.
    #[expect(clippy::option_option, reason = "absent, null, or a team")]
    pub team_id: Option<Option<i64>>,
    pub archived: Option<bool>,
}

pub(crate) async fn create_project(
    app: &App,
    caller: &Caller,
    organization_id: i64,
    new: NewProject,
) -> Result<i64, Error> {
    let mut tx = app.db.begin().await?;
    // The caller must be able to see the organization before an answer mentions its teams.
    caller.access(&mut tx, Level::Organization, organization_id).await?;
    let may = authorize_creating(&mut tx, caller, organization_id, new.team_id).await?;
    let mut change = Change::with(app, tx, may);
    let name = checked_name(&new.name)?;
    let description = checked_description(&new.description)?;
    lock_organization(&mut change).await?;
    let now = change.now();
    let row = NewScope {
        level: Level::Project.as_str(),
        organization_id: Some(organization_id),
        team_id: new.team_id,
        name: &name,
        description: &description,
    };
    let id = scope::create_scope(change.tx(), row, now).await.map_err(|error| taken(error, "project"))?;
    let created = Scope {
        id,
        level: Level::Project,
        name,
        organization_id: Some(organization_id),
        team_id: new.team_id,
    };
    make_creator_owner(&mut change, caller, &created).await?;
    let mut event = Event::of(AuditAction::CreateProject, &created);
    if new.team_id.is_some() {
        event = event.detail("team", change.scope().name.as_str());
    }
    change.record(event);
    change.commit().await?;
    Ok(id)
}

/// Checks the permission to create a project in the parent that it is created in or moved to: the organization or a
/// team.
async fn authorize_creating(
    tx: &mut Tx,
    caller: &Caller,
    organization_id: i64,
    team_id: Option<i64>,
) -> Result<Authorized<Scope>, Error> {
    let Some(id) = team_id else {
        let action = OrganizationAction::CreateProject;
        return caller.authorize(tx, Level::Organization, organization_id, action).await;
    };
    match caller.access(&mut *tx, Level::Team, id).await {
        Ok(team) if team.scope.organization_id == Some(organization_id) => {}
        Ok(_) | Err(Error::NotFound) => {
            return Err(Error::field(
                "team_id",
                "There is no such team in this organization. Load the page again.",
            ));
        }
        Err(error) => return Err(error),
    }
    caller.authorize(tx, Level::Team, id, TeamAction::CreateProject).await
}

pub(crate) async fn update_project(
    app: &App,
    caller: &Caller,
    id: i64,
    patch: ProjectPatch,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, Level::Project, id, ProjectAction::EditProject).await?;
    lock_organization(&mut change).await?;
    let before = project::find_project(change.tx(), id, caller.user_id).await?.ok_or(Error::NotFound)?;
    let mut after = Changed::of(&before);
    if let Some(name) = &patch.name {
        after.name = checked_name(name)?;
    }
    if let Some(description) = &patch.description {
        after.description = checked_description(description)?;
    }
    let now = change.now();
    if let Some(archived) = patch.archived {
        after.archived_at = archived.then(|| before.archived_at.unwrap_or(now));
    }
    let mut moved = None;
    if let Some(team_id) = patch.team_id.filter(|team_id| *team_id != before.team_id) {
        let to = authorize_creating(change.tx(), caller, before.organization_id, team_id).await?;
        after.team_id = team_id;
        moved = Some(to);
    }
    let events = events(change.scope(), &before, &after, moved.as_ref());
    after.write(change.tx(), id).await?;
    change.record_all(events);
    change.commit().await
}

struct Changed {
    name: String,
    description: String,
    team_id: Option<i64>,
    archived_at: Option<DateTime<Utc>>,
}

impl Changed {
    fn of(before: &Project) -> Self {
        Self {
            name: before.name.clone(),
            description: before.description.clone(),
            team_id: before.team_id,
            archived_at: before.archived_at,
        }
    }

    async fn write(&self, tx: &mut Tx, id: i64) -> Result<(), Error> {
        let Self { name, description, team_id, archived_at } = self;
        let row = ProjectChange { name, description, team_id: *team_id, archived_at: *archived_at };
        project::update_project(tx, id, row).await.map_err(|error| taken(error, "project"))
    }
}

/// Returns one event for each kind of change, and none for values that stayed the same.
fn events(scope: &Scope, before: &Project, after: &Changed, moved: Option<&Authorized<Scope>>) -> Vec<Event> {
    let mut events = Vec::new();
    if after.name != before.name || after.description != before.description {
        let mut event = Event::of(AuditAction::EditProject, scope);
        if after.name != before.name {
            event = event.detail("name", after.name.as_str());
        }
        if after.description != before.description {
            event = event.detail("description", after.description.as_str());
        }
        events.push(event);
    }
    if let Some(to) = moved {
        let target = after.team_id.map(|_| to.scope().name.clone());
        events.push(
            Event::of(AuditAction::MoveProject, scope)
                .detail("from", before.team_name.clone())
                .detail("to", target),
        );
    }
    match (before.archived_at, after.archived_at) {
        (None, Some(_)) => events.push(Event::of(AuditAction::ArchiveProject, scope)),
        (Some(_), None) => events.push(Event::of(AuditAction::UnarchiveProject, scope)),
        _ => {}
    }
    events
}

/// Deletes a project, which cannot be undone. `confirm`: its name, as the person typed it.
pub(crate) async fn delete_project(app: &App, caller: &Caller, id: i64, confirm: &str) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, Level::Project, id, ProjectAction::DeleteProject).await?;
    require_typed_name(change.scope(), confirm)?;
    lock_organization(&mut change).await?;
    scope::delete_scope(change.tx(), id).await?;
    change.record(Event::of(AuditAction::DeleteProject, change.scope()));
    change.commit().await
}
