//! The vendor's side of licensing: making keys, signing license files, looking into them.
//!
//! Owns the files and the words of `testkeep-license`; what a license is, `testkeep_domain::license` says.
//! Must never be linked into the server: a private key has no business there.

mod client_key;
mod error;
mod file;
mod inspect;
mod issue;
mod keygen;

pub use client_key::{ClientKeyError, NewClientKey, new_client_key};
pub use error::IssuerError;
pub use inspect::{Inspection, Signature, inspect};
pub use issue::{ClientKeyUse, IssueRequest, Issued, ProductGrant, issue};
pub use keygen::{NewKey, keygen};
