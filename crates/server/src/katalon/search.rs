//! `/api/v1/search` (client protocol, section 5): a query as JSON, in `q` or as the body; the answer is a page object.
//!
//! During activation, clients search only for API keys. The server stores only hashes of them, so it cannot show a key:
//! the page is empty, and Studio then asks the person for the key.

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use serde_json::Value;

use super::client::{Client, set_bearer_token};
use super::error::Refusal;
use super::executions;
use super::pages::{self, Wanted};
use super::parameters::Parameters;
use super::{Answer, Body};
use crate::App;

/// Accepts the token as `access_token` too.
pub(super) async fn search_by_query(State(app): State<App>, request: Request) -> Answer {
    let (mut parts, _body) = request.into_parts();
    let query = Parameters::of_query(parts.uri.query().unwrap_or_default())?;
    if !parts.headers.contains_key(header::AUTHORIZATION)
        && let Some(token) = query.text("access_token")
    {
        set_bearer_token(&mut parts, token)?;
    }
    let client = Client::from_request_parts(&mut parts, &app).await?;
    let text = query.text("q").ok_or_else(|| Refusal::bad_request("q is missing: the query as JSON."))?;
    search(&app, &client, text.as_bytes()).await
}

pub(super) async fn search_by_body(State(app): State<App>, client: Client, body: Body) -> Answer {
    search(&app, &client, &body?).await
}

/// Things that this server does not have, so there are none of them.
const NONE_HERE: [&str; 5] = ["ApiKey", "Release", "RunConfiguration", "Agent", "TestProject"];

async fn search(app: &App, client: &Client, text: &[u8]) -> Answer {
    let asked: Value = serde_json::from_slice(text)
        .map_err(|error| Refusal::bad_request(format!("The query is not valid JSON: {error}.")))?;
    let kind = ["type", "searchEntity"].iter().find_map(|field| asked[field].as_str());
    match kind {
        Some("Execution") => executions::search(app, client, &asked, wanted(&asked)).await,
        Some(kind) if NONE_HERE.contains(&kind) => Ok(Json(pages::page(wanted(&asked), &[], 0))),
        Some(other) => {
            let other: String = other.chars().take(100).collect();
            Err(Refusal::bad_request(format!("“{other}” cannot be searched for here.")))
        }
        None => Err(Refusal::bad_request("type is missing: what to search for.")),
    }
}

fn wanted(asked: &Value) -> Wanted {
    let pagination = ["pagination", "searchRequestPagination"].map(|field| &asked[field]);
    let number = |field: &str| pagination.iter().find_map(|it| it[field].as_i64());
    Wanted::new(number("page"), number("size"))
}
