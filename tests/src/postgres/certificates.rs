//! A private authority and its certificates, made with the `openssl` program: a server's for `localhost` and 127.0.0.1,
//! a client's for the superuser, and a second authority that signed nothing here.

use std::path::Path;
use std::process::Command;

use super::USER;
use super::programs::{Account, run};

/// Creates `ca.crt`, and `server.crt` with `server.key`, signed by it.
pub(crate) fn create_for_localhost(folder: &Path) {
    authority(folder, "ca");
    signed(folder, "server", "localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1");
}

/// Creates `server.crt` as `openssl req -x509` makes it by default: self-signed, and marked as an authority (CA:TRUE).
/// For `localhost` only; `ca.crt` is the same file.
pub(crate) fn create_self_signed(folder: &Path) {
    openssl(folder, &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.crt"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .run();
    std::fs::copy(folder.join("server.crt"), folder.join("ca.crt")).expect("the folder is ours");
}

pub(super) fn create(account: &Account, folder: &Path) {
    create_for_localhost(folder);
    authority(folder, "other-ca");
    signed(folder, "client", USER, "extendedKeyUsage=clientAuth");
    account.give(&folder.join("server.key"));
    for readable in ["ca.crt", "server.crt"] {
        account.give(&folder.join(readable));
    }
}

fn authority(folder: &Path, name: &str) {
    let subject = format!("/CN=Testkeep {name}");
    let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
    openssl(folder, &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", &subject, "-keyout", &key, "-out", &certificate])
        .args(["-addext", "keyUsage=keyCertSign"])
        .run();
}

fn signed(folder: &Path, name: &str, common_name: &str, extension: &str) {
    let subject = format!("/CN={common_name}");
    let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
    let (request, extensions) = (format!("{name}.csr"), format!("{name}.ext"));
    std::fs::write(folder.join(&extensions), format!("{extension}\n")).expect("the folder is ours");
    openssl(folder, &["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-subj", &subject, "-keyout", &key, "-out", &request])
        .run();
    openssl(folder, &["x509", "-req", "-in", &request, "-days", "2", "-CA", "ca.crt", "-CAkey", "ca.key"])
        .args(["-CAcreateserial", "-extfile", &extensions, "-out", &certificate])
        .run();
}

struct OpenSsl(Command);

fn openssl(folder: &Path, arguments: &[&str]) -> OpenSsl {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments);
    OpenSsl(command)
}

impl OpenSsl {
    fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.args(arguments);
        self
    }

    fn run(mut self) {
        run(&mut self.0);
    }
}
