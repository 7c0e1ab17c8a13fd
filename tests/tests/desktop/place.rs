//! Everything on disk that one journey needs; dropping it ends all its programs.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicU32;

use serde_json::Value;
use tempfile::TempDir;
use testkeep_domain::{Clock, Layout};
use testkeep_issuer::{IssueRequest, ProductGrant, issue};
use testkeep_tests::programs::program;

pub(crate) struct Place {
    folder: TempDir,
    /// Number of pictures until now, over all windows of the journey.
    pub(crate) pictures_taken: AtomicU32,
    pub(crate) http_port: u16,
    pub(crate) control_port: u16,
    pub(crate) server_program: PathBuf,
    pub(crate) desktop_program: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("testkeep-desktop-").tempdir().unwrap();
        // Both ports are held at once, so that they differ.
        let (http, control) = (free_port(), free_port());
        let place = Self {
            folder,
            pictures_taken: AtomicU32::new(0),
            http_port: http.local_addr().unwrap().port(),
            control_port: control.local_addr().unwrap().port(),
            server_program: program("TESTKEEP_SERVER_BIN", "testkeep-server"),
            desktop_program: program("TESTKEEP_DESKTOP_BIN", "testkeep-desktop"),
        };
        std::fs::create_dir_all(place.destination()).unwrap();
        place.write_browser();
        place.issue("demo.lic", 5, &[]);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn destination(&self) -> PathBuf {
        self.path().join("Testkeep Server")
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(self.destination())
    }

    pub(crate) fn license(&self) -> PathBuf {
        self.path().join("demo.lic")
    }

    pub(crate) fn server_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    /// Folder of programs that come before the system's on the `PATH`.
    pub(crate) fn programs(&self) -> PathBuf {
        self.path().join("programs")
    }

    /// The last address that was opened in the “browser”.
    pub(crate) fn opened(&self) -> Option<String> {
        std::fs::read_to_string(self.path().join("opened")).ok().map(|url| url.trim().to_owned())
    }

    fn write_browser(&self) {
        std::fs::create_dir_all(self.programs()).unwrap();
        let script = self.programs().join("xdg-open");
        let opened = self.path().join("opened");
        std::fs::write(
            &script,
            format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{0}.new' && mv '{0}.new' '{0}'\n", opened.display()),
        )
        .unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A license with `seats` seats of each product, signed with the published demo key, for this machine.
    pub(crate) fn issue(&self, name: &str, seats: u32, renews: &[&Path]) -> PathBuf {
        let output = Command::new(&self.server_program).args(["machine-id", "--json"]).output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let file = self.path().join(name);
        let seats = ProductGrant { quota: Some(seats), machines: None };
        let request = IssueRequest {
            key: Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("demo/vendor.key"),
            machine_id: answer["machine_id"].as_str().unwrap().to_owned(),
            customer: "Desktop Journey Ltd".into(),
            kse: seats,
            kre: seats,
            expires: (Clock::system().now() + chrono::Days::new(365)).format("%Y-%m-%d").to_string(),
            not_before: None,
            renews: renews.iter().map(|old| old.display().to_string()).collect(),
            client_key: None,
            returns: testkeep_domain::license::Returns::Trusted,
            out: file.clone(),
        };
        issue(&request, &Clock::system()).unwrap();
        file
    }
}

impl Drop for Place {
    /// Ends the server, even after a failed test.
    fn drop(&mut self) {
        let config = self.layout().config_file();
        if config.exists() {
            let _ = Command::new(&self.server_program).args(["stop", "--config"]).arg(config).output();
        }
        crate::process::kill_all_of(&self.layout().server_program());
    }
}

fn free_port() -> TcpListener {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap()
}
