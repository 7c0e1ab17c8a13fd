//! Leases: a server gives a program one lease for one seat. A lease is a compact JWS that can be checked offline.
//!
//! Owns the claims, signing with EdDSA, checking, and the message of every refusal. A lease contains the vendor's
//! endorsement of the key that signed it, so a program needs only the vendor's public key to check it. Must never trust
//! a key because the lease names it, read the clock, or decide who gets a seat. Format: `docs/license-file.md`,
//! *Leases*. Source of the claims for existing clients: client protocol, 2.4.

mod claims;
mod endorsement;
mod error;
mod jws;
mod key;
mod verifier;

#[cfg(test)]
mod tests;

pub use claims::{Feature, LeaseClaims, LeaseKind, features};
pub use endorsement::Endorsement;
pub use error::LeaseError;
pub use key::{LeaseAlgorithm, LeaseKey};
pub use verifier::LeaseVerifier;

/// The maximum length of a lease, in bytes. Checked first.
pub const MAX_LEASE_BYTES: usize = 16 * 1024;
