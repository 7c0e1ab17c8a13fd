//! The certificates that a connection to a mail server trusts: the system's authorities, and those in `conf/ca.pem`
//! (authorities of closed networks, or a mail server's own certificate).

use std::io;
use std::sync::Arc;

use rustls::CertificateError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use testkeep_domain::{Layout, openssl, tls};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::bounded::Bounded;
use crate::disk::Disk;

pub(crate) struct Certificates {
    system: Vec<CertificateDer<'static>>,
    named: Vec<CertificateDer<'static>>,
}

impl Certificates {
    /// # Errors
    /// The problem with `conf/ca.pem`.
    pub(crate) async fn load(disk: &Disk, layout: &Layout) -> Result<Self, String> {
        let file = layout.authorities();
        let text = disk.find_text(file.clone()).await.map_err(|error| error.to_string())?;
        let own = CertificateDer::pem_slice_iter(text.as_deref().unwrap_or_default().as_bytes());
        let named =
            own.collect::<Result<Vec<_>, _>>().map_err(|error| format!("{}: {error}", file.display()))?;
        // The system's certificates are in many files.
        let system = disk.run(&file, || Ok(rustls_native_certs::load_native_certs().certs)).await;
        Ok(Self { system: system.map_err(|error| error.to_string())?, named })
    }

    /// Also returns the TLS version of the connection, for example `TLS 1.3`.
    pub(super) async fn encrypt(
        &self,
        host: &str,
        stream: Bounded,
    ) -> Result<(TlsStream<Bounded>, String), String> {
        let config = tls::client_config(self.system.clone(), self.named.clone());
        let config = config.map_err(|error| error.to_string())?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = connected.map_err(|error| explain(host, &error))?;
        let version = stream.get_ref().1.protocol_version();
        // The `Debug` text is, for example, `TLSv1_3`.
        let version = version.map(|version| format!("{version:?}").replace("TLSv", "TLS ").replace('_', "."));
        Ok((stream, version.unwrap_or_default()))
    }
}

/// Explains the certificate's problem, and what to do about it.
fn explain(host: &str, error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => in_words(host, error),
        None => format!("There is no TLS on this port, or not the kind that was chosen: {error}"),
    }
}

fn in_words(host: &str, error: &rustls::Error) -> String {
    if tls::is_authority_as_server(error) {
        return format!(
            "The server's certificate is an authority's (CA:TRUE), as “openssl req -x509” makes it. If it is your own, \
             put exactly this certificate into conf/ca.pem. Or make one for the server: {}",
            openssl::certificate_command(host)
        );
    }
    let rustls::Error::InvalidCertificate(problem) = error else {
        return format!("TLS failed: {error}. Check protocol and port.");
    };
    match problem {
        // `BadSignature`: an authority of the same name has another key.
        CertificateError::UnknownIssuer | CertificateError::Other(_) | CertificateError::BadSignature => {
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
        // The names in the certificate are not shown, because the peer may be another service than a mail server.
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("The server's certificate is for another name than {host}. Enter the name it was made for.")
        }
        other => format!("The server's certificate cannot be trusted: {other}."),
    }
}
