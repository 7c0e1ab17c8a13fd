//! `/api/v1/search` (client protocol, section 5): a query as JSON, in `q` or as the body; the answer is a page object.
//!
//! During activation, clients search only for API keys. The server stores only hashes of them, so it cannot show a key:
//! the page is empty, and Studio then asks the person for the key.

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use serde_json::{Value, json};

use super::client::{Client, set_bearer_token};
use super::error::Refusal;
use super::parameters::Parameters;
use super::{Answer, Body};
use crate::App;

/// The page size of the original server.
const PAGE_SIZE: i64 = 20;
const PAGE_SIZE_MAX: i64 = 1000;

/// Accepts the token as `access_token` too.
pub(super) async fn search_by_query(State(app): State<App>, request: Request) -> Answer {
    let (mut parts, _body) = request.into_parts();
    let query = Parameters::of_query(parts.uri.query().unwrap_or_default())?;
    if !parts.headers.contains_key(header::AUTHORIZATION)
        && let Some(token) = query.text("access_token")
    {
        set_bearer_token(&mut parts, token)?;
    }
    Client::from_request_parts(&mut parts, &app).await?;
    let text = query.text("q").ok_or_else(|| Refusal::bad_request("q is missing: the query as JSON."))?;
    search(text.as_bytes())
}

pub(super) async fn search_by_body(_client: Client, body: Body) -> Answer {
    search(&body?)
}

fn search(text: &[u8]) -> Answer {
    let asked: Value = serde_json::from_slice(text)
        .map_err(|error| Refusal::bad_request(format!("The query is not valid JSON: {error}.")))?;
    let kind = ["type", "searchEntity"].iter().find_map(|field| asked[field].as_str());
    match kind {
        Some("ApiKey") => Ok(Json(empty_page(&asked))),
        Some(other) => {
            let other: String = other.chars().take(100).collect();
            Err(Refusal::bad_request(format!("“{other}” cannot be searched for here.")))
        }
        None => Err(Refusal::bad_request("type is missing: what to search for.")),
    }
}

fn empty_page(asked: &Value) -> Value {
    let pagination = ["pagination", "searchRequestPagination"].map(|field| &asked[field]);
    let number = |field: &str| pagination.iter().find_map(|it| it[field].as_i64());
    let size = number("size").unwrap_or(PAGE_SIZE).clamp(1, PAGE_SIZE_MAX);
    let page = number("page").unwrap_or(0).clamp(0, i64::from(i32::MAX));
    let sort = json!({ "sorted": false, "unsorted": true, "empty": true });
    json!({
        "content": [],
        "pageable": { "pageNumber": page, "pageSize": size, "offset": page * size, "paged": true,
                      "unpaged": false, "sort": sort },
        "totalElements": 0,
        "totalPages": 0,
        "size": size,
        "number": page,
        "numberOfElements": 0,
        "sort": sort,
        "first": page == 0,
        "last": true,
        "empty": true,
    })
}
