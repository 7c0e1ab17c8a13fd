//! `GET /api/v1/subscription/expiration`: the end of a product's license, as one JSON text.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use testkeep_domain::permission::Level;

use super::client::Client;
use super::error::Refusal;
use super::parameters::Parameters;
use super::{Answer, date};
use crate::App;

/// An expired product is answered with its end. A product that was never licensed is refused, because null breaks the
/// client's dialog.
pub(super) async fn find_expiration(
    State(app): State<App>,
    client: Client,
    parameters: Parameters,
) -> Answer {
    let product = parameters.package("feature")?.product();
    if let Some(id) = parameters.id("organizationId")? {
        client.access(&app.db, Level::Organization, id).await?;
    }
    let now = app.clock.now();
    let pools = app.licensing.pools(&app.db, now).await?;
    if let Some(pool) = pools.get(product) {
        return Ok(Json(date(pool.expires_at).into()));
    }
    let files = app.licensing.files(&app.db, now).await?;
    let granted = files.iter().filter(|file| file.products.iter().any(|it| it.product == product));
    match granted.map(|file| file.expires_at).filter(|end| *end <= now).max() {
        Some(end) => Ok(Json(date(end).into())),
        None => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            format!("This server has no {product} license. Ask its admin to import one."),
        )),
    }
}
