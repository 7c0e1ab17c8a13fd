//! The keys of this installation, and the vendor's keys that it trusts.

pub(crate) mod secret_key;
pub(crate) mod trust;
