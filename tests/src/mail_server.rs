//! A real mail server (aiosmtpd) in a process of its own, and the mails it accepted.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::postgres::certificates;

/// A message as the server accepted it.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    pub sender: String,
    pub recipients: Vec<String>,
    /// Headers and bodies as received.
    pub content: String,
    pub encrypted: bool,
    pub authenticated: bool,
}

impl Mail {
    /// The bodies with quoted-printable decoded.
    pub fn text(&self) -> String {
        let joined = self.content.replace("=\r\n", "").replace("=\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            let code = (*first == b'=').then(|| tail.get(..2)).flatten();
            let byte = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
            bytes.push(byte.unwrap_or(*first));
            rest = if byte.is_some() { &tail[2..] } else { tail };
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The token of the link in the mail.
    pub fn token(&self) -> String {
        let text = self.text();
        let (_, rest) = text.split_once("#token=").expect("a link with a token");
        rest.chars().take_while(char::is_ascii_hexdigit).collect()
    }
}

pub struct MailServer {
    pub port: u16,
    process: Child,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    /// Starts a server without TLS and without login.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with options of `tests/mail/server.py`.
    pub fn start_with(options: &[&str]) -> Self {
        // Debian's own Python has Debian's aiosmtpd; another Python earlier on the `PATH` may not have it.
        let python = if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/mail/server.py");
        let mut process = Command::new(python)
            .arg(script)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 with aiosmtpd (Debian: python3-aiosmtpd)");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let first = lines.next().expect("the mail server starts").expect("text");
        let port = first.strip_prefix("listening ").expect("its port").parse().expect("a number");
        let mails = Arc::new(Mutex::new(Vec::new()));
        let inbox = Arc::clone(&mails);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mail: Mail = serde_json::from_str(&line).expect("one message a line");
                inbox.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            }
        });
        Self { port, process, mails }
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until this number of mails has arrived, at most 20 seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        let until = Instant::now() + Duration::from_secs(20);
        while self.mails().len() < count && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mails = self.mails();
        assert!(mails.len() >= count, "{} mails came, {count} were expected", mails.len());
        mails
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ended_before = self.process.kill();
        let _status = self.process.wait();
    }
}

/// Certificates for `localhost` and 127.0.0.1, signed by an authority that no system trusts.
pub struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    pub fn create() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::create_for_localhost(folder.path());
        Self { folder }
    }

    /// Without an authority: a server's certificate as `openssl req -x509` makes it, for `localhost` only.
    pub fn self_signed() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::create_self_signed(folder.path());
        Self { folder }
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// The server's certificate and key, as options of the mail server.
    pub fn options(&self) -> [String; 4] {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        ["--certificate".into(), file("server.crt"), "--key".into(), file("server.key")]
    }
}
