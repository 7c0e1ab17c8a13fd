//! Client library of Testkeep: takes, keeps and gives back the seats that programs need to run, and uploads test reports.
//!
//! Every lease is verified against the keys of [`trusted_keys`] before it counts. An unreachable server does not end a
//! lease before its signed end. Must never take trusted keys from a server, and never send the API key to any other
//! server than the one it was given for.

mod api_key;
mod client;
mod error;
mod http;
mod keeper;
mod lease;
mod machine_key;
mod private;
mod proxy;
mod request;
mod schedule;
mod tls;
mod trust;
pub mod upload;
mod wire;

pub use api_key::{ApiKey, ApiKeyError};
pub use client::{Asked, LicenseClient, Progress};
pub use error::ClientError;
pub use keeper::{LeaseEnd, LeaseGuard, LeaseState};
pub use lease::Lease;
pub use machine_key::{MachineKey, MachineKeyError};
pub use private::create_private;
pub use request::{CheckoutRequest, Wait};
pub use tls::{Authorities, AuthoritiesError};
pub use trust::{IS_DEMO, trusted_keys};
pub use wire::{LiveSession, QueuePlace};

pub use testkeep_domain::lease::{LeaseError, LeaseVerifier};
pub use testkeep_domain::license::{PublicKey, TrustedKeys};
pub use testkeep_domain::{Package, ServerUrl};
