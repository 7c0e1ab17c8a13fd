//! `GET /api/v1/users/me`: the person, their organizations and teams, from which Studio lets them choose.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use testkeep_domain::permission::Role;
use testkeep_store::people::user;
use testkeep_store::scopes::organization;
use testkeep_store::scopes::organization::OrganizationAccess;

use super::Answer;
use super::client::Client;
use super::teams;
use crate::{App, Error};

pub(super) async fn find_me(State(app): State<App>, client: Client) -> Answer {
    let user = user::find_user(&app.db, client.user_id).await.map_err(Error::from)?;
    let user = user.ok_or(Error::Unauthorized)?;
    let own = organization::list_organizations(&app.db, client.user_id, false).await.map_err(Error::from)?;
    let teams = teams::of_person(&app, &client).await?;
    Ok(Json(json!({
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "fullName": format!("{} {}", user.first_name, user.last_name).trim(),
        "organizations": own.iter().map(show).collect::<Vec<Value>>(),
        "teams": teams,
    })))
}

fn show(row: &OrganizationAccess) -> Value {
    super::organization(row.id, &row.name, row.role.as_deref().and_then(Role::parse))
}
