//! Requests to one license server: take a seat, keep it, return it, list one's sessions.
//!
//! Every lease is verified before it is returned to the caller. Must never hold a seat that the caller does not get: a
//! seat whose lease cannot be verified is given back.

use std::pin::pin;
use std::time::Duration;

use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use testkeep_domain::lease::LeaseVerifier;
use testkeep_domain::license::TrustedKeys;
use testkeep_domain::{Clock, ServerUrl};
use tokio::time::Instant;

use crate::http::{Answer, Http};
use crate::schedule::{backoff, random};
use crate::wire::{LeaseIn, LeaseOut, LiveSessions, RenewIn};
use crate::{
    ApiKey, Authorities, CheckoutRequest, ClientError, Lease, LiveSession, MachineKey, QueuePlace, Wait,
};

const LEASES: &str = "/api/v2/leases";
/// Consecutive failures after which a server counts as unreachable: at first, and while waiting in its queue (ten
/// minutes).
const PATIENCE: u32 = 2;
const PATIENCE_IN_THE_QUEUE: u32 = 26;

/// Cheap to keep; use one per server and key.
pub struct LicenseClient {
    http: Http,
    verifier: LeaseVerifier,
    pub(crate) clock: Clock,
}

/// A server's answer to a request for a seat.
#[derive(Clone, Debug)]
pub enum Asked {
    Granted(Box<Lease>),
    Waiting(QueuePlace),
}

/// Events while a checkout waits.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    Waiting(QueuePlace),
    /// The request failed and will be tried again.
    Failed(&'a ClientError),
}

impl LicenseClient {
    /// Trusts servers whose certificate the system's authorities have signed.
    pub fn new(server: ServerUrl, key: &ApiKey, trusted: TrustedKeys) -> Result<Self, ClientError> {
        Self::with_authorities(server, key, trusted, &Authorities::default())
    }

    /// As `new`, with authorities in addition to the system's.
    pub fn with_authorities(
        server: ServerUrl,
        key: &ApiKey,
        trusted: TrustedKeys,
        authorities: &Authorities,
    ) -> Result<Self, ClientError> {
        let http = Http::new(server, key, authorities)?;
        Ok(Self { http, verifier: LeaseVerifier::new(trusted), clock: Clock::system() })
    }

    pub fn server(&self) -> &ServerUrl {
        self.http.server()
    }

    /// Sends one request.
    pub async fn ask(&self, request: &CheckoutRequest) -> Result<Asked, ClientError> {
        let answer = self.post(LEASES, &LeaseIn::from(request)).await?;
        if answer.status == 202 {
            return self.read(&answer, "its place in the queue").map(Asked::Waiting);
        }
        let out: LeaseOut = self.granted(&answer)?;
        let lease = self.verified(&out, &request.machine_key);
        let lease = lease.and_then(|lease| lease.answers(request).map(|()| lease));
        if lease.is_err() {
            // Without this, the seat would stay taken until the server's timeout for the session.
            let _given_back = self.release(out.id).await;
        }
        lease.map(|lease| Asked::Granted(Box::new(lease)))
    }

    /// Sends requests until the server gives a seat or refuses, or the time is over. If an answer is lost, the request
    /// is repeated.
    pub async fn checkout(&self, request: &CheckoutRequest) -> Result<Lease, ClientError> {
        self.checkout_until(request, |_| (), std::future::pending()).await
    }

