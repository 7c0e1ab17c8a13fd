//! The installation: its state, license files, the first account, the clock, the overview.

pub(crate) mod activation;
pub(crate) mod clock;
pub(crate) mod default_account;
pub(crate) mod overview;
pub(crate) mod status;
pub(crate) mod system;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(status::find_status))
        .routes(routes!(overview::find_overview))
        .routes(routes!(system::find_system))
        .routes(routes!(activation::find_activation, activation::create_activation))
        .routes(routes!(clock::reset_clock))
        .routes(routes!(default_account::create_default_account))
}
