//! The RSA key that existing clients trust: made for one customer by `client-key new`, or any key made by openssl.
//!
//! A license file contains this key, so its customer has it too. That is harmless only if no other customer's clients
//! trust the key. So a key file that names a customer must never be used for another one. The key itself is parsed only
//! to refuse a key that cannot sign.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rsa::PublicKeyComponents;
use ring::signature::RsaKeyPair;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::{RsaPrivateKey, RsaPublicKey};
use testkeep_domain::license::is_customer;
use zeroize::Zeroizing;

use crate::IssuerError;
use crate::file::{self, Audience};

/// The minimum length. Shorter keys are not safe, and existing clients refuse them.
const SHORTEST_BITS: usize = 2048;
/// The length of a new key. Shorter keys are not recommended beyond 2030.
const NEW_BITS: usize = 3072;
/// The beginning of the line before the key in its file. Other programs ignore text outside the block.
const OWNER: &str = "Customer: ";
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

/// A key from a file.
pub(crate) struct ClientKey {
    /// The RSA key as PKCS #8 DER. It can sign.
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// The customer for whom the key was made; `None` in files of other programs.
    pub(crate) customer: Option<String>,
}

impl ClientKey {
    pub(crate) fn read(text: &str) -> Result<Self, ClientKeyError> {
        let before = text.split_once(BEGIN).map_or("", |(before, _)| before);
        let customer = before.lines().find_map(|line| line.trim_start().strip_prefix(OWNER));
        Ok(Self { der: read_der(text)?, customer: customer.map(|name| name.trim().to_owned()) })
    }
}

/// The files of a key pair for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClientKey {
    pub customer: String,
    /// For `issue --client-key`: PEM, PKCS #8, with the customer's name before it; mode 0600.
    pub private_key: PathBuf,
    /// For the configuration of this customer's clients: PEM, SubjectPublicKeyInfo.
    pub public_key: PathBuf,
}

/// Writes `client.key` and `client.pub` into `folder` and creates the folder if it is missing. An existing key is never
/// overwritten, because the customer's clients trust it.
pub fn new_client_key(customer: &str, folder: &Path) -> Result<NewClientKey, IssuerError> {
    let customer = customer.trim();
    if !is_customer(customer) {
        return Err(IssuerError::Customer);
    }
    let (private_key, public_key) = file::new_pair(folder, ["client.key", "client.pub"])?;
    let failed = |reason: String| IssuerError::NewClientKey { reason };
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, NEW_BITS)
        .map_err(|error| failed(error.to_string()))?;
    let private = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| failed(error.to_string()))?;
    let public = RsaPublicKey::from(&key).to_public_key_pem(LineEnding::LF);
    let public = public.map_err(|error| failed(error.to_string()))?;
    let text = Zeroizing::new(format!("Testkeep client key\n{OWNER}{customer}\n\n{}", private.as_str()));
    file::create(&private_key, text.as_bytes(), Audience::Owner)?;
    file::create(&public_key, public.as_bytes(), Audience::Everyone).inspect_err(|_| {
        let _ = std::fs::remove_file(&private_key);
    })?;
    Ok(NewClientKey { customer: customer.to_owned(), private_key, public_key })
}

/// Reads an RSA key that can sign; returns it as PKCS #8 DER.
fn read_der(text: &str) -> Result<Zeroizing<Vec<u8>>, ClientKeyError> {
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
