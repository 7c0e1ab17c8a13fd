//! Connections between a client with these rules and a server with certificates that openssl made once.
//!
//! Both ends are in this process and exchange bytes without a socket. The clock stands still.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConnection, ServerConfig, ServerConnection, SupportedProtocolVersion, version};

use super::*;

/// Made by `openssl req -x509` for mail.example.com: CA:TRUE, valid from November 29, 2026 for a hundred years.
const OWN: &str = "\
    MIIBqzCCAVCgAwIBAgIUe7X8XfdaKsLQMAbzqr38PjD64Q0wCgYIKoZIzj0EAwIwGzEZMBcGA1UEAwwQbWFpbC5leGFtcGxlLmNv\
    bTAgFw0yNjExMjkwNTU4MzVaGA8yMTI2MTEwNTA1NTgzNVowGzEZMBcGA1UEAwwQbWFpbC5leGFtcGxlLmNvbTBZMBMGByqGSM49\
    AgEGCCqGSM49AwEHA0IABFVRVuKbcLkd4kUOcDH3l4PK04gKyLS6rsFT2Ad6eAQ6BYBEuEOwmrVRVmT0W5bdNbu6T4/HWbciUdSF\
    zOU4qXijcDBuMB0GA1UdDgQWBBTsyRQd388F1TRWGZ2gyhLiER+m2zAfBgNVHSMEGDAWgBTsyRQd388F1TRWGZ2gyhLiER+m2zAP\
    BgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEG1haWwuZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSQAwRgIhAJMTYTlLn6hKYkhI\
    XyfDIBpGP8Nw2XWXda0sOVA7KFmHAiEA2tteQP/OvxxXt/7A763heg85aGC7jnjSbOUzLRXIk6A=";
/// Its key, PKCS #8.
const OWN_KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHDA1r/ifYMNQZv9l9Mz5ZUVbsHXdOIG+g7kxHjEkMDmhRANCAARV\
    UVbim3C5HeJFDnAx95eDytOICsi0uq7BU9gHengEOgWARLhDsJq1UVZk9FuW3TW7uk+Px1m3IlHUhczlOKl4";
/// An authority, valid for the same period.
const AUTHORITY: &str = "\
    MIIBiTCCAS+gAwIBAgIUFDOmUw+om8i4+dpUiGl0OEDZ2yIwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkw\
    IBcNMjYxMTI5MDU1ODM1WhgPMjEyNjExMDUwNTU4MzVaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYI\
    KoZIzj0DAQcDQgAEXAayElv1l+Q7P9Hfa/yQP2fnK8bt6cfgsM/3jZwdkiUe3kvDmOWr5woYwfxshaxBAhR/S/FsnhihW1XEULx6\
    0aNTMFEwHQYDVR0OBBYEFC9CiTUTWgFglP3FWCZdw4ZS+lVJMB8GA1UdIwQYMBaAFC9CiTUTWgFglP3FWCZdw4ZS+lVJMA8GA1Ud\
    EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgLgLIQ8koqEYNJl+ZEA0mwy2p9bK598XhrzbC4gpw9zoCIQDsXToEVs5fnP0X\
    uph0G0Q6DnOltcxwfx15U+p4LCTFSQ==";
/// A certificate for mail.example.com, signed by the authority: CA:FALSE.
const SIGNED: &str = "\
    MIIBpjCCAUugAwIBAgIUOJF+XeZDxIOg4nd3v9hfiZ6lrS0wCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkw\
    IBcNMjYxMTI5MDU1ODM1WhgPMjEyNjExMDUwNTU4MzVaMBsxGTAXBgNVBAMMEG1haWwuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB\
    BggqhkjOPQMBBwNCAARQLNacfm4b+9fe/ptczn6lim9YMyJgayKhtEgSYOJriqo0jrSB0n37tLWe6dcHQmdYz4JjFDLeYxiNtZyd\
    G3oXo20wazAbBgNVHREEFDASghBtYWlsLmV4YW1wbGUuY29tMAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFDwORj7Z2X3sk9n4bEBi\
    4kbAPuyPMB8GA1UdIwQYMBaAFC9CiTUTWgFglP3FWCZdw4ZS+lVJMAoGCCqGSM49BAMCA0kAMEYCIQDbPKUhdjAyFB47dVF+r3Ms\
    lb2YCHMWryOxHR12UdyM4AIhANzXrmWAGTmjjzN7HF+jM/iXcO6B+EkPIrxjLCJZtBEs";
/// Its key.
const SIGNED_KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtbQ5y5PB8JWe4I06C1fD0BbzG6YTKdupnGJjbbRGyDKhRANCAARQ\
    LNacfm4b+9fe/ptczn6lim9YMyJgayKhtEgSYOJriqo0jrSB0n37tLWe6dcHQmdYz4JjFDLeYxiNtZydG3oX";

const HOST: &str = "mail.example.com";
/// Seconds since 1970: in the year 2030.
const NOW: u64 = 1_900_000_000;
/// In the year 2020, before the certificates.
const EARLY: u64 = 1_600_000_000;
/// In the year 2130, after them.
const LATE: u64 = 5_100_000_000;

