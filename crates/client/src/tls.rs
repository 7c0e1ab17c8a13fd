//! Decides which servers a connection trusts: those certified by the system's authorities, or by a file of the user,
//! which may also contain a server's own certificate.
//!
//! Owns the messages about certificate problems. Must never be switched off.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use testkeep_domain::{openssl, tls};

/// Certificates of authorities and servers, in addition to the system's.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<CertificateDer<'static>>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesError {
    #[error("there is no certificate in it: it must have “-----BEGIN CERTIFICATE-----”")]
    Empty,
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl Authorities {
    /// Reads PEM text with one certificate or more.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let damaged = |error: &dyn std::fmt::Display| AuthoritiesError::Damaged(error.to_string());
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let found = found.map_err(|error| damaged(&error))?;
        if found.is_empty() {
            return Err(AuthoritiesError::Empty);
        }
        let mut store = RootCertStore::empty();
        for certificate in &found {
            store.add(certificate.clone()).map_err(|error| damaged(&error))?;
        }
        Ok(Self(found))
    }

    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        let system = rustls_native_certs::load_native_certs().certs;
        tls::client_config(system, self.0.clone()).map(Arc::new)
    }
}

/// Why a handshake failed.
pub(crate) enum Problem {
    /// What is wrong with the certificate, and what to do about it.
    Certificate(String),
    Other(String),
}

pub(crate) fn explain(error: &std::io::Error) -> Problem {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(error) if tls::is_authority_as_server(error) => Problem::Certificate(format!(
            "its certificate is an authority's (CA:TRUE), as “openssl req -x509” makes it. If it is your own server, pass \
             exactly this certificate with --ca FILE. Or make one for the server: {}",
            openssl::certificate_command("<host>")
        )),
        Some(rustls::Error::InvalidCertificate(problem)) => Problem::Certificate(in_words(problem)),
        Some(rustls::Error::InvalidMessage(_)) => {
            Problem::Other("it does not speak TLS on this port. Check the port, or use http://".into())
        }
        _ => Problem::Other(format!("TLS failed: {error}")),
    }
}

fn in_words(problem: &CertificateError) -> String {
    match problem {
        // `BadSignature` is included because it occurs when an authority of the same name has another key.
        CertificateError::UnknownIssuer | CertificateError::Other(_) | CertificateError::BadSignature => {
            "its certificate is signed by nobody this machine trusts. Add the authority's certificate to the system's \
             store, or pass it with --ca FILE"
                .into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired. Renew it on the server".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet. Check both machines' clocks".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("its certificate is for another name ({problem}). Use the name it was made for")
        }
        other => format!("its certificate cannot be trusted: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_holds_no_certificate() {
        assert_eq!(Authorities::from_pem(b"").unwrap_err(), AuthoritiesError::Empty);
        assert_eq!(Authorities::from_pem(b"hello").unwrap_err(), AuthoritiesError::Empty);
        let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Authorities::from_pem(damaged), Err(AuthoritiesError::Damaged(_))));
        assert!(Authorities::default().config().is_ok());
    }
}
