//! Executions, their results and files, and test cases: `/api/v2/projects/{id}/executions`, `/api/v2/executions`,
//! `/api/v2/results`, `/api/v2/test-cases`, `/api/v2/files`.

pub(crate) mod changes;
pub(crate) mod errors;
pub(crate) mod executions;
pub(crate) mod files;
pub(crate) mod result_details;
pub(crate) mod results;
pub(crate) mod test_cases;
pub(crate) mod upload;

use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::reports::execution_list::{self, Execution};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::{App, Error};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(executions::list_executions))
        .routes(routes!(executions::find_execution, executions::delete_execution))
        .routes(routes!(executions::read_execution_again))
        .routes(routes!(results::list_results))
        .routes(routes!(errors::list_errors))
        .routes(routes!(result_details::find_result))
        .routes(routes!(test_cases::list_test_cases))
        .routes(routes!(test_cases::find_test_case))
        .routes(routes!(files::download_file))
        .routes(routes!(changes::follow_changes))
}

/// Bodies of these routes are files.
pub(crate) fn upload_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload::upload_report))
}

/// The access of a caller who may see the results of a project.
async fn viewer(app: &App, caller: &Caller, project_id: i64) -> Result<Access, Error> {
    let access = caller.access(&app.db, Level::Project, project_id).await?;
    access.require(ProjectAction::ViewTestResults)?;
    Ok(access)
}

/// An execution that the caller may see.
async fn visible_execution(app: &App, caller: &Caller, id: i64) -> Result<(Execution, Access), Error> {
    let found = execution_list::find_execution(&app.db, id).await?.ok_or(Error::NotFound)?;
    let access = viewer(app, caller, found.project_id).await?;
    Ok((found, access))
}
