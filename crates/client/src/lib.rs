//! A client of Testkeep's licenses, for programs that need a seat to run: takes one, keeps it, gives it back.
//!
//! Every lease is verified against the keys of [`trusted_keys`] before it counts; a server that is away does not end a
//! lease before the moment its signature names. Must never believe a server about whom to trust, and never send the
//! API key anywhere but to the server it was given for.

mod api_key;
mod client;
mod error;
mod http;
mod keeper;
mod lease;
mod machine_key;
mod proxy;
mod request;
mod schedule;
mod tls;
mod trust;
mod wire;

pub use api_key::{ApiKey, ApiKeyError};
pub use client::{Asked, LicenseClient, Progress};
pub use error::ClientError;
pub use keeper::{LeaseEnd, LeaseGuard, LeaseState};
pub use lease::Lease;
pub use machine_key::{MachineKey, MachineKeyError};
pub use request::{CheckoutRequest, Wait};
pub use tls::{Authorities, AuthoritiesError};
pub use trust::{IS_DEMO, trusted_keys};
pub use wire::{LiveSession, QueuePlace};

pub use testkeep_domain::lease::{LeaseError, LeaseVerifier};
pub use testkeep_domain::license::{PublicKey, TrustedKeys};
pub use testkeep_domain::{Package, ServerUrl};
