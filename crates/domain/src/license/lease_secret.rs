//! The private keys in a license file, with which its server signs leases.
//!
//! Wiped when dropped and never shown. What the RS256 bytes mean, whoever signs with them finds out.

use zeroize::Zeroizing;

use crate::lease::LeaseAlgorithm;

/// One private key.
#[derive(Clone, PartialEq, Eq)]
pub enum LeaseSecret {
    /// 32 random bytes; the file holds the vendor's endorsement beside them.
    EdDsa(Zeroizing<[u8; 32]>),
    /// PKCS #8 DER of an RSA key that existing clients trust.
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

    /// The bytes themselves. Call it where a key is made of them, and nowhere else.
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
