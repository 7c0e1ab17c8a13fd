//! The private keys in a license file, with which the server signs leases.
//!
//! Wiped from memory when dropped. Must never be shown. RS256 bytes are not interpreted here; the code that signs reads
//! them.

use zeroize::Zeroizing;

use crate::lease::LeaseAlgorithm;

/// One private key.
#[derive(Clone, PartialEq, Eq)]
pub enum LeaseSecret {
    /// 32 random bytes. The file also contains the vendor's endorsement of this key.
    EdDsa(Zeroizing<[u8; 32]>),
    /// An RSA key that existing clients trust, as PKCS #8 DER.
    Rs256(Zeroizing<Vec<u8>>),
}

impl LeaseSecret {
    pub fn eddsa(seed: [u8; 32]) -> Self {
        Self::EdDsa(Zeroizing::new(seed))
    }

    pub fn algorithm(&self) -> LeaseAlgorithm {
        match self {
            Self::EdDsa(_) => LeaseAlgorithm::EdDsa,
            Self::Rs256(_) => LeaseAlgorithm::Rs256,
        }
    }

    /// The secret bytes. Only for code that makes a key of them.
    pub fn expose(&self) -> &[u8] {
        match self {
            Self::EdDsa(seed) => seed.as_slice(),
            Self::Rs256(der) => der,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.expose().len()
    }
}

impl std::fmt::Debug for LeaseSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LeaseSecret({} ***)", self.algorithm().word())
    }
}
