//! Sends one request and reads one answer over one connection: only to the server's own address, with the API key.
//!
//! Time and size are bounded whatever the other side does. Must never follow a redirect: the key is for this server
//! only.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::ext::on_informational;
use hyper::header::{
    AUTHORIZATION, CONTENT_TYPE, EXPECT, HOST, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT,
};
use hyper::http::request::Builder;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use testkeep_domain::ServerUrl;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::proxy;
use crate::tls::{self, Authorities, Problem};
use crate::upload::body::{FileBody, unless_it_stalls};
use crate::{ApiKey, ClientError};

/// Size limit of an answer in bytes; also the limit of its headers. No answer of a Testkeep server is larger.
const LARGEST: usize = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time limit from the first byte sent to the last byte received.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Time limit while no byte of a file is sent, and for the answer after the last one: the server first stores the file.
const STALL: Duration = Duration::from_mins(1);
/// Time limit for sending a file at all.
const LONGEST: Duration = Duration::from_mins(30);
/// Bodies from this size are not sent before the server asks for them, or is silent for a moment.
const LARGE: u64 = 64 * 1024;
const SILENCE: Duration = Duration::from_secs(1);
const AGENT: &str = concat!("testkeep/", env!("CARGO_PKG_VERSION"));

type Outgoing = UnsyncBoxBody<Bytes, std::io::Error>;

pub(crate) struct Http {
    server: ServerUrl,
    authorization: HeaderValue,
    tls: Option<TlsConnector>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Http {
    pub(crate) fn new(
        server: ServerUrl,
        key: &ApiKey,
        authorities: &Authorities,
    ) -> Result<Self, ClientError> {
        let setup = |reason: String| ClientError::Setup { reason };
        let mut authorization =
            HeaderValue::from_str(key.bearer().expose()).map_err(|error| setup(error.to_string()))?;
        authorization.set_sensitive(true);
        let tls = server
            .is_https()
            .then(|| authorities.config().map(TlsConnector::from))
            .transpose()
            .map_err(|error| setup(format!("TLS cannot be used: {error}")))?;
        Ok(Self { server, authorization, tls })
    }

    pub(crate) fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// `path` starts with a slash and contains nothing that needs escaping; `body` is JSON.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, ClientError> {
        let mut request = self.request(method, path);
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Full::from(body.unwrap_or_default()).map_err(|never| match never {}).boxed_unsync();
        let answer = tokio::time::timeout(TIMEOUT, self.exchange(request.body(body))).await;
        answer.unwrap_or_else(|_| Err(self.too_slow("answer", TIMEOUT)))
    }

    /// As `send`, with a file as the body. The time is limited by progress, because a file may be large.
    pub(crate) async fn send_file(
        &self,
        path: &str,
        headers: &[(HeaderName, String)],
        file: FileBody,
    ) -> Result<Answer, ClientError> {
        let mut request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/octet-stream");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let sent = file.progress();
        let request = if file.length() > LARGE {
            asking_first(request, file)
        } else {
            request.body(file.boxed_unsync())
        };
        let exchange = unless_it_stalls(self.exchange(request), &sent, STALL);
        match tokio::time::timeout(LONGEST, exchange).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(self.too_slow("go on", STALL)),
            Err(_) => Err(self.too_slow("take the upload", LONGEST)),
        }
    }

    async fn exchange(
        &self,
        request: Result<Request<Outgoing>, hyper::http::Error>,
    ) -> Result<Answer, ClientError> {
        let request = request.map_err(|error| self.unreachable(error.to_string()))?;
        let stream = self.connect().await.map_err(|reason| self.unreachable(reason))?;
        let answer = match &self.tls {
            None => exchange(stream, request).await,
            Some(connector) => exchange(self.encrypt(connector, stream).await?, request).await,
        };
        answer.map_err(|reason| self.unreachable(reason))
    }

    fn too_slow(&self, what: &str, limit: Duration) -> ClientError {
        self.unreachable(format!("it did not {what} within {} seconds", limit.as_secs()))
    }

    fn unreachable(&self, reason: String) -> ClientError {
        ClientError::Unreachable { server: self.server.clone(), reason: reason + &proxy::hint() }
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        let authority = self.server.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let request = Request::builder().method(method).uri(path).header(HOST, authority);
        request.header(USER_AGENT, AGENT).header(AUTHORIZATION, &self.authorization)
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        let address = (self.server.host(), self.server.port());
        let connecting = TcpStream::connect(address);
        match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no connection within {} seconds", CONNECT_TIMEOUT.as_secs())),
        }
    }

    async fn encrypt(
        &self,
        connector: &TlsConnector,
        stream: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>, ClientError> {
        let name = ServerName::try_from(self.server.host());
        let name = name.map_err(|error| self.unreachable(error.to_string()))?;
        connector.connect(name, stream).await.map_err(|error| match tls::explain(&error) {
            Problem::Certificate(problem) => {
                ClientError::Certificate { server: self.server.clone(), problem: problem + &proxy::hint() }
            }
            Problem::Other(reason) => self.unreachable(reason),
        })
    }
}

/// Sends the body when the server asks for it, or after a moment. A server that refuses a request by its headers closes
/// the connection, and its answer is lost if the body is on its way then.
fn asking_first(request: Builder, file: FileBody) -> Result<Request<Outgoing>, hyper::http::Error> {
    let asked = Arc::new(Notify::new());
    let told = Arc::clone(&asked);
    let gate = async move {
        let _or_silence = tokio::time::timeout(SILENCE, asked.notified()).await;
    };
    let mut request = request.header(EXPECT, "100-continue").body(file.after(gate).boxed_unsync())?;
    on_informational(&mut request, move |_| told.notify_one());
    Ok(request)
}

async fn exchange<S>(stream: S, request: Request<Outgoing>) -> Result<Answer, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(LARGEST);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|error| in_words(&error))?;
    // The connection's task ends with this function, on every way out of it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| in_words(&error))?;
    read(response).await
}

async fn read(response: Response<Incoming>) -> Result<Answer, String> {
    let text = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let location = text(LOCATION).map(str::to_owned);
    let retry_after = text(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), LARGEST).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            format!("its answer is larger than {} KiB, which none of Testkeep's is", LARGEST / 1024)
        } else {
            format!("its answer was cut off: {error}")
        }
    })?;
    Ok(Answer { status, body: body.to_bytes(), location, retry_after })
}

fn in_words(error: &hyper::Error) -> String {
    if error.is_parse() || error.is_parse_too_large() {
        return "what answers there does not speak HTTP. Check the address and the port".into();
    }
    match std::error::Error::source(error) {
        Some(cause) => format!("the connection broke: {cause}"),
        None => format!("the connection broke: {error}"),
    }
}
