//! Listens, serves, and stops gracefully: running requests get ten seconds, then connections are closed.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use testkeep_domain::config::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::ops::housekeeping::keep_house;
use crate::ops::leases::keep_counting;
use crate::{App, control, jobs, router};

/// Connections at once; more wait in the listen queue.
const CONNECTIONS: usize = 4096;
/// A client that sends its request line and headers slower than this is cut off.
const HEADER_TIMEOUT: Duration = Duration::from_secs(20);
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
#[error("Cannot listen on {address}: {error}. Free the port or change {key} in conf/testkeep.toml.")]
pub struct ListenError {
    address: SocketAddr,
    key: &'static str,
    error: std::io::Error,
}

/// The two listeners, bound before anything else happens so that a taken port is found at once.
pub struct Listeners {
    http: TcpListener,
    control: TcpListener,
}

impl Listeners {
    /// Of sockets that are bound already.
    pub fn new(http: TcpListener, control: TcpListener) -> Self {
        Self { http, control }
    }

    pub async fn bind(config: &ServerConfig) -> Result<Self, ListenError> {
        let http = SocketAddr::from((config.http_address, config.http_port.get()));
        Ok(Self {
            control: listen(control::address(config), "control_port").await?,
            http: listen(http, "http_port").await?,
        })
    }
}

async fn listen(address: SocketAddr, key: &'static str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| ListenError { address, key, error })
}

/// Serves until `until` ends or the control port says stop.
pub async fn serve(app: App, listeners: Listeners, until: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(false);
    let http = tokio::spawn(accept(listeners.http, router::router(app.clone()), stopped.clone()));
    let control =
        tokio::spawn(accept(listeners.control, control::router(app.clone(), stop.clone()), stopped.clone()));
    let housekeeping = tokio::spawn(keep_house(app.clone()));
    let leases = tokio::spawn(keep_counting(app.clone()));
    let mut jobs = tokio::spawn(jobs::work(app.clone()));
    let mut stopped = stopped;
    tokio::select! {
        () = until => { stop.send_replace(true); }
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    tracing::info!("stopping");
    housekeeping.abort();
    leases.abort();
    app.jobs.stop();
    let until = tokio::time::Instant::now() + GRACE;
    for listener in [http, control] {
        if let Err(error) = listener.await {
            tracing::error!(%error, "listener failed");
        }
    }
    if tokio::time::timeout_at(until, &mut jobs).await.is_err() {
        tracing::warn!("a job took too long and was cut off; it is done when its claim runs out");
        jobs.abort();
    }
    app.db.close().await;
    tracing::info!("stopped");
}

async fn accept(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let service = hyper::service::service_fn({
                    let router = router.clone();
                    move |mut request: hyper::Request<hyper::body::Incoming>| {
                        request.extensions_mut().insert(ConnectInfo(peer));
                        router.clone().oneshot(request.map(Body::new))
                    }
                });
                let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%peer, %error, "connection ended early");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file handles, most likely: give the others time to end.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests took too long and were cut off");
    }
}
