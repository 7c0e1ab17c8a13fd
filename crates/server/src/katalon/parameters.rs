//! Parameters from clients: in the query, or as a form (client protocol, rule 9). Bodies of other kinds are ignored.
//!
//! A name that appears twice with different values is refused, so that no two readers can disagree about a request.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use testkeep_domain::Package;
use url::form_urlencoded;

use super::error::Refusal;
use crate::ops::leases::checked_machine_key;

const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Debug, Default)]
pub(super) struct Parameters(BTreeMap<String, String>);

/// Only the form: for secrets, which must not be in an address, because proxies log addresses.
pub(super) struct FormParameters(pub(super) Parameters);

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let FormParameters(mut parameters) = FormParameters::from_request(request, state).await?;
        parameters.add(query.as_bytes())?;
        Ok(parameters)
    }
}

impl<S: Send + Sync> FromRequest<S> for FormParameters {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = kind.is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with(FORM));
        let mut parameters = Parameters::default();
        if is_form {
            parameters.add(&Bytes::from_request(request, state).await?)?;
        }
        Ok(Self(parameters))
    }
}

impl Parameters {
    pub(super) fn of_query(query: &str) -> Result<Self, Refusal> {
        let mut parameters = Self::default();
        parameters.add(query.as_bytes())?;
        Ok(parameters)
    }

    fn add(&mut self, encoded: &[u8]) -> Result<(), Refusal> {
        for (name, value) in form_urlencoded::parse(encoded) {
            let known = self.0.get(name.as_ref());
            if known.is_some_and(|known| *known != value) {
                let name: String = name.chars().take(100).collect();
                return Err(Refusal::bad_request(format!("{name} is given twice. Give it once.")));
            }
            self.0.insert(name.into_owned(), value.into_owned());
        }
        Ok(())
    }

    /// Returns `None` for an absent or empty parameter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn text_or_empty(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(super) fn id(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let wrong = |_| Refusal::bad_request(format!("{name} is not a valid id. Check it."));
        self.text(name).map(|text| text.trim().parse().map_err(wrong)).transpose()
    }

    pub(super) fn required_id(&self, name: &str) -> Result<i64, Refusal> {
        self.id(name)?.ok_or_else(|| Refusal::bad_request(format!("{name} is missing.")))
    }

    /// A client's own name for its machine or session.
    pub(super) fn key(&self, name: &str) -> Result<String, Refusal> {
        let text = self.text(name).ok_or_else(|| Refusal::bad_request(format!("{name} is missing.")))?;
        checked_machine_key(text, name).map_err(|error| Refusal::bad_request(format!("{name}: {error}")))
    }

    pub(super) fn package(&self, name: &str) -> Result<Package, Refusal> {
        self.text(name).and_then(Package::parse).ok_or_else(|| {
            let words = Package::ALL.map(Package::word).join(", ");
            Refusal::bad_request(format!("{name} must be one of {words}."))
        })
    }
}
