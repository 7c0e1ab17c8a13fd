//! Projects as clients see them (client protocol, section 5). Each project is in a team; a project without one is shown in
//! a team that has the id and the name of its organization.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::scopes::project::{self, ProjectRow};

use super::client::Client;
use super::pages::{self, Wanted};
use super::parameters::Parameters;
use super::{Answer, Body};
use crate::identity::visible::Visible;
use crate::ops::scopes::projects::{self, NewProject};
use crate::{App, Error};

pub(super) async fn list_projects(State(app): State<App>, client: Client, parameters: Parameters) -> Answer {
    let team = parameters.id("teamId")?;
    let wanted = Wanted::new(parameters.id("page")?, parameters.id("size")?);
    let mut visible = visible(&app, &client).await?;
    visible.retain(|project| team.is_none_or(|team| team_id(project) == team));
    if parameters.text("sort").is_some_and(|sort| sort.trim().to_ascii_lowercase().ends_with("desc")) {
        visible.reverse();
    }
    let total = i64::try_from(visible.len()).unwrap_or(i64::MAX);
    let skipped = usize::try_from(wanted.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(wanted.size).unwrap_or(usize::MAX);
    let content: Vec<Value> = visible.iter().skip(skipped).take(size).map(show).collect();
    Ok(Json(pages::page(wanted, &content, total)))
}

/// An array of at most one project.
pub(super) async fn find_first_project(State(app): State<App>, client: Client) -> Answer {
    let visible = visible(&app, &client).await?;
    Ok(Json(visible.first().map(show).into_iter().collect::<Vec<Value>>().into()))
}

pub(super) async fn find_project(
    State(app): State<App>,
    client: Client,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    let Path(id) = path.map_err(|_| Error::NotFound)?;
    show_one(&app, &client, id.parse().map_err(|_| Error::NotFound)?).await
}

async fn show_one(app: &App, client: &Client, id: i64) -> Answer {
    let access = client.access(&app.db, Level::Project, id).await?;
    access.require(ProjectAction::ViewProject)?;
    let row = project::find_project(&app.db, id, client.user_id).await.map_err(Error::from)?;
    let row = row.ok_or(Error::NotFound)?;
    Ok(Json(show(&ProjectRow {
        id,
        name: row.name,
        organization_id: row.organization_id,
        team_id: row.team_id,
    })))
}

/// Creates a project in a team, or in the organization whose id is given as the team's.
pub(super) async fn create_project(State(app): State<App>, client: Client, body: Body) -> Answer {
    let body: Value = serde_json::from_slice(&body?).unwrap_or_default();
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let team = body["teamId"].as_i64().or_else(|| body["teamId"].as_str()?.trim().parse().ok());
    let team = team.ok_or_else(|| Error::field("teamId", "Send the id of a team in teamId."))?;
    let (organization, team_id) = match client.access(&app.db, Level::Team, team).await {
        Ok(found) => (found.scope.organization_id.ok_or(Error::NotFound)?, Some(team)),
        Err(Error::NotFound) => (team, None),
        Err(error) => return Err(error.into()),
    };
    let new = NewProject { name, description: String::new(), team_id };
    let id = projects::create_project(&app, &client, organization, new).await?;
    show_one(&app, &client, id).await
}

/// The projects that the person may see, by name.
async fn visible(app: &App, client: &Client) -> Result<Vec<ProjectRow>, Error> {
    Visible::to(app, client).await?.projects(app).await
}

fn team_id(project: &ProjectRow) -> i64 {
    project.team_id.unwrap_or(project.organization_id)
}

fn show(project: &ProjectRow) -> Value {
    json!({ "id": project.id, "name": project.name, "teamId": team_id(project), "status": "ACTIVE" })
}
