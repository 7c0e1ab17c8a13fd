//! The product's main path, with the programs' own commands: Machine ID, demo license, silent install, sign-in, stop.
//!
//! `cargo xtask run --headless` does this for a person, the Windows test does it under Wine. Must never reach into the
//! programs: it uses only what any admin can use.

mod answers;
mod http;
mod password;
mod platform;
mod ports;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;
pub(crate) use answers::Answers;
pub(crate) use platform::Platform;

const READY_WITHIN: Duration = Duration::from_mins(1);

pub(crate) struct Installed<'a> {
    workspace: &'a Workspace,
    platform: Platform,
    pub(crate) answers: Answers,
    pub(crate) machine_id: String,
    /// Milliseconds from the install command to a server that answers `/readyz`.
    pub(crate) ready_ms: u128,
    running: bool,
}

/// Installs below `folder`: `server/` is the destination; the license and the answer file lie beside it. If the folder
/// was used before, account and password stay the same, and so do the ports if they are still free.
pub(crate) fn install<'a>(
    workspace: &'a Workspace,
    platform: Platform,
    folder: &Path,
) -> Result<Installed<'a>> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    stop_left_over(workspace, &platform, folder);
    let machine_id = machine_id(workspace, &platform)?;
    let license = issue_license(workspace, &platform, &machine_id, folder)?;
    let answers = Answers::prepare(folder, &license)?;
    let answer_file = answers.write(&platform)?;
    let started = Instant::now();
    let mut command = platform.command(workspace, "testkeep-server");
    command.arg("install").arg("--answers").arg(platform.path(&answer_file));
    // From here on a server may be running: the guard stops it on every later failure.
    let mut installed = Installed { workspace, platform, answers, machine_id, ready_ms: 0, running: true };
    process::run(&mut command)?;
    http::wait_until_ready(&installed.answers.url(), READY_WITHIN)?;
    installed.ready_ms = started.elapsed().as_millis();
    Ok(installed)
}

/// This machine's Machine ID, as the server computes it.
pub(crate) fn machine_id(workspace: &Workspace, platform: &Platform) -> Result<String> {
    let mut command = platform.command(workspace, "testkeep-server");
    let machine_id = process::output(command.arg("machine-id"))?.trim().to_owned();
    if machine_id.is_empty() {
        bail!("`testkeep-server machine-id` printed nothing");
    }
    Ok(machine_id)
}

/// Issues a license of the demo vendor for this machine; an earlier file is overwritten.
pub(crate) fn issue_license(
    workspace: &Workspace,
    platform: &Platform,
    machine_id: &str,
    folder: &Path,
) -> Result<PathBuf> {
    let file = folder.join("demo.lic");
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    let mut command = platform.command(workspace, "testkeep-license");
    command.arg("issue").arg("--key").arg(platform.path(&workspace.demo_key()));
    command.arg("--client-key").arg(platform.path(&workspace.demo_client_key()));
    command.args(["--machine-id", machine_id, "--customer", "Testkeep demo"]);
    command.args(["--kse", "10", "--kre", "5", "--expires", &end_of_next_year()?]);
    process::run(command.arg("--out").arg(platform.path(&file)))?;
    Ok(file)
}

/// `YYYY-12-31`.
#[expect(clippy::disallowed_methods, reason = "the build tool has nobody to be given a Clock by")]
fn end_of_next_year() -> Result<String> {
    const SECONDS_OF_A_YEAR: u64 = 31_556_952;
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(format!("{}-12-31", 1971 + since_1970.as_secs() / SECONDS_OF_A_YEAR))
}

/// Stops the server of a killed run: it still holds the ports that this run needs.
fn stop_left_over(workspace: &Workspace, platform: &Platform, folder: &Path) {
    let config = config_file(&folder.join("server"));
    if config.exists() {
        let mut command = platform.command(workspace, "testkeep-server");
        let _not_running = process::run(command.arg("stop").arg("--config").arg(platform.path(&config)));
    }
}

fn config_file(destination: &Path) -> PathBuf {
    destination.join("conf").join("testkeep.toml")
}

impl Installed<'_> {
    /// Signs in over HTTP, reads the profile, and signs out.
    pub(crate) fn sign_in(&self) -> Result<()> {
        http::sign_in(&self.answers.url(), &self.answers.email, &self.answers.password)
    }

    /// Installs a newer license into the running server.
    pub(crate) fn activate_again(&self) -> Result<()> {
        let folder = tempfile::tempdir_in(self.answers.folder())?;
        let license = issue_license(self.workspace, &self.platform, &self.machine_id, folder.path())?;
        let mut command = self.platform.command(self.workspace, "testkeep-server");
        command.arg("activate").arg("--config").arg(self.platform.path(&self.config_file()));
        process::run(command.arg("--license").arg(self.platform.path(&license)))
    }

    /// Starts the stopped server in the background.
    pub(crate) fn start(&mut self) -> Result<()> {
        let mut command = self.platform.command(self.workspace, "testkeep-server");
        command.arg("start").arg("--config").arg(self.platform.path(&self.config_file()));
        self.running = true;
        process::run(&mut command)?;
        http::wait_until_ready(&self.answers.url(), READY_WITHIN)
    }

    fn config_file(&self) -> PathBuf {
        config_file(&self.answers.destination())
    }

    /// Stops the server and checks that it is gone.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.running = false;
        let mut command = self.platform.command(self.workspace, "testkeep-server");
        command.arg("stop").arg("--config").arg(self.platform.path(&self.config_file()));
        process::run(&mut command)?;
        http::wait_until_gone(self.answers.http_port, Duration::from_secs(15))
    }

    /// Removes the installation with its data.
    pub(crate) fn uninstall(&mut self) -> Result<()> {
        self.running = false;
        let destination = self.answers.destination();
        let mut command = self.platform.command(self.workspace, "testkeep-server");
        command.args(["uninstall", "--delete-data", "--destination"]).arg(self.platform.path(&destination));
        let ended = process::run(&mut command);
        // Under Wine a program is sometimes killed between its last line and its exit; then the result on disk counts.
        let is_removed = matches!(self.platform, Platform::Wine { .. }) && !destination.exists();
        if !is_removed {
            ended?;
        }
        http::wait_until_gone(self.answers.http_port, Duration::from_secs(15))?;
        if destination.join("data").exists() || destination.join("conf").exists() {
            bail!("`uninstall --delete-data` left files in {}", destination.display());
        }
        Ok(())
    }
}

impl Drop for Installed<'_> {
    fn drop(&mut self) {
        if self.running
            && let Err(error) = self.stop()
        {
            eprintln!("The server could not be stopped: {error:#}");
        }
    }
}
