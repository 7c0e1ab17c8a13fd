//! What the server tells the service manager that started it: that it is ready, that it still answers, that it stops.
//!
//! Nothing is told when no service manager asked. Must tell only what a request to our own HTTP port has proven; a
//! database that is away is no reason to be started again.

use std::net::SocketAddr;

/// Tells when the server is ready and, from then on, that it still answers. Runs until the program ends.
#[cfg(target_os = "linux")]
pub(crate) async fn report(address: SocketAddr) {
    use std::time::Duration;

    use sd_notify::NotifyState::{Ready, Watchdog};

    const POLL: Duration = Duration::from_millis(10);
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    while !answers(address, "/readyz").await {
        tokio::time::sleep(POLL).await;
    }
    tell(Ready);
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    // Two requests may be lost before the limit.
    let mut turns = tokio::time::interval(limit / 3);
    loop {
        turns.tick().await;
        if answers(address, "/livez").await {
            tell(Watchdog);
        } else {
            tracing::warn!(%address, "the server did not answer its own request");
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) async fn report(_: SocketAddr) {}

/// The server finishes running requests and ends.
#[cfg(target_os = "linux")]
pub(crate) fn stopping() {
    tell(sd_notify::NotifyState::Stopping);
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn stopping() {}

#[cfg(target_os = "linux")]
fn tell(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager was not told");
    }
}

#[cfg(target_os = "linux")]
async fn answers(address: SocketAddr, path: &str) -> bool {
    let answer = testkeep_local::http::get(address, path).await;
    answer.is_ok_and(|status| (200..300).contains(&status))
}
