//! Query parameters. A refusal has the API's own error envelope.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::http::error::Fields;

/// Like axum's `Query`, but parameters that cannot be parsed are answered with 422 in the API's envelope.
pub(crate) struct UrlQuery<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for UrlQuery<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(refused) => Err(explain(&refused.body_text())),
        }
    }
}

/// `text`, for example: `Failed to deserialize query string: page: number too large to fit in target type`
fn explain(text: &str) -> Error {
    let problem = text.split_once("query string: ").map_or(text, |(_, problem)| problem);
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let Some((name, problem)) = problem.split_once(": ").filter(|(name, _)| is_name(name)) else {
        let message = format!("The query does not fit this request: {problem}. Correct the address.");
        return Error::Invalid { message, fields: Fields::new() };
    };
    let words = match problem {
        _ if problem.contains("too large") || problem.contains("too small") => {
            "This number is beyond what is counted. Use a smaller one.".into()
        }
        _ if problem.contains("invalid digit") || problem.contains("empty string") => {
            "Write a whole number.".into()
        }
        problem => format!("This does not fit: {problem}."),
    };
    Error::field(name, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> (String, Vec<String>) {
        match explain(text) {
            Error::Invalid { message, fields } => (message, fields.into_keys().collect()),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_parameter_is_named() {
        let at = |problem: &str| words(&format!("Failed to deserialize query string: {problem}"));
        let page = vec!["page".to_owned()];
        let large = at("page: number too large to fit in target type");
        assert_eq!(large, ("This number is beyond what is counted. Use a smaller one.".into(), page.clone()));
        assert_eq!(at("page: invalid digit found in string"), ("Write a whole number.".into(), page));
        let twice = at("duplicate field `page`");
        assert!(twice.0.contains("duplicate field `page`. Correct") && twice.1.is_empty(), "{twice:?}");
    }
}
