//! JSON bodies whose refusal leaves in our own envelope.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::Error;

/// Like axum's `Json`, but what does not parse is a 422 in the common envelope.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => {
                Err(Error::Invalid { message: explain(&rejection), fields: crate::error::Fields::new() })
            }
        }
    }
}

fn explain(rejection: &JsonRejection) -> String {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            "Send the body as JSON with the header Content-Type: application/json.".into()
        }
        other => format!("The body does not fit this request. {}", other.body_text()),
    }
}
