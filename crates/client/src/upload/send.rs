//! Sends uploads to the server, and repeats what may succeed later.
//!
//! A repeated upload has the same token, so the server counts it once. Must never repeat what the server has refused,
//! and never send an upload to another server than the one it was made for.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{CONTENT_ENCODING, HeaderName};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use testkeep_domain::ServerUrl;
use tokio::time::Instant;

use super::body::FileBody;
use super::{Upload, UploadMeta};
use crate::error::{printable, refusal};
use crate::http::{Answer, Http};
use crate::schedule::{backoff, random};
use crate::{ApiKey, Authorities, ClientError};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest pause that a server can ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// One server and one API key.
pub struct Uploader {
    http: Http,
}

/// The execution that an upload became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub execution_id: i64,
    pub number: i64,
    pub url: String,
    /// For example `reading`.
    pub state: String,
    /// The server had received this upload before.
    #[serde(skip)]
    pub is_repeated: bool,
}

/// Why an upload was not received. The text is a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The server cannot be reached, or is busy: the same upload may succeed in a moment.
    #[error("{message}")]
    Away { message: String, retry_after: Option<Duration> },
    /// The server does not work as expected. The same upload may succeed another day.
    #[error("{message}")]
    Failing { message: String },
    /// Repeating the upload cannot succeed. `sign_in`: another API key may be accepted.
    #[error("{message}")]
    Refused { message: String, sign_in: bool },
}

impl Uploader {
    pub fn new(server: ServerUrl, key: &ApiKey, authorities: &Authorities) -> Result<Self, ClientError> {
        Ok(Self { http: Http::new(server, key, authorities)? })
    }

    pub fn server(&self) -> &ServerUrl {
        self.http.server()
    }

    /// Sends one request.
    pub async fn send(&self, upload: &Upload) -> Result<Receipt, NotSent> {
        let meta = &upload.meta;
        let mut headers = vec![(IDEMPOTENCY_KEY, meta.key.to_string())];
        if meta.compressed {
            headers.push((CONTENT_ENCODING, "gzip".to_owned()));
        }
        let body = FileBody::new(Arc::clone(&upload.body), meta.bytes);
        match self.http.send_file(&address(meta), &headers, body).await {
            Ok(answer) => self.judge(&answer, &meta.project),
            Err(error @ ClientError::Unreachable { .. }) => {
                Err(NotSent::Away { message: error.to_string(), retry_after: None })
            }
            Err(error) => Err(NotSent::Failing { message: error.to_string() }),
        }
    }

    /// Sends at least one request, and further ones until `deadline`. `told` gets each failure that is followed by a
    /// pause.
    pub async fn send_until(
        &self,
        upload: &Upload,
        deadline: Instant,
        mut told: impl FnMut(&NotSent, Duration),
    ) -> Result<Receipt, NotSent> {
        let mut failures = 0;
        loop {
            let error = match self.send(upload).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) => error,
            };
            failures += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(pause) = pause(&error, failures, left, random()) else { return Err(error) };
            told(&error, pause);
            tokio::time::sleep(pause).await;
        }
    }

    fn judge(&self, answer: &Answer, project: &str) -> Result<Receipt, NotSent> {
        let error = || ClientError::from_answer(self.server(), answer);
        let refused = |message| Err(NotSent::Refused { message, sign_in: false });
        let said = refusal(answer).map(|(_, message)| message);
        match (answer.status, said) {
            (200 | 201, _) => self.receipt(answer),
            (429 | 502..=504, said) => {
                let message = said.map(|said| format!("{}: {said}", self.server()));
                let message = message.unwrap_or_else(|| error().to_string());
                Err(NotSent::Away { message, retry_after: answer.retry_after })
            }
            (401, Some(_)) => Err(NotSent::Refused { message: error().to_string(), sign_in: true }),
            (404, Some(message)) => refused(format!("Project {project}: {message}")),
            (400..=499, Some(message)) => refused(message),
            // A proxy before the server has its own limit, and its own words for it.
            (413, None) => refused(format!(
                "{} or a proxy before it does not accept uploads of this size.",
                self.server()
            )),
            _ => Err(NotSent::Failing { message: error().to_string() }),
        }
    }

    fn receipt(&self, answer: &Answer) -> Result<Receipt, NotSent> {
        let read = serde_json::from_slice::<Receipt>(&answer.body).map_err(|_| {
            let error = ClientError::unreadable(self.server(), "its answer");
            NotSent::Failing { message: error.to_string() }
        })?;
        let (url, state) = (printable(&read.url), printable(&read.state));
        Ok(Receipt { url, state, is_repeated: answer.status == 200, ..read })
    }
}

/// `None`: no further request, because it cannot succeed or there is no time left for it.
fn pause(error: &NotSent, failures: u32, left: Duration, random: u32) -> Option<Duration> {
    let NotSent::Away { retry_after, .. } = error else { return None };
    let asked = retry_after.unwrap_or_default().min(LONGEST_PAUSE);
    // A server that asks for more time than is left would refuse a request before.
    if left.is_zero() || asked > left {
        return None;
    }
    Some(backoff(failures, random).max(asked).min(left))
}

fn address(meta: &UploadMeta) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut address =
        format!("/api/v2/projects/{}/reports?file={}", escaped(&meta.project), escaped(&meta.file));
    for (name, value) in meta.about.pairs() {
        address.extend(["&", name, "=", &escaped(value)]);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_in_time() {
        let away = |seconds: Option<u64>| NotSent::Away {
            message: String::new(),
            retry_after: seconds.map(Duration::from_secs),
        };
        let pause = |error: &NotSent, failures, left| {
            pause(error, failures, Duration::from_secs(left), 0).map(|pause| pause.as_secs())
        };
        assert_eq!([1, 2, 3, 9].map(|failures| pause(&away(None), failures, 60)), [1, 2, 4, 30].map(Some));
        assert_eq!(pause(&away(None), 9, 3), Some(3), "one more request at the end");
        assert_eq!(pause(&away(None), 1, 0), None);
        assert_eq!(pause(&away(Some(7)), 1, 60), Some(7));
        assert_eq!(pause(&away(Some(90)), 1, 60), None, "not before the server asks for it");
        assert_eq!(pause(&away(Some(86_400)), 1, 600), Some(120), "capped");
        assert_eq!(pause(&NotSent::Failing { message: String::new() }, 1, 60), None);
    }
}
