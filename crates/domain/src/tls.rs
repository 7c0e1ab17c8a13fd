//! Decides which servers a TLS connection trusts: those with a certificate signed by a trusted authority, and those
//! whose own certificate an admin listed.
//!
//! `openssl req -x509` makes a certificate of an authority (CA:TRUE), but people use it for a server. The strict rules
//! refuse that. If an admin listed exactly this certificate, they mean this server, so it is accepted; in all other
//! cases it is refused. Name, dates and the proof of the key are always checked. No I/O: callers pass the certificates
//! in.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

/// A configuration that trusts the authorities in `system` and `named`, and the servers whose own certificate is in
/// `named`.
///
/// # Errors
/// The TLS library cannot be set up.
pub fn client_config(
    system: Vec<CertificateDer<'static>>,
    named: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let mut roots = RootCertStore::empty();
    // The system's store may contain certificates that cannot be parsed; they are skipped.
    roots.add_parsable_certificates(system);
    roots.add_parsable_certificates(named.iter().cloned());
    if roots.is_empty() {
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let strict = strict.map_err(|error| Error::Other(OtherError(Arc::new(error))))?;
    let verifier = Arc::new(Verifier { strict, named });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Whether the error is that a server showed a certificate of an authority (CA:TRUE), as `openssl req -x509` makes it.
pub fn is_authority_as_server(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(OtherError(cause))) = error else { return false };
    cause.downcast_ref::<webpki::Error>() == Some(&webpki::Error::CaUsedAsEndEntity)
}

#[derive(Debug)]
struct Verifier {
    strict: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.strict.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verdict {
            // The strict rules have checked the dates before they return this error.
            Err(error)
                if is_authority_as_server(&error) && self.named.iter().any(|named| named == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
