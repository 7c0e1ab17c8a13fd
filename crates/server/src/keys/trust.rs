//! The vendors whose license files this build accepts.
//!
//! A release build contains the vendor's public key, given at build time. Only the cargo feature `demo` adds the
//! published demo key, and then every page shows it. Must never read a key from the installation: an admin who could
//! add a key could write licenses.

use testkeep_domain::license::{KeyError, PublicKey};

/// Whether this build trusts the published demo key.
pub(crate) const IS_DEMO: bool = cfg!(feature = "demo");

/// The vendor's key as PEM, from the build's environment.
const VENDOR_KEY: Option<&str> = option_env!("TESTKEEP_VENDOR_PUBLIC_KEY");

#[cfg(feature = "demo")]
const DEMO_KEY: Option<&str> = Some(include_str!("../../../../demo/vendor.pub"));
#[cfg(not(feature = "demo"))]
const DEMO_KEY: Option<&str> = None;

pub(crate) fn trusted_keys() -> impl Iterator<Item = Result<PublicKey, KeyError>> {
    let vendor = VENDOR_KEY.map(PublicKey::from_pem);
    let demo = DEMO_KEY.map(|pem| PublicKey::from_pem(pem).map(PublicKey::as_demo));
    vendor.into_iter().chain(demo)
}
