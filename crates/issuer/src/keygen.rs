//! `keygen`: makes a new key pair, `vendor.key` and `vendor.pub`.

use std::fs;
use std::path::{Path, PathBuf};

use testkeep_domain::license::VendorKey;
use zeroize::Zeroizing;

use crate::IssuerError;
use crate::file::{self, Audience};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    pub key_id: String,
    /// PEM, PKCS #8; mode 0600.
    pub private_key: PathBuf,
    /// PEM, SubjectPublicKeyInfo.
    pub public_key: PathBuf,
}

/// Writes a new pair into `folder` and creates the folder if it is missing. An existing key is never overwritten.
pub fn keygen(folder: &Path) -> Result<NewKey, IssuerError> {
    let (private_key, public_key) = file::new_pair(folder, ["vendor.key", "vendor.pub"])?;
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(IssuerError::Random)?;
    let key = VendorKey::from_seed(&seed);
    file::create(&private_key, key.to_pem().as_bytes(), Audience::Owner)?;
    file::create(&public_key, key.public_key().to_pem().as_bytes(), Audience::Everyone).inspect_err(
        |_| {
            let _ = fs::remove_file(&private_key);
        },
    )?;
    Ok(NewKey { key_id: key.public_key().id(), private_key, public_key })
}
