//! Sends requests to a server as a person, a program or a browser, and reads the answers.

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// Sends requests without credentials, with a bearer token, or as a browser with its cookie.
pub struct Caller {
    url: String,
    client: Client,
    pub bearer: Option<String>,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    /// Null when the body is not JSON.
    pub body: Value,
}

impl Answer {
    /// The error's code; empty when the answer is not an error.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

impl Caller {
    /// A caller without credentials, at a server's URL.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), client: Client::new(), bearer: None }
    }

    /// The same person at another address, or after a restart of the server.
    pub fn signed_in(url: &str, token: Option<String>) -> Self {
        Self { bearer: token, ..Self::at(url) }
    }

    /// A caller that keeps the cookies of the answers.
    pub(crate) fn as_browser(url: &str) -> Self {
        let client = Client::builder().cookie_store(true).build().expect("a client");
        Self { client, ..Self::at(url) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.client.post(format!("{}{path}", self.url)).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.client.patch(format!("{}{path}", self.url)).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.client.put(format!("{}{path}", self.url)).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.client.delete(format!("{}{path}", self.url))).await
    }

    /// For requests that the methods above do not cover: headers, raw bodies.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse().expect("a method"), format!("{}{path}", self.url))
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = match &self.bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.json().await.unwrap_or_default() }
    }
}
