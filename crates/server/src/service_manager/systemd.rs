//! systemd: told over its socket that the server is ready and, within the limit of its watchdog, that it still answers.

use std::net::SocketAddr;

use sd_notify::NotifyState::{self, Ready, Stopping, Watchdog};

use super::{answers, wait_until_ready};

pub(super) async fn report(address: SocketAddr) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    wait_until_ready(address).await;
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

pub(super) fn stopping() {
    tell(Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager was not told");
    }
}
