//! The installation: its state, license files, the first account, the clock.

pub mod activation;
pub mod clock;
pub mod default_account;
pub mod status;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(status::find_status))
        .routes(routes!(activation::find_activation, activation::create_activation))
        .routes(routes!(clock::reset_clock))
        .routes(routes!(default_account::create_default_account))
}
