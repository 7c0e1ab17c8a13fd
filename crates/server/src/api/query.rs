//! Query parameters whose refusal leaves in our own envelope.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::error::Fields;

/// Like axum's `Query`, but what does not parse is a 422 in the common envelope.
pub struct UrlQuery<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for UrlQuery<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(refused) => Err(Error::Invalid {
                message: format!("The query does not fit this request. {}", refused.body_text()),
                fields: Fields::new(),
            }),
        }
    }
}
