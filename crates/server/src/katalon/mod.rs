//! The client protocol for existing clients: its requests and answers at `/oauth/token` and `/api/v1`.
//!
//! These routes translate and decide nothing: they call the same operations as the native API. They are not in its
//! OpenAPI document. Answers contain only fields that clients support, and no nulls, because some clients refuse other
//! answers.

mod activation;
mod client;
mod error;
mod executions;
mod organizations;
mod pages;
mod parameters;
mod progress;
mod projects;
mod registration;
mod search;
mod subscription;
mod teams;
mod token;
mod uploads;
mod users;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::middleware::map_response_with_state;
use axum::routing::{MethodRouter, any, delete, get, post, put};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testkeep_domain::permission::Role;

use crate::App;

pub(crate) fn routes(app: &App) -> Router<App> {
    let routes: [(&str, MethodRouter<App>); 25] = [
        ("/oauth/token", post(token::create_token)),
        ("/api/v1/license-keys/activate", post(activation::activate)),
        ("/api/v1/license-keys/release", post(activation::release)),
        ("/api/v1/machine", delete(activation::deactivate)),
        ("/api/v1/subscription/expiration", get(subscription::find_expiration)),
        ("/api/v1/users/me", get(users::find_me)),
        ("/api/v1/organizations", post(organizations::create_organization)),
        ("/api/v1/organizations/list", get(organizations::list_organizations)),
        ("/api/v1/organizations/{id}", get(organizations::find_organization)),
        ("/api/v1/search", get(search::search_by_query).post(search::search_by_body)),
        ("/api/v1/projects", get(projects::list_projects).post(projects::create_project)),
        ("/api/v1/projects/first", get(projects::find_first_project)),
        ("/api/v1/projects/{id}", get(projects::find_project)),
        ("/api/v1/executions/{id}", get(executions::find_execution)),
        ("/api/v1/files/upload-url", get(uploads::create_upload_url)),
        ("/api/v1/files/upload-urls", get(uploads::create_upload_urls)),
        ("/api/v1/katalon/test-reports/multiple", post(registration::register_many)),
        ("/api/v1/testops-reports", post(registration::register_reporter)),
        ("/api/v1/katalon/test-reports", post(registration::register_katalon)),
        ("/api/v1/katalon-test-reports", post(registration::register_katalon)),
        ("/api/v1/junit/test-reports", post(registration::register_quietly)),
        ("/api/v1/testng/test-reports", post(registration::register_quietly)),
        ("/api/v1/katalon-recorder/test-reports", post(registration::register_recorder)),
        ("/api/v1/katalon/test-reports/update-result", post(progress::update_result)),
        ("/api/v1/tracking", post(progress::note_usage)),
    ];
    // Some clients end every path with a slash.
    let with_slash = |router: Router<App>, (path, methods): (&str, MethodRouter<App>)| {
        let methods = methods.fallback(error::wrong_method);
        router.route(path, methods.clone()).route(&format!("{path}/"), methods)
    };
    routes
        .into_iter()
        .fold(Router::new(), with_slash)
        .route("/api/v1/{*rest}", any(error::nothing_here))
        .layer(map_response_with_state(app.clone(), error::render))
}

/// Files of clients. These routes have the limits of uploads.
pub(crate) fn upload_routes(app: &App) -> Router<App> {
    Router::new()
        .route(
            &format!("{}/{{token}}", uploads::PLACE),
            put(uploads::receive_file).fallback(error::wrong_method),
        )
        .layer(map_response_with_state(app.clone(), error::render))
}

/// Dates are texts with an offset, never numbers (client protocol, rule 6).
fn date(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner => "OWNER",
        Role::Admin => "ADMIN",
        Role::Member => "USER",
        Role::BillingManager => "BILLING_MANAGER",
    }
}

/// The fields that every client reads; without `role` when the person has no role there.
fn organization(id: i64, name: &str, role: Option<Role>) -> Value {
    let mut organization = json!({ "id": id, "name": name });
    if let Some(role) = role {
        organization["role"] = role_word(role).into();
    }
    organization
}

type Answer = Result<Json<Value>, error::Refusal>;
/// A body that is too large gets a refusal of the same form.
type Body = Result<Bytes, BytesRejection>;
