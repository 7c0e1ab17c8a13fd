//! The account, organizations, teams and projects.

pub(crate) mod organizations;
pub(crate) mod projects;
pub(crate) mod teams;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(organizations::find_account, organizations::update_account))
        .routes(routes!(organizations::list_organizations, organizations::create_organization))
        .routes(routes!(
            organizations::find_organization,
            organizations::update_organization,
            organizations::delete_organization
        ))
        .routes(routes!(teams::list_teams, teams::create_team))
        .routes(routes!(teams::find_team, teams::update_team, teams::delete_team))
        .routes(routes!(projects::list_projects, projects::create_project))
        .routes(routes!(projects::find_project, projects::update_project, projects::delete_project))
}
