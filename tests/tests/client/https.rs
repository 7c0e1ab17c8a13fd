//! https: only servers that an authority certifies get the API key; the authority may be the user's own.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use testkeep_tests::mail_server::Authority;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::place::Place;
use crate::testkeep::Account;

/// A reverse proxy as in production: ends TLS and passes the rest on. Returns its port.
async fn reverse_proxy(authority: &Authority, server: &str) -> u16 {
    let [_, certificate, _, key] = authority.options().map(PathBuf::from);
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let target = server.strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate closes the connection.
            let Ok(mut client) = acceptor.accept(client).await else { continue };
            let mut server = TcpStream::connect(&target).await.unwrap();
            tokio::spawn(async move {
                let _closed = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_certificate_is_believed_when_exactly_it_is_named() {
    let place = Place::usual().await;
    let (named, other) = (Authority::self_signed(), Authority::self_signed());
    let port = reverse_proxy(&named, place.url()).await;
    let run = |host: &str, ca: &Authority| {
        let account = Account::new(&format!("https://{host}:{port}"), &place.key);
        let file = ca.certificate();
        account.testkeep(&["run", "--ca", file.to_str().unwrap(), "--", "true"])
    };
    assert_eq!(run("localhost", &named).code, 0, "{:?}", run("localhost", &named));
    run("localhost", &other).expect(69, "openssl req -x509");
    run("localhost", &other).expect(69, "CA:TRUE");
    // The certificate is for localhost only.
    run("127.0.0.1", &named).expect(69, "is for another name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_is_believed_when_it_is_named() {
    let place = Place::usual().await;
    let (authority, stranger) = (Authority::create(), Authority::create());
    let port = reverse_proxy(&authority, place.url()).await;
    for host in ["localhost", "127.0.0.1"] {
        let account = Account::new(&format!("https://{host}:{port}"), &place.key);
        let run = |ca: Option<&Authority>| {
            let file = ca.map(|ca| ca.certificate().to_str().unwrap().to_owned());
            let option = file.iter().flat_map(|file| ["--ca", file.as_str()]);
            let words: Vec<_> = ["run"].into_iter().chain(option).chain(["--", "true"]).collect();
            account.testkeep(&words)
        };
        assert_eq!(run(Some(&authority)).code, 0, "{:?}", run(Some(&authority)));
        let ended = run(None);
        ended.expect(69, "signed by nobody this machine trusts");
        assert!(!ended.stderr.contains("Trying again"), "{ended:?}");
        run(Some(&stranger)).expect(69, "signed by nobody this machine trusts");
    }
    let other_name = Account::new(&format!("https://127.0.0.2:{port}"), &place.key);
    let file = authority.certificate();
    let words = ["run", "--ca", file.to_str().unwrap(), "--", "true"];
    assert_eq!(other_name.testkeep(&words).code, 69);
}
