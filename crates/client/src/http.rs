//! Sends one request and reads one answer over one connection: only to the server's own address, with the API key.
//!
//! Time and size are bounded whatever the other side does. Must never follow a redirect: the key is for this server
//! only.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use testkeep_domain::ServerUrl;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::proxy;
use crate::tls::{self, Authorities, Problem};
use crate::{ApiKey, ClientError};

/// Size limit of an answer in bytes; also the limit of its headers. No answer of a Testkeep server is larger.
const LARGEST: usize = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time limit from the first byte sent to the last byte received.
const TIMEOUT: Duration = Duration::from_secs(15);
const AGENT: &str = concat!("testkeep/", env!("CARGO_PKG_VERSION"));

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
        let request =
            self.request(method, path, body).map_err(|error| self.unreachable(error.to_string()))?;
        let exchange = async {
            let stream = self.connect().await.map_err(|reason| self.unreachable(reason))?;
            let answer = match &self.tls {
                None => exchange(stream, request).await,
                Some(connector) => exchange(self.encrypt(connector, stream).await?, request).await,
            };
            answer.map_err(|reason| self.unreachable(reason))
        };
        let too_slow = || self.unreachable(format!("it did not answer within {} seconds", TIMEOUT.as_secs()));
        tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or_else(|_| Err(too_slow()))
    }

    fn unreachable(&self, reason: String) -> ClientError {
        ClientError::Unreachable { server: self.server.clone(), reason: reason + &proxy::hint() }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let authority = self.server.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let mut request = Request::builder().method(method).uri(path).header(HOST, authority);
        request = request.header(USER_AGENT, AGENT).header(AUTHORIZATION, &self.authorization);
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request.body(Full::from(body.unwrap_or_default()))
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

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answer, String>
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
