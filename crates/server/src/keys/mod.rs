//! The keys of this installation, and the vendor's keys that it trusts.

pub mod secret_key;
pub mod trust;
