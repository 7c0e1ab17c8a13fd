//! Mail: settings, the test mail, the mail log.

pub(crate) mod settings;
mod trouble;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            settings::find_mail_settings,
            settings::update_mail_settings,
            settings::delete_mail_settings
        ))
        .routes(routes!(settings::send_test_mail))
        .routes(routes!(settings::list_mails))
        .routes(routes!(settings::resend_mail))
        .routes(routes!(settings::resend_mails))
}
