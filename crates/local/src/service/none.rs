//! Systems that are neither Linux nor Windows: the server cannot be a service there, and every function says so.
//!
//! Must never report a service that is not there.

use testkeep_domain::Layout;

use super::{Installed, Registered, ServiceError, ServiceLevel, ServiceStatus};

pub(super) fn offered() -> Vec<ServiceLevel> {
    Vec::new()
}

pub(super) fn find(_: &Layout) -> Option<Registered> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "systemd has no obstacle where it suits")]
pub(super) fn obstacle(_: &Layout, _: ServiceLevel) -> Option<ServiceError> {
    Some(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "systemd waits for its commands")]
pub(super) async fn install(_: &Layout, _: ServiceLevel) -> Result<Installed, ServiceError> {
    Err(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "systemd waits for its commands")]
pub(super) async fn uninstall(_: &Layout, _: &Registered) -> Result<(), ServiceError> {
    Err(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "systemd waits for its commands")]
pub(super) async fn start(_: &Layout, _: &Registered) -> Result<(), ServiceError> {
    Err(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "systemd waits for its commands")]
pub(super) async fn stop(_: &Layout, _: &Registered) -> Result<(), ServiceError> {
    Err(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "systemd waits for its commands")]
pub(super) async fn restart(_: &Layout, _: &Registered) -> Result<(), ServiceError> {
    Err(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "systemd waits for its commands")]
pub(super) async fn set_enabled(_: &Layout, _: &Registered, _: bool) -> Result<(), ServiceError> {
    Err(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "systemd waits for its commands")]
pub(super) async fn status(_: &Layout, _: &Registered) -> Result<ServiceStatus, ServiceError> {
    Err(ServiceError::NotYet)
}

#[expect(clippy::unused_async, reason = "Windows waits for its program")]
pub(super) async fn open_firewall(_: &Layout) -> Result<(), ServiceError> {
    Err(ServiceError::NotYet)
}

pub(super) fn registration_text(_: &Layout, _: &str) -> Result<String, ServiceError> {
    Err(ServiceError::NotYet)
}
