//! Keys of this installation, and the vendor's keys it trusts.

pub mod secret_key;
pub mod trust;
