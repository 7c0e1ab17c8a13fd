//! The answer file of a demo installation, and the values kept from one run to the next.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::platform::Platform;
use super::{password, ports};

const EMAIL: &str = "owner@example.com";

#[derive(Clone, Debug)]
pub(crate) struct Answers {
    folder: PathBuf,
    license: PathBuf,
    pub(crate) http_port: u16,
    control_port: u16,
    pub(crate) email: String,
    pub(crate) password: String,
}

impl Answers {
    /// Uses the values that an earlier run stored in this folder; otherwise creates a new password and finds free
    /// ports.
    pub(super) fn prepare(folder: &Path, license: &Path) -> Result<Self> {
        let remembered = std::fs::read(folder.join("demo.json")).ok();
        let remembered: Value =
            remembered.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let number = |name: &str| remembered[name].as_u64().and_then(|port| u16::try_from(port).ok());
        let http_port = ports::free_from(number("http_port").unwrap_or(8080), &[])?;
        let control_port = ports::free_from(number("control_port").unwrap_or(8005), &[http_port])?;
        let password = remembered["password"].as_str().map(str::to_owned);
        let password = password.map_or_else(password::generate, Ok)?;
        let (folder, license) = (folder.to_path_buf(), license.to_path_buf());
        Ok(Self { folder, license, http_port, control_port, email: EMAIL.into(), password })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}", self.http_port)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn destination(&self) -> PathBuf {
        self.folder.join("server")
    }

    /// Writes the answer file, readable by this user alone, and stores the values for the next run.
    pub(super) fn write(&self, platform: &Platform) -> Result<PathBuf> {
        let remembered = json!({
            "http_port": self.http_port, "control_port": self.control_port, "password": self.password,
        });
        write_private(&self.folder.join("demo.json"), &remembered.to_string())?;
        let file = self.folder.join("answers.toml");
        write_private(&file, &self.to_toml(platform))?;
        Ok(file)
    }

    /// Quotes strings as JSON does, which is valid TOML; this avoids a TOML library here.
    fn to_toml(&self, platform: &Platform) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let path = |path: &Path| quoted(&platform.path(path).to_string_lossy());
        format!(
            "destination = {}\nhttp_port = {}\ncontrol_port = {}\nserver_url = {}\nlicense_file = {}\n\n\
             [database]\nkind = \"built-in\"\n\n\
             [default_account]\nemail = {}\npassword = {}\nfirst_name = \"Demo\"\nlast_name = \"Owner\"\n\n\
             [service]\nmode = \"background\"\nallow_root = true\n",
            path(&self.destination()),
            self.http_port,
            self.control_port,
            quoted(&self.url()),
            path(&self.license),
            quoted(&self.email),
            quoted(&self.password),
        )
    }
}

fn write_private(file: &Path, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(file).with_context(|| format!("cannot write {}", file.display()))?;
    std::io::Write::write_all(&mut &opened, text.as_bytes())?;
    Ok(())
}