fn certificate(text: &str) -> CertificateDer<'static> {
    STANDARD.decode(text).unwrap().into()
}

#[derive(Debug)]
struct Still(u64);

impl TimeProvider for Still {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
    }
}

/// Shows its certificate even if the key does not match.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

struct Server {
    certificate: &'static str,
    key: &'static str,
    protocol: &'static SupportedProtocolVersion,
}

const BY_ITSELF: Server = Server { certificate: OWN, key: OWN_KEY, protocol: &version::TLS13 };
const BY_AUTHORITY: Server = Server { certificate: SIGNED, key: SIGNED_KEY, protocol: &version::TLS13 };

impl Server {
    fn config(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(STANDARD.decode(self.key).unwrap()));
        let key = provider.key_provider.load_private_key(key).unwrap();
        let shown = Shown(Arc::new(CertifiedKey::new(vec![certificate(self.certificate)], key)));
        let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[self.protocol]);
        Arc::new(config.unwrap().with_no_client_auth().with_cert_resolver(Arc::new(shown)))
    }

    /// The result of a connection to the server by this name at this time (seconds since 1970).
    fn asked(&self, system: &[&str], named: &[&str], host: &'static str, now: u64) -> Result<(), Error> {
        let read = |texts: &[&str]| texts.iter().map(|text| certificate(text)).collect();
        let mut config = client_config(read(system), read(named)).unwrap();
        config.time_provider = Arc::new(Still(now));
        let mut client =
            ClientConnection::new(Arc::new(config), ServerName::try_from(host).unwrap()).unwrap();
        let mut server = ServerConnection::new(self.config()).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut bytes = Vec::new();
            client.write_tls(&mut bytes).unwrap();
            server.read_tls(&mut bytes.as_slice()).unwrap();
            server.process_new_packets()?;
            let mut bytes = Vec::new();
            server.write_tls(&mut bytes).unwrap();
            client.read_tls(&mut bytes.as_slice()).unwrap();
            client.process_new_packets()?;
        }
        Ok(())
    }
}

fn refused(found: &Result<(), Error>) -> bool {
    matches!(found, Err(Error::InvalidCertificate(_)))
}

#[test]
fn an_authority_is_believed_wherever_it_is_listed() {
    for (system, named) in [(&[AUTHORITY][..], &[][..]), (&[], &[AUTHORITY]), (&[OWN, AUTHORITY], &[OWN])] {
        assert_eq!(BY_AUTHORITY.asked(system, named, HOST, NOW), Ok(()));
    }
    assert!(refused(&BY_AUTHORITY.asked(&[OWN], &[OWN], HOST, NOW)), "another authority");
    assert!(refused(&BY_AUTHORITY.asked(&[], &[], HOST, NOW)), "nobody is trusted");
    for (host, now) in [("other.example.com", NOW), (HOST, EARLY), (HOST, LATE)] {
        assert!(refused(&BY_AUTHORITY.asked(&[AUTHORITY], &[], host, now)), "{host} {now}");
    }
}

#[test]
fn a_servers_own_certificate_is_believed_when_it_is_named() {
    assert_eq!(BY_ITSELF.asked(&[], &[OWN], HOST, NOW), Ok(()));
    assert_eq!(BY_ITSELF.asked(&[AUTHORITY], &[AUTHORITY, OWN], HOST, NOW), Ok(()));
    for (host, now) in [("other.example.com", NOW), (HOST, EARLY), (HOST, LATE)] {
        assert!(refused(&BY_ITSELF.asked(&[], &[OWN], host, now)), "{host} {now}");
    }
}

/// In the system's list the certificate is an authority's, and a server must not use such a certificate.
#[test]
fn a_servers_own_certificate_is_not_believed_from_the_systems_list() {
    let refusal = BY_ITSELF.asked(&[OWN], &[], HOST, NOW).unwrap_err();
    assert!(is_authority_as_server(&refusal), "{refusal:?}");
    let refusal = BY_ITSELF.asked(&[OWN], &[AUTHORITY], HOST, NOW).unwrap_err();
    assert!(is_authority_as_server(&refusal), "{refusal:?}");
    let other = BY_AUTHORITY.asked(&[OWN], &[], HOST, NOW).unwrap_err();
    assert!(!is_authority_as_server(&other), "{other:?}");
    assert!(!is_authority_as_server(&Error::DecryptError));
}

/// Any program can show a certificate, but only the server has the key to sign with.
#[test]
fn whoever_has_no_key_is_not_the_server() {
    for protocol in [&version::TLS12, &version::TLS13] {
        for (honest, trusted) in [(BY_ITSELF, OWN), (BY_AUTHORITY, AUTHORITY)] {
            let honest = Server { protocol, ..honest };
            assert_eq!(honest.asked(&[], &[trusted], HOST, NOW), Ok(()), "{protocol:?}");
            let key = if honest.key == OWN_KEY { SIGNED_KEY } else { OWN_KEY };
            let thief = Server { key, ..honest };
            let found = thief.asked(&[], &[trusted], HOST, NOW);
            assert_eq!(found, Err(Error::InvalidCertificate(CertificateError::BadSignature)), "{protocol:?}");
        }
    }
}
