//! The RSA key that existing clients of the vendor trust, as `openssl genpkey` writes it.
//!
//! Looks into it only to refuse what could not sign, before a customer gets it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rsa::PublicKeyComponents;
use ring::signature::RsaKeyPair;
use zeroize::Zeroizing;

/// Shorter keys are not safe, and existing clients refuse them.
const SHORTEST_BITS: usize = 2048;
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// Why a text is not a client key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    #[error(
        "This is not a private key: “{BEGIN}” or its end is missing. Make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`."
    )]
    NotPem,
    #[error("This is a public key. Choose the private one.")]
    Public,
    #[error(
        "The key has a passphrase. Remove it with `openssl pkey -in FILE -out NEW` and choose the new file."
    )]
    Encrypted,
    #[error(
        "The key is in the old form (PKCS #1). Convert it with `openssl pkey -in FILE -out NEW` and choose the new file."
    )]
    OldForm,
    #[error("The key file is damaged: its content is not valid base64. Restore it from your backup.")]
    Base64,
    #[error(
        "The key has less than {SHORTEST_BITS} bits. Make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`."
    )]
    TooShort,
    #[error(
        "The key is longer than 4096 bits, which this program cannot sign with. Make one of 2048 to 4096 bits."
    )]
    TooLong,
    #[error(
        "The key is not a usable RSA key ({0}). Make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`."
    )]
    NotRsa(String),
}

/// PKCS #8 DER of an RSA key that can sign.
pub(crate) fn read(text: &str) -> Result<Zeroizing<Vec<u8>>, ClientKeyError> {
    let der = decode(text)?;
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|error| match error.to_string().as_str() {
        "TooSmall" => ClientKeyError::TooShort,
        "TooLarge" => ClientKeyError::TooLong,
        other => ClientKeyError::NotRsa(other.to_owned()),
    })?;
    let public: PublicKeyComponents<Vec<u8>> = pair.public().into();
    if bits(&public.n) < SHORTEST_BITS { Err(ClientKeyError::TooShort) } else { Ok(der) }
}

fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, ClientKeyError> {
    let Some((_, rest)) = text.split_once(BEGIN) else {
        return Err(match () {
            () if text.contains("BEGIN ENCRYPTED PRIVATE KEY") => ClientKeyError::Encrypted,
            () if text.contains("BEGIN RSA PRIVATE KEY") => ClientKeyError::OldForm,
            () if text.contains("PUBLIC KEY-----") => ClientKeyError::Public,
            () => ClientKeyError::NotPem,
        });
    };
    let (body, _) = rest.split_once(END).ok_or(ClientKeyError::NotPem)?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    STANDARD.decode(body.as_bytes()).map(Zeroizing::new).map_err(|_| ClientKeyError::Base64)
}

fn bits(modulus: &[u8]) -> usize {
    modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize)
}
