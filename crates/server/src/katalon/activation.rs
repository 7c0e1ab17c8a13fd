//! `/api/v1/license-keys/…` and `/api/v1/machine`: activate, renew by activating again, give back, deactivate.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::json;
use testkeep_domain::Package;
use testkeep_domain::lease::LeaseAlgorithm;
use testkeep_store::licenses::assignment;

use super::client::Client;
use super::error::Refusal;
use super::organizations;
use super::parameters::Parameters;
use super::{Answer, date};
use crate::identity::auth::Caller;
use crate::ops::leases::{
    CheckOut, Granted, LeaseRequest, Outcome, ask, require_signer, short_text, sign_lease,
};
use crate::ops::licenses::machines;
use crate::{App, Error};

/// Takes a seat, or renews the seat that this session has.
pub(super) async fn activate(State(app): State<App>, client: Client, parameters: Parameters) -> Answer {
    let package = parameters.package("package")?;
    let order = CheckOut {
        user_id: client.user_id,
        by_password: true,
        package,
        native: false,
        machine_key: parameters.key("machineKey")?,
        session_key: parameters.key("sessionId")?,
        organization_id: organization_of(&app, &client, package, parameters.id("organizationId")?).await?,
        hostname: short_text(parameters.text_or_empty("hostname")),
        client_version: short_text(parameters.text_or_empty("ksVersion")),
        wait: false,
        borrow_days: None,
    };
    require_signer(&app, LeaseAlgorithm::Rs256).await?;
    let id = order.organization_id;
    match ask(&app, LeaseRequest::CheckOut(order)).await {
        Ok(Outcome::Granted(granted)) => license_key(&app, &client, &granted).await,
        Ok(_) => Err(Error::internal("a checkout was neither granted nor refused").into()),
        Err(Error::NotFound) => Err(no_such_organization(id)),
        Err(error) => Err(error.into()),
    }
}

/// The fields of the answer (client protocol 2.3).
async fn license_key(app: &App, client: &Client, granted: &Granted) -> Answer {
    Ok(Json(json!({
        "id": granted.session_id,
        "value": sign_lease(app, LeaseAlgorithm::Rs256, granted, &client.email)?,
        "machineId": granted.machine_key,
        "createAt": date(app.clock.now()),
        "expirationDate": date(granted.expires_at),
        "organization": organizations::named(app, client, granted.organization_id).await?,
    })))
}

/// Gives the seat back; succeeds too when there is none.
pub(super) async fn release(State(app): State<App>, client: Client, parameters: Parameters) -> Answer {
    if parameters.text("package").is_some() {
        parameters.package("package")?;
    }
    let order = LeaseRequest::ReleaseByKey {
        user_id: client.user_id,
        organization_id: parameters.id("organizationId")?,
        machine_key: parameters.key("machineKey")?,
        session_key: parameters.key("sessionId")?,
    };
    ask(&app, order).await?;
    Ok(Json(json!({})))
}

/// Removes the machine from the machine quota.
pub(super) async fn deactivate(State(app): State<App>, client: Client, parameters: Parameters) -> Answer {
    let package = parameters.package("package")?;
    let machine_key = parameters.key("machineKey")?;
    let id = organization_of(&app, &client, package, parameters.id("organizationId")?).await?;
    match machines::deactivate(&app, &client, (id, package.product()), &machine_key).await {
        Ok(()) => Ok(Json(json!({}))),
        Err(Error::NotFound) => Err(no_such_organization(id)),
        Err(error) => Err(error.into()),
    }
}

/// The given organization; else the first that lets the person use the program, with preference for one where the
/// person is assigned a license.
async fn organization_of(
    app: &App,
    caller: &Caller,
    package: Package,
    named: Option<i64>,
) -> Result<i64, Refusal> {
    if let Some(id) = named {
        return Ok(id);
    }
    let word = package.product().word();
    let own = assignment::list_organization_licenses(&app.db, caller.user_id, word).await;
    let own = own.map_err(Error::from)?;
    let found = own.iter().find(|it| it.assigned).or_else(|| own.iter().find(|it| !it.assigned_only));
    found.or(own.first()).map(|it| it.id).ok_or_else(|| {
        Error::NotLicensed("You belong to no organization. Ask an Owner to invite you.".into()).into()
    })
}

fn no_such_organization(id: i64) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        format!(
            "Organization {id} does not exist, or you do not belong to it. Choose one of yours, or ask its Owner to invite you."
        ),
    )
}
