//! JSON bodies. A refusal has the API's own error envelope.
//!
//! A request with an unknown field is refused by name, because a misspelled field would otherwise be ignored without a
//! message. Existing clients may send unknown fields (`katalon/`); this module is not for them.

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use crate::Error;
use crate::http::error::Fields;

/// Maximum number of unknown fields that a message names.
const TOLD: usize = 8;
/// Maximum number of characters of a field's name in a message.
const NAME_SHOWN: usize = 60;

/// Like axum's `Json`, but a body that cannot be parsed, or has unknown fields, is answered with 422 in the API's
/// envelope.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(invalid(
                "Send the body as JSON with the header Content-Type: application/json.".into(),
            ));
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| explain(&rejection.body_text()))?;
        read(&bytes).map(Self)
    }
}

/// As [`Body`], for programs that may be newer than this server: unknown fields are ignored.
pub(crate) struct ProgramBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ProgramBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(explain(&rejection.body_text())),
        }
    }
}

fn read<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Error> {
    let mut unknown = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_ignored::deserialize(&mut json, |path| unknown.push(shown(&path.to_string())));
    // Checked first, because a misspelled field is also the usual reason why another field is missing.
    if !unknown.is_empty() {
        return Err(refuse_unknown(&unknown));
    }
    match read.and_then(|value| json.end().map(|()| value)) {
        Ok(value) => Ok(value),
        // Parsed again by axum, whose message names the field.
        Err(error) => match axum::Json::<T>::from_bytes(bytes) {
            Err(JsonRejection::JsonDataError(refused)) => Err(explain(&refused.body_text())),
            Err(JsonRejection::JsonSyntaxError(refused)) => Err(explain(&refused.body_text())),
            _ => Err(explain(&error.to_string())),
        },
    }
}

fn refuse_unknown(unknown: &[String]) -> Error {
    const WORDS: &str = "This request has no such field. Correct the name or remove it.";
    let told = unknown.iter().take(TOLD);
    let names: Vec<String> = told.clone().map(|name| format!("“{name}”")).collect();
    let (noun, it) = if unknown.len() == 1 { ("field", "it") } else { ("fields", "them") };
    let message =
        format!("This request has no {noun} {}. Correct the spelling or remove {it}.", names.join(", "));
    Error::Invalid { message, fields: told.map(|name| (name.clone(), WORDS.into())).collect() }
}

fn shown(name: &str) -> String {
    // `serde_ignored` writes `.?` into a path for a value that may be missing.
    name.replace(".?", "").chars().filter(|c| !c.is_control()).take(NAME_SHOWN).collect()
}

/// `application/json`, or another media type based on JSON, for example `application/problem+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

fn explain(text: &str) -> Error {
    invalid(format!("The body does not fit this request. {text}"))
}

fn invalid(message: String) -> Error {
    Error::Invalid { message, fields: Fields::new() }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Sent {
        email: String,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        a: i64,
    }

    fn refusal(text: &str) -> (String, Vec<String>) {
        match read::<Sent>(&Bytes::copy_from_slice(text.as_bytes())) {
            Err(Error::Invalid { message, fields }) => (message, fields.into_keys().collect()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        let fine = read::<Sent>(&Bytes::from_static(b"{\"email\":\"e\",\"inner\":[{\"a\":1}]}"));
        assert_eq!(fine.unwrap(), Sent { email: "e".into(), inner: vec![Inner { a: 1 }] });
        let (message, fields) = refusal("{\"emial\":\"e\"}");
        assert_eq!(message, "This request has no field “emial”. Correct the spelling or remove it.");
        assert_eq!(fields, ["emial"]);
        let (message, fields) = refusal("{\"email\":\"e\",\"x\":1,\"inner\":[{\"a\":1,\"b\":2}]}");
        assert!(message.contains("fields “x”, “inner.0.b”") && fields == ["inner.0.b", "x"], "{message}");
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        for (text, words) in [
            ("{}", "missing field `email`"),
            ("{\"email\":1}", "email: invalid type"),
            ("{\"email\":\"e\"", "EOF"),
            ("{\"email\":\"e\"} x", "trailing characters"),
            ("{\"email\":\"e\",\"email\":\"f\"}", "duplicate field `email`"),
        ] {
            let (message, _) = refusal(text);
            assert!(
                message.starts_with("The body does not fit") && message.contains(words),
                "{text}: {message}"
            );
        }
    }
}
