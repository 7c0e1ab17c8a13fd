//! Prometheus metrics, kept in the app's state.
//!
//! Must never use a label with an unbounded number of values, for example a path.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::identity::auth;
use crate::identity::token::same_secret;
use crate::{App, Error};

pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    sign_ins: Family<SignInLabels, Counter>,
    connections: Gauge,
    connections_ended: Family<EndedLabels, Counter>,
    slowed_sign_ins: Family<SlowedLabels, Counter>,
    started_at: Gauge<f64, AtomicU64>,
    /// The sum of `requests`, for the manager.
    answered: AtomicU64,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// Why the server closed or refused a connection.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Ended {
    /// There was no place for it.
    Refused,
    /// It was closed to make room for another connection.
    MadeRoom,
    /// Its peer took too long.
    TookTooLong,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EndedLabels {
    why: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SignInLabels {
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SlowedLabels {
    how: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("testkeep");
        let requests = Family::default();
        let durations = Family::<RouteLabels, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let sign_ins = Family::default();
        let connections = Gauge::default();
        let connections_ended = Family::default();
        let slowed_sign_ins = Family::default();
        let started_at = Gauge::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time to answer a request", durations.clone());
        registry.register("sign_ins", "Attempts to sign in", sign_ins.clone());
        registry.register("connections", "Open connections", connections.clone());
        registry.register(
            "connections_ended",
            "Connections refused, or ended by the server",
            connections_ended.clone(),
        );
        registry.register(
            "slowed_sign_ins",
            "Attempts to sign in that waited or were refused because of wrong passwords before them",
            slowed_sign_ins.clone(),
        );
        registry.register(
            "start_time_seconds",
            "When the server started, seconds since 1970",
            started_at.clone(),
        );
        Self {
            registry,
            requests,
            durations,
            sign_ins,
            connections,
            connections_ended,
            slowed_sign_ins,
            started_at,
            answered: AtomicU64::new(0),
        }
    }

    pub fn signed_in(&self, success: bool) {
        let result = if success { "success" } else { "failure" };
        self.sign_ins.get_or_create(&SignInLabels { result }).inc();
    }

    pub fn connection_opened(&self) {
        self.connections.inc();
    }

    pub fn connection_closed(&self) {
        self.connections.dec();
    }

    pub fn open_connections(&self) -> i64 {
        self.connections.get()
    }

    /// Number of requests answered since the start.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    pub fn connections_ended(&self, why: Ended, count: u64) {
        let why = match why {
            Ended::Refused => "refused",
            Ended::MadeRoom => "made_room",
            Ended::TookTooLong => "took_too_long",
        };
        self.connections_ended.get_or_create(&EndedLabels { why }).inc_by(count);
    }

    /// Counts a sign-in attempt that had to wait for its turn.
    pub fn sign_in_slowed(&self) {
        self.slowed_sign_ins.get_or_create(&SlowedLabels { how: "waited" }).inc();
    }

    /// Counts a sign-in attempt that was refused because its wait would be too long.
    pub fn sign_in_refused(&self) {
        self.slowed_sign_ins.get_or_create(&SlowedLabels { how: "refused" }).inc();
    }

    /// Returns the metrics in Prometheus text format.
    pub fn encode(&self, started_at: chrono::DateTime<chrono::Utc>) -> Result<String, Error> {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a double exactly")]
        self.started_at.set(started_at.timestamp() as f64);
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(Error::internal)?;
        Ok(text)
    }
}

/// Whether the bearer token is the one in `conf/metrics.token`, which gives no other access. The file is read at every
/// request, because it may be replaced. A token shorter than 16 characters is ignored.
pub(crate) async fn has_token(headers: &HeaderMap, app: &App) -> bool {
    let Some(given) = auth::bearer(headers) else { return false };
    let expected = match app.disk.find_text(app.layout.metrics_token()).await {
        Ok(expected) => expected.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "the metrics are shown on the server machine only: their token cannot be read");
            return false;
        }
    };
    let expected = expected.trim();
    expected.len() >= TOKEN_MIN && same_secret(given.as_bytes(), expected.as_bytes())
}

const TOKEN_MIN: usize = 16;

/// Upper bounds of the buckets, in seconds.
const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Middleware: counts every request by its route, not by its path, so that the number of series stays bounded.
pub(crate) async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        app.readiness.doubt();
    }
    let labels = RequestLabels { method, route: route.clone(), status: response.status().as_u16() };
    app.metrics.requests.get_or_create(&labels).inc();
    app.metrics.answered.fetch_add(1, Ordering::Relaxed);
    app.metrics.durations.get_or_create(&RouteLabels { route }).observe(start.elapsed().as_secs_f64());
    response
}
