//! `/api/v1/organizations`: one organization, all of the person's organizations, and a new one for a person without
//! any.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde_json::Value;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, Role};
use testkeep_store::licenses::assignment;
use testkeep_store::people::user;
use testkeep_store::scopes::organization;

use super::client::Client;
use super::error::Refusal;
use super::{Answer, Body, date};
use crate::ops::scopes::organizations;
use crate::{App, Error};

pub(super) async fn find_organization(
    State(app): State<App>,
    client: Client,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    let Path(id) = path.map_err(|_| Error::NotFound)?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    show(&app, &client, id).await
}

async fn show(app: &App, client: &Client, id: i64) -> Answer {
    named(app, client, id).await.map(Json)
}

/// The answer contains only the name, so seeing the organization is enough: Studio requests it for Members too.
pub(super) async fn named(app: &App, client: &Client, id: i64) -> Result<Value, Refusal> {
    let access = client.access(&app.db, Level::Organization, id).await?;
    Ok(super::organization(id, &access.scope.name, access.roles.organization))
}

/// The person's organizations. `kreLicense`: the person may run engines there.
pub(super) async fn list_organizations(State(app): State<App>, client: Client) -> Answer {
    let own = organization::list_organizations(&app.db, client.user_id, false).await.map_err(Error::from)?;
    let licensed = assignment::list_organization_licenses(&app.db, client.user_id, Product::Kre.word());
    let licensed = licensed.await.map_err(Error::from)?;
    let pools = app.licensing.pools(&app.db, app.clock.now()).await?;
    let ends = [("subscriptionExpiryDateKSE", Product::Kse), ("subscriptionExpiryDateEngine", Product::Kre)];
    let show = |row: &organization::OrganizationAccess| {
        let role = row.role.as_deref().and_then(Role::parse);
        let mut shown = super::organization(row.id, &row.name, role);
        let may_run = licensed.iter().any(|it| it.id == row.id && (it.assigned || !it.assigned_only));
        let is_open = row.password_sign_in.unwrap_or(true);
        shown["kreLicense"] = (pools.get(Product::Kre).is_some() && may_run && is_open).into();
        for (field, pool) in ends.iter().filter_map(|(field, it)| Some((*field, pools.get(*it)?))) {
            shown[field] = date(pool.expires_at).into();
        }
        shown
    };
    Ok(Json(own.iter().map(show).collect::<Vec<Value>>().into()))
}

/// Creates the organization named in the JSON body. Without a name: creates a first one for a person who belongs to
/// none.
pub(super) async fn create_organization(State(app): State<App>, client: Client, body: Body) -> Answer {
    let body: Value = serde_json::from_slice(&body?).unwrap_or_default();
    let id = match body["name"].as_str().filter(|name| !name.trim().is_empty()) {
        Some(name) => organizations::create_organization(&app, &client, name).await?,
        None => create_first(&app, &client).await?,
    };
    show(&app, &client, id).await
}

async fn create_first(app: &App, client: &Client) -> Result<i64, Refusal> {
    let own = organization::list_organizations(&app.db, client.user_id, false).await.map_err(Error::from)?;
    if let Some(first) = own.first() {
        return Err(Error::Conflict(format!(
            "You belong to an organization already: {}. Create others on the server's pages.",
            first.name
        ))
        .into());
    }
    let user = user::find_user(&app.db, client.user_id).await.map_err(Error::from)?;
    let user = user.ok_or(Error::Unauthorized)?;
    let name = format!("Organization of {} {}", user.first_name, user.last_name);
    let name: String = name.trim().chars().take(100).collect();
    match organizations::create_organization(app, client, &name).await {
        // Another organization has this name.
        Err(Error::Invalid { .. }) => {
            let name: String = format!("Organization of {}", user.email).chars().take(100).collect();
            Ok(organizations::create_organization(app, client, &name).await?)
        }
        created => Ok(created?),
    }
}
