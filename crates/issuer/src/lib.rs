//! The vendor's side of licensing: makes keys, signs license files, inspects them.
//!
//! Owns the files and the messages of `testkeep-license`; `testkeep_domain::license` defines the license itself. Must
//! never be linked into the server, because the server must not handle the vendor's private key.

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
