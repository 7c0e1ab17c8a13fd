//! Access to the control port: a client proves for each request that it has this run's secret.
//!
//! A nonce belongs to one connection and carries a seal, so nothing is stored for strangers. Used nonces are stored
//! until they are too old to be accepted anyway. Must never state why a proof was refused.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, header, request::Parts};
use axum::middleware::Next;
use axum::response::Response;
use serde::Deserialize;
use testkeep_domain::control::{ControlKey, HelloAnswer, NONCE_BYTES, SCHEME, SignedRequest};
use tokio::time::Instant;

use crate::Error;
use crate::identity::token::create_token;

/// Lifetime of a nonce.
const NONCE_LIFETIME: Duration = Duration::from_secs(30);
/// Maximum length of a request to the control port, in bytes.
const BODY_MAX: usize = 64 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Gate {
    key: ControlKey,
    port: u16,
    opened: Instant,
    /// Used nonces, ordered by age, so that old ones are dropped from the front.
    used: Mutex<BTreeSet<(u64, String)>>,
}

/// `<milliseconds since the start>-<random>-<seal>`
struct ServerNonce<'a> {
    made_at: u64,
    random: &'a str,
    seal: &'a str,
}

impl Gate {
    pub(super) fn new(key: ControlKey, port: u16) -> Self {
        Self { key, port, opened: Instant::now(), used: Mutex::default() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn hello(&self, nonce: &[u8; NONCE_BYTES], peer: SocketAddr) -> Result<HelloAnswer, Error> {
        let (made_at, random) = (self.now(), create_token()?);
        let seal = self.key.seal(&[&made_at.to_string(), &random, &peer.to_string()]);
        let server_nonce = format!("{made_at}-{random}-{seal}");
        let proof = self.key.server_proof(self.port, nonce, &server_nonce);
        Ok(HelloAnswer { nonce: server_nonce, proof })
    }

    /// Whether this server made the nonce for this connection, and it is not too old.
    fn is_fresh(&self, nonce: &ServerNonce<'_>, peer: SocketAddr) -> bool {
        let ServerNonce { made_at, random, seal } = nonce;
        let age = self.now().checked_sub(*made_at);
        age.is_some_and(|age| u128::from(age) <= NONCE_LIFETIME.as_millis())
            && self.key.is_seal(seal, &[&made_at.to_string(), random, &peer.to_string()])
    }

    /// Marks the nonce as used. Returns whether this is its first use. Call it only for proven requests, so that
    /// strangers cannot fill the memory.
    fn spend(&self, nonce: &ServerNonce<'_>) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let lifetime = u64::try_from(NONCE_LIFETIME.as_millis()).unwrap_or(u64::MAX);
        let alive = used.split_off(&(self.now().saturating_sub(lifetime), String::new()));
        *used = alive;
        used.insert((nonce.made_at, nonce.random.to_owned()))
    }
}

#[derive(Deserialize)]
pub(super) struct HelloQuery {
    nonce: String,
}

pub(super) async fn say_hello(
    State(gate): State<Arc<Gate>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(HelloQuery { nonce }): Query<HelloQuery>,
) -> Result<Json<HelloAnswer>, Error> {
    let mut bytes = [0; NONCE_BYTES];
    hex::decode_to_slice(&nonce, &mut bytes)
        .map_err(|_| Error::field("nonce", "Send 64 hexadecimal digits that were never sent before."))?;
    Ok(Json(gate.hello(&bytes, peer)?))
}

pub(super) async fn require_proof(
    State(gate): State<Arc<Gate>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let (nonce_text, proof) = credentials(&parts.headers).ok_or_else(refused)?;
    let nonce = parse(nonce_text).filter(|nonce| gate.is_fresh(nonce, peer)).ok_or_else(refused)?;
    let body = read_body(body).await?;
    let signed = signed_request(&gate, &parts, nonce_text, &body);
    if !gate.key.is_request_proof(proof, &signed) || !gate.spend(&nonce) {
        return Err(refused());
    }
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

async fn read_body(body: Body) -> Result<axum::body::Bytes, Error> {
    let read = tokio::time::timeout(BODY_WITHIN, axum::body::to_bytes(body, BODY_MAX)).await;
    read.ok().and_then(Result::ok).ok_or_else(|| {
        Error::field("body", "The request is longer than 64 KiB or did not arrive within 10 seconds.")
    })
}

fn signed_request<'a>(
    gate: &Gate,
    parts: &'a Parts,
    server_nonce: &'a str,
    body: &'a [u8],
) -> SignedRequest<'a> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    SignedRequest { port: gate.port, server_nonce, method: parts.method.as_str(), path, body }
}

fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let mut words = value.split(' ');
    (words.next() == Some(SCHEME)).then_some(())?;
    words.next().zip(words.next()).filter(|_| words.next().is_none())
}

fn parse(nonce: &str) -> Option<ServerNonce<'_>> {
    let mut parts = nonce.split('-');
    let (made_at, random, seal) = (parts.next()?, parts.next()?, parts.next()?);
    let made_at = made_at.parse().ok()?;
    parts.next().is_none().then_some(ServerNonce { made_at, random, seal })
}

pub(super) fn refused() -> Error {
    Error::Forbidden(
        "The control port needs a proof of the secret in conf/control.token, made for this request and connection."
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_for_thirty_seconds() {
        let peer = SocketAddr::from(([127, 0, 0, 1], 5000));
        let mut gate = Gate::new(ControlKey::from_bytes([1; 32]), 8005);
        gate.opened = gate.opened.checked_sub(Duration::from_secs(100)).unwrap();
        let is_fresh = |made_at: u64| {
            let seal = gate.key.seal(&[&made_at.to_string(), "random", &peer.to_string()]);
            gate.is_fresh(&ServerNonce { made_at, random: "random", seal: &seal }, peer)
        };
        let now = gate.now();
        assert!((100_000..160_000).contains(&now));
        assert!(is_fresh(now) && is_fresh(now - 20_000));
        assert!(!is_fresh(now - 30_001) && !is_fresh(0));
        assert!(!is_fresh(now + 60_000), "it was not made here");
    }
}
