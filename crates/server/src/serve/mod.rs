//! Listens, serves, and stops gracefully: running requests get ten seconds, then connections are closed.
//!
//! The control port has its own slots for connections, so that it answers even when the HTTP port is full.

mod accept;
mod activity;
mod bodies;
mod limits;
mod slots;
mod stream;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use testkeep_domain::config::ServerConfig;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

use crate::http::router;
use crate::{App, control, jobs, service_manager};
use accept::accept;
use limits::Limits;
pub use limits::raise_open_files;
use slots::Slots;

const GRACE: Duration = Duration::from_secs(10);
/// Bytes of an answer that the system buffers for a peer that does not read. The system's default is megabytes per
/// connection.
const SEND_BUFFER: u32 = 64 * 1024;
/// Number of connections that may wait to be accepted.
const WAITING: u32 = 1024;

#[derive(Debug, thiserror::Error)]
#[error("Cannot listen on {address}: {error}. Free the port or change {key} in conf/testkeep.toml.")]
pub struct ListenError {
    address: SocketAddr,
    key: &'static str,
    error: std::io::Error,
}

/// The two listeners. They are bound before anything else happens, so that a taken port is found at once.
pub struct Listeners {
    http: TcpListener,
    control: TcpListener,
}

impl Listeners {
    /// For sockets that are bound already.
    pub fn new(http: TcpListener, control: TcpListener) -> Self {
        Self { http, control }
    }

    pub fn bind(config: &ServerConfig) -> Result<Self, ListenError> {
        let http = SocketAddr::from((config.http_address, config.http_port.get()));
        Ok(Self {
            control: listen(control::address(config), "control_port")?,
            http: listen(http, "http_port")?,
        })
    }
}

fn listen(address: SocketAddr, key: &'static str) -> Result<TcpListener, ListenError> {
    bind(address).map_err(|error| ListenError { address, key, error })
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Lets a restarted server bind a port whose last connections are still closing. On Windows the option has another
    // meaning.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves until `until` completes or the control port stops the server.
pub async fn serve(app: App, listeners: Listeners, until: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(false);
    let control = control::router(app.clone(), stop.clone()).await;
    let slots = Slots::new(app.clone(), Limits::CONTROL);
    let control = tokio::spawn(accept(listeners.control, control, slots, stopped.clone()));
    let slots = Slots::new(app.clone(), Limits::of_http());
    let http = tokio::spawn(accept(listeners.http, router::router(app.clone()), slots, stopped.clone()));
    let mut jobs = tokio::spawn(jobs::work(app.clone()));
    let mut stopped = stopped;
    tokio::select! {
        () = until => { stop.send_replace(true); }
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    tracing::info!("stopping");
    service_manager::stopping();
    app.queue.stop();
    let until = tokio::time::Instant::now() + GRACE;
    for listener in [http, control] {
        if let Err(error) = listener.await {
            tracing::error!(%error, "listener failed");
        }
    }
    if tokio::time::timeout_at(until, &mut jobs).await.is_err() {
        tracing::warn!("a job took too long and was cut off; it runs again when its claim expires");
        jobs.abort();
    }
    app.db.close().await;
    tracing::info!("stopped");
}
