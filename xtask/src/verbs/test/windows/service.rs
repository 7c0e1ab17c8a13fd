//! The server as a service of Windows, from its registration to its removal.
//!
//! Wine has the service control manager and the registry. It has neither virtual accounts nor rights nor a firewall nor
//! restarts after a crash; what is asked of Windows about these is tested in `crates/local`. Wine ends its services with
//! the last program that is no service, so one program stays.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure as must};
use serde_json::Value;

use super::WinePrefix;
use crate::demo::{self, Installed};
use crate::process;

const SERVICE: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\testkeep-server";
const EVENT_SOURCE: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\testkeep-server";
const UNINSTALL: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall";

/// The demo installs into a folder `server`, so its service is `testkeep-server`.
pub(super) fn job(prefix: &WinePrefix<'_>, folder: &Path) -> Result<&'static str> {
    let _awake = Awake::keep(prefix)?;
    let mut installed = demo::install(prefix.workspace, prefix.platform(), folder)?;
    let machine = Machine { prefix, destination: installed.answers.destination() };
    machine.becomes_a_service(&installed)?;
    machine.obeys(&mut installed)?;
    machine.is_asked_for_by_an_answer_file(&installed, folder)?;
    installed.uninstall()?;
    machine.is_removed_without_a_trace()?;
    Ok("service installed, stopped, started, disabled, removed, installed silently, uninstalled under Wine")
}

/// A program that waits for input.
struct Awake(Child);

impl Awake {
    fn keep(prefix: &WinePrefix<'_>) -> Result<Self> {
        let mut waiting = prefix.command();
        waiting.arg("cmd.exe").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(waiting.spawn()?))
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

struct Machine<'a> {
    prefix: &'a WinePrefix<'a>,
    destination: PathBuf,
}

impl Machine<'_> {
    fn becomes_a_service(&self, installed: &Installed<'_>) -> Result<()> {
        self.service(&["install"])?;
        let status = self.expect_state("running")?;
        must!(status["account"] == r"NT SERVICE\testkeep-server", "the account is wrong: {status}");
        must!(status["enabled"] == true && status["kind"] == "system", "{status}");
        must!(self.has(EVENT_SOURCE, "EventMessageFile"), "the event log has no source");
        must!(self.has(SERVICE, "PreshutdownTimeout"), "a shutdown does not wait for the server");
        installed.sign_in()
    }

    fn obeys(&self, installed: &mut Installed<'_>) -> Result<()> {
        // `stop` and `start` of older scripts go through the service.
        installed.stop()?;
        self.expect_state("stopped")?;
        installed.start()?;
        let before = self.expect_state("running")?;
        self.service(&["restart"])?;
        let after = self.expect_state("running")?;
        must!(before["pid"] != after["pid"], "a restart is another process: {after}");
        self.service(&["disable"])?;
        must!(self.status()?["enabled"] == false, "it still starts at boot");
        self.service(&["enable"])?;
        must!(self.status()?["enabled"] == true, "it does not start at boot");
        self.service(&["uninstall"])?;
        must!(!self.has(SERVICE, "ImagePath"), "the service is still registered");
        self.fails(&["start"])
    }

    /// The same answers with another mode: the engine stops the server in the background and registers the service.
    fn is_asked_for_by_an_answer_file(&self, installed: &Installed<'_>, folder: &Path) -> Result<()> {
        let file = folder.join("answers.toml");
        let answers = std::fs::read_to_string(&file)?;
        std::fs::write(&file, answers.replace("\"background\"", "\"service\""))?;
        let mut command = self.program();
        command.arg("install").arg("--answers").arg(self.prefix.platform().path(&file));
        process::run(&mut command)?;
        self.expect_state("running")?;
        let entries = process::output(self.prefix.command().args(["reg", "query", UNINSTALL, "/reg:64"]))?;
        must!(entries.contains("Testkeep server Z:/"), "no entry in Apps & Features: {entries}");
        installed.sign_in()
    }

    fn is_removed_without_a_trace(&self) -> Result<()> {
        must!(!self.has(SERVICE, "ImagePath"), "the service is still registered");
        must!(!self.has(EVENT_SOURCE, "EventMessageFile"), "the source of the event log is still there");
        let entries = process::output(self.prefix.command().args(["reg", "query", UNINSTALL, "/reg:64"]));
        must!(
            !entries.is_ok_and(|entries| entries.contains("Testkeep server")),
            "Apps & Features still has its entry"
        );
        Ok(())
    }

    fn expect_state(&self, state: &str) -> Result<Value> {
        let status = self.status()?;
        must!(status["state"] == state, "the service is not {state}: {status}");
        Ok(status)
    }

    fn status(&self) -> Result<Value> {
        let text = process::output(&mut self.words(&["status", "--json"]))?;
        serde_json::from_str(&text).with_context(|| format!("`service status --json` printed {text}"))
    }

    fn service(&self, words: &[&str]) -> Result<()> {
        process::run(&mut self.words(words))
    }

    fn fails(&self, words: &[&str]) -> Result<()> {
        must!(process::code(&mut self.words(words))? == Some(2), "`service {words:?}` was not refused");
        Ok(())
    }

    fn words(&self, words: &[&str]) -> Command {
        let mut command = self.program();
        let config = self.destination.join("conf").join("testkeep.toml");
        command.arg("service").args(words).arg("--config").arg(self.prefix.platform().path(&config));
        command
    }

    fn program(&self) -> Command {
        self.prefix.platform().command(self.prefix.workspace, "testkeep-server")
    }

    fn has(&self, key: &str, value: &str) -> bool {
        let mut query = self.prefix.command();
        query.args(["reg", "query", key, "/v", value]);
        process::output(&mut query).is_ok()
    }
}
