//! Leases: what a server gives a program for one seat, a compact JWS that is checked without asking anybody.
//!
//! Owns the claims, signing with EdDSA, checking, and the words of every refusal. A lease carries the vendor's
//! endorsement of the key that signed it, so a program needs the vendor's public key and nothing else. Must never take
//! trust from the lease itself, ask for the time, or know who may have a seat.
//! Format: `docs/license-file.md`, *Leases*; the claims existing clients read are the client protocol's 2.4.

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

/// No lease is longer, in bytes. Checked before anything else is.
pub const MAX_LEASE_BYTES: usize = 16 * 1024;
