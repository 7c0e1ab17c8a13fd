//! Projects: create, edit, move between teams, archive, delete. Whoever creates one is its Owner, if they belong to
//! the organization.

use chrono::{DateTime, Utc};
use testkeep_domain::permission::{Level, OrganizationAction, ProjectAction, TeamAction};
use testkeep_store::Tx;
use testkeep_store::project::{self, Project, ProjectChange};
use testkeep_store::scope::{self, NewScope};

use super::audit::{self, Event};
use super::authorized::Authorized;
use super::names::{checked_description, checked_name, require_typed_name, taken};
use super::place::{lock_organization, make_creator_owner};
use crate::access::Scope;
use crate::auth::Caller;
use crate::{App, Error};

#[derive(Debug)]
pub struct NewProject {
    pub name: String,
    pub description: String,
    /// `None`: directly in the organization.
    pub team_id: Option<i64>,
}

#[derive(Debug, Default)]
pub struct ProjectPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    /// `Some(None)`: out of its team.
    pub team_id: Option<Option<i64>>,
    pub archived: Option<bool>,
}

pub async fn create_project(
    app: &App,
    caller: &Caller,
    organization_id: i64,
    new: NewProject,
) -> Result<i64, Error> {
    let mut tx = app.db.begin().await?;
    // The organization must be seen before anything is said about its teams.
    caller.access(&mut tx, Level::Organization, organization_id).await?;
    let may = authorize_creating(&mut tx, caller, organization_id, new.team_id).await?;
    let name = checked_name(&new.name)?;
    let description = checked_description(&new.description)?;
    lock_organization(&mut tx, may.scope()).await?;
    let now = app.clock.now();
    let row = NewScope {
        level: Level::Project.as_str(),
        organization_id: Some(organization_id),
        team_id: new.team_id,
        name: &name,
        description: &description,
    };
    let id = scope::create_scope(&mut tx, row, now).await.map_err(|error| taken(error, "project"))?;
    let created = Scope {
        id,
        level: Level::Project,
        name,
        organization_id: Some(organization_id),
        team_id: new.team_id,
    };
    make_creator_owner(app, &mut tx, caller, &created).await?;
    let mut event = Event::of("create_project", &created);
    if new.team_id.is_some() {
        event = event.detail("team", may.scope().name.as_str());
    }
    audit::record(&mut tx, &may, event, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// At the place that a project is created in or moved to: the organization, or a team of it.
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

pub async fn update_project(app: &App, caller: &Caller, id: i64, patch: ProjectPatch) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Project, id, ProjectAction::EditProject).await?;
    lock_organization(&mut tx, may.scope()).await?;
    let before = project::find_project(&mut tx, id, caller.user_id).await?.ok_or(Error::NotFound)?;
    let mut after = Changed::of(&before);
    if let Some(name) = &patch.name {
        after.name = checked_name(name)?;
    }
    if let Some(description) = &patch.description {
        after.description = checked_description(description)?;
    }
    let now = app.clock.now();
    if let Some(archived) = patch.archived {
        after.archived_at = archived.then(|| before.archived_at.unwrap_or(now));
    }
    let mut moved = None;
    if let Some(team_id) = patch.team_id.filter(|team_id| *team_id != before.team_id) {
        let to = authorize_creating(&mut tx, caller, before.organization_id, team_id).await?;
        after.team_id = team_id;
        moved = Some(to);
    }
    let events = events(&may, &before, &after, moved.as_ref());
    after.write(&mut tx, id).await?;
    audit::record_all(&mut tx, &may, events, now).await?;
    Ok(tx.commit().await?)
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

/// One event for each kind of change; none for what stayed as it was.
fn events(
    may: &Authorized<Scope>,
    before: &Project,
    after: &Changed,
    moved: Option<&Authorized<Scope>>,
) -> Vec<Event> {
    let scope = may.scope();
    let mut events = Vec::new();
    if after.name != before.name || after.description != before.description {
        let mut event = Event::of("edit_project", scope);
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
            Event::of("move_project", scope).detail("from", before.team_name.clone()).detail("to", target),
        );
    }
    match (before.archived_at, after.archived_at) {
        (None, Some(_)) => events.push(Event::of("archive_project", scope)),
        (Some(_), None) => events.push(Event::of("unarchive_project", scope)),
        _ => {}
    }
    events
}

/// `confirm` is the name as somebody typed it: nothing brings a project back.
pub async fn delete_project(app: &App, caller: &Caller, id: i64, confirm: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Project, id, ProjectAction::DeleteProject).await?;
    require_typed_name(may.scope(), confirm)?;
    lock_organization(&mut tx, may.scope()).await?;
    scope::delete_scope(&mut tx, id).await?;
    audit::record(&mut tx, &may, Event::of("delete_project", may.scope()), app.clock.now()).await?;
    Ok(tx.commit().await?)
}