    /// As `checkout`, reporting progress, until `given_up` completes. A request under way is always awaited: otherwise
    /// it could take a seat that this client does not know. Only pauses are cut short.
    pub async fn checkout_until(
        &self,
        request: &CheckoutRequest,
        mut progress: impl FnMut(Progress<'_>),
        given_up: impl Future<Output = ()>,
    ) -> Result<Lease, ClientError> {
        let started = Instant::now();
        let mut given_up = pin!(given_up);
        let (mut place, mut failures) = (None::<QueuePlace>, 0);
        loop {
            let mut pause = match self.ask(request).await {
                Ok(Asked::Granted(lease)) => return Ok(*lease),
                Ok(Asked::Waiting(found)) => {
                    progress(Progress::Waiting(found));
                    (place, failures) = (Some(found), 0);
                    found.pause()
                }
                Err(error) => {
                    failures += 1;
                    let patience = if place.is_some() { PATIENCE_IN_THE_QUEUE } else { PATIENCE };
                    let Some(pause) = retry_pause(&error, failures).filter(|_| failures <= patience) else {
                        return Err(error);
                    };
                    progress(Progress::Failed(&error));
                    pause
                }
            };
            if let (Wait::AtMost(limit), Some(place)) = (request.wait, place) {
                let left = limit.saturating_sub(started.elapsed());
                if left.is_zero() {
                    self.give_up(request).await;
                    return Err(ClientError::WaitedTooLong { waited: limit, position: place.position });
                }
                pause = pause.min(left);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = &mut given_up => {
                    self.give_up(request).await;
                    return Err(ClientError::GivenUp);
                }
            }
        }
    }

    /// Leaves the queue. Sent once, without retries: the server removes a client that stops polling anyway.
    async fn give_up(&self, request: &CheckoutRequest) {
        // Both values contain only hexadecimal digits and hyphens, so they need no escaping.
        let path = format!("{LEASES}?machine_id={}&session_id={}", request.machine_key, request.session_id);
        let _forgotten_soon = self.http.send(Method::DELETE, &path, None).await;
    }

    /// Requests the lease's successor. `idle`: how long its user has done nothing.
    pub async fn renew(&self, lease: &Lease, idle: Option<Duration>) -> Result<Lease, ClientError> {
        let Some(id) = lease.id() else {
            let reason = "a lease without a server cannot be renewed".into();
            return Err(ClientError::Setup { reason });
        };
        let body = RenewIn { idle_seconds: idle.map(|idle| idle.as_secs()) };
        let answer = self.post(&format!("{LEASES}/{id}/renew"), &body).await?;
        let out: LeaseOut = self.granted(&answer)?;
        if out.id != id {
            return Err(ClientError::OtherLease { what: "number" });
        }
        let machine = MachineKey::parse(&lease.claims().machine_id)
            .map_err(|error| ClientError::Setup { reason: error.to_string() })?;
        let renewed = self.verified(&out, &machine)?;
        renewed.succeeds(lease).map(|()| renewed)
    }

    /// Gives the seat back. A session that has already ended is no error.
    pub async fn release(&self, id: i64) -> Result<(), ClientError> {
        let mut failures = 0;
        loop {
            let answer = self.http.send(Method::DELETE, &format!("{LEASES}/{id}"), None).await;
            let error = match answer {
                Ok(answer) if matches!(answer.status, 200 | 204) => return Ok(()),
                Ok(answer) => ClientError::from_answer(self.server(), &answer),
                Err(error) => error,
            };
            failures += 1;
            match retry_pause(&error, failures).filter(|_| failures <= PATIENCE) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    /// The live sessions that the server counts for the key's owner.
    pub async fn list_sessions(&self) -> Result<Vec<LiveSession>, ClientError> {
        let answer = self.http.send(Method::GET, LEASES, None).await?;
        self.granted::<LiveSessions>(&answer).map(|sessions| sessions.items)
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, ClientError> {
        let body = serde_json::to_vec(body);
        let body = body.map_err(|error| ClientError::Setup { reason: error.to_string() })?;
        self.http.send(Method::POST, path, Some(body)).await
    }

    fn verified(&self, out: &LeaseOut, machine: &MachineKey) -> Result<Lease, ClientError> {
        let now = self.clock.now();
        Ok(Lease::verify(&self.verifier, Some(out.id), &out.lease, machine, now)?)
    }

    fn granted<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, ClientError> {
        if answer.status == 200 {
            self.read(answer, "its answer")
        } else {
            Err(ClientError::from_answer(self.server(), answer))
        }
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer, what: &str) -> Result<T, ClientError> {
        serde_json::from_slice(&answer.body).map_err(|_| ClientError::unreadable(self.server(), what))
    }
}

/// The pause before the next try. `None`: repeating the request cannot succeed.
fn retry_pause(error: &ClientError, failures: u32) -> Option<Duration> {
    match error {
        ClientError::Unreachable { .. } | ClientError::Unexpected { .. } => Some(backoff(failures, random())),
        ClientError::TooMany { retry_after, .. } => {
            let asked = retry_after.unwrap_or(Duration::from_secs(5));
            Some(asked.clamp(Duration::from_secs(1), Duration::from_mins(1)))
        }
        _ => None,
    }
}
