//! The vendors' keys whose leases a program trusts: the key it was built with, and those that its user names.
//!
//! The cargo feature `demo` adds the published demo key. Must never take a key from a server, a lease or the
//! environment: a person who can add a key can hand out seats.

use testkeep_domain::license::{KeyError, PublicKey, TrustedKeys};

/// This build trusts the published demo key.
pub const IS_DEMO: bool = cfg!(feature = "demo");

/// PEM of the vendor's key, from the build's environment.
const VENDOR_KEY: Option<&str> = option_env!("TESTKEEP_VENDOR_PUBLIC_KEY");

#[cfg(feature = "demo")]
const DEMO_KEY: Option<&str> = Some(include_str!("../../../demo/vendor.pub"));
#[cfg(not(feature = "demo"))]
const DEMO_KEY: Option<&str> = None;

/// The keys this build was made with, then `more`, which the user chose.
///
/// # Errors
/// The compiled-in key is not a valid public key.
pub fn trusted_keys(more: impl IntoIterator<Item = PublicKey>) -> Result<TrustedKeys, KeyError> {
    let vendor = VENDOR_KEY.map(PublicKey::from_pem);
    let demo = DEMO_KEY.map(|pem| PublicKey::from_pem(pem).map(PublicKey::as_demo));
    let keys: Result<Vec<_>, _> = vendor.into_iter().chain(demo).chain(more.into_iter().map(Ok)).collect();
    keys.map(TrustedKeys::new)
}
