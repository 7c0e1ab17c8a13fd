//! The committed documents of the API: `openapi.json` and the endpoint tables of `docs/api-design.md`.

use crate::http::{endpoint_table, openapi};

/// The document in its committed form.
pub fn to_json() -> String {
    let (_, document) = super::routes().split_for_parts();
    openapi::render(&document)
}

/// Returns `docs/api-design.md` with the endpoints of this document between its marks.
///
/// # Errors
/// The page has no marks, or the document is not JSON.
pub fn with_endpoints(page: &str) -> Result<String, String> {
    let document = serde_json::from_str(&to_json()).map_err(|error| error.to_string())?;
    let [first, last] = endpoint_table::MARKS;
    endpoint_table::insert(page, &document).ok_or_else(|| {
        format!("The page needs the lines `{first}` and `{last}`, for the tables between them.")
    })
}
