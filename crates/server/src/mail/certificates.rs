//! Whom a connection to a mail server trusts: the system's authorities, and those in `conf/ca.pem` of closed networks.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::{
    AsyncTokioStream, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use testkeep_domain::Layout;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::bounded::Bounded;

pub struct Certificates(Vec<CertificateDer<'static>>);

impl Certificates {
    /// # Errors
    /// What is wrong with `conf/ca.pem`.
    pub fn load(layout: &Layout) -> Result<Self, String> {
        let mut roots = rustls_native_certs::load_native_certs().certs;
        let file = layout.authorities();
        if file.exists() {
            let own = CertificateDer::pem_file_iter(&file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            roots.extend(own.map_err(|error| format!("{}: {error}", file.display()))?);
        }
        Ok(Self(roots))
    }

    /// SMTPS: TLS before anything else. Returns what was agreed.
    pub(super) async fn encrypt(&self, host: &str, stream: Bounded) -> Result<(Encrypted, String), String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.0.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = connected.map_err(|error| Self::explain(&error))?;
        let version = stream.get_ref().1.protocol_version();
        // “TLSv1_3”
        let version = version.map(|version| format!("{version:?}").replace("TLSv", "TLS ").replace('_', "."));
        Ok((Encrypted(stream), version.unwrap_or_default()))
    }

    /// STARTTLS, which the SMTP library does itself.
    pub(super) fn parameters(&self, host: &str) -> Result<TlsParameters, String> {
        let mut builder: TlsParametersBuilder =
            TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
        for root in &self.0 {
            // The system's store may hold what nobody can read.
            if let Ok(certificate) = Certificate::from_der(root.to_vec()) {
                builder = builder.add_root_certificate(certificate);
            }
        }
        builder.build_rustls().map_err(|error| Self::explain(&error))
    }

    /// Names the certificate's problem and what to do about it.
    pub fn explain(error: &(dyn std::error::Error + 'static)) -> String {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let inner = error.downcast_ref::<io::Error>().and_then(|io| io.get_ref());
            let tls = inner.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref());
            if let Some(tls) = tls {
                return in_words(tls);
            }
            cause = error.source();
        }
        let deepest = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        format!("There is no TLS on this port, or not the kind that was chosen: {deepest}")
    }
}

fn in_words(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(problem) = error else {
        return format!("TLS failed: {error}. Check protocol and port.");
    };
    match problem {
        CertificateError::UnknownIssuer | CertificateError::Other(_) => {
            "The server's certificate is signed by nobody this machine trusts. Add the authority's certificate to the \
             system's store or to conf/ca.pem."
                .into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "The server's certificate has expired. Renew it on the mail server.".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "The server's certificate is not valid yet. Check both machines' clocks.".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("The server's certificate is for another name ({problem}). Enter the name it was made for.")
        }
        other => format!("The server's certificate cannot be trusted: {other}."),
    }
}

/// A TLS stream in the shape that the SMTP library takes.
#[derive(Debug)]
pub(super) struct Encrypted(TlsStream<Bounded>);

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}
