//! What the server tells the service manager that started it: that it is ready, that it still answers, that it stops.
//!
//! Nothing is told when no service manager asked. Must tell only what a request to our own HTTP port has proven; a
//! database that is away is no reason to be started again.

#[cfg(target_os = "linux")]
mod systemd;
#[cfg(windows)]
mod windows;

use std::net::SocketAddr;

#[cfg(windows)]
pub(crate) use windows::Reporter;

/// Who started the server.
pub(crate) enum Starter {
    /// A person, the supervisor or, when its socket is in the environment, systemd.
    Anybody,
    /// The service control manager.
    #[cfg(windows)]
    Windows(Reporter),
}

/// Tells when the server is ready and, from then on, that it still answers. Runs until the program ends.
pub(crate) async fn report(starter: Starter, address: SocketAddr) {
    match starter {
        #[cfg(target_os = "linux")]
        Starter::Anybody => systemd::report(address).await,
        #[cfg(not(target_os = "linux"))]
        Starter::Anybody => {}
        #[cfg(windows)]
        Starter::Windows(reporter) => {
            wait_until_ready(address).await;
            reporter.ready();
        }
    }
}

/// The server finishes running requests and ends. Windows learns it from the reporter.
pub(crate) fn stopping() {
    #[cfg(target_os = "linux")]
    systemd::stopping();
}

#[cfg(any(target_os = "linux", windows))]
async fn wait_until_ready(address: SocketAddr) {
    const POLL: std::time::Duration = std::time::Duration::from_millis(10);
    while !answers(address, "/readyz").await {
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(any(target_os = "linux", windows))]
async fn answers(address: SocketAddr, path: &str) -> bool {
    let answer = testkeep_local::http::get(address, path).await;
    answer.is_ok_and(|status| (200..300).contains(&status))
}
