//! Commands about this machine: what is installed, and opening a page in the system's browser.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tauri::{AppHandle, Url};
use tauri_plugin_shell::ShellExt;
use tauri_plugin_shell::process::Command;
use testkeep_domain::desktop::HostInfo;
use testkeep_local::installation::Installation;

use crate::error::CommandError;
use crate::{program, remembered};

/// The opener passes the address on and ends. If it becomes the browser process itself, it is left running.
const OPENED_WITHIN: Duration = Duration::from_secs(5);

#[tauri::command]
pub(crate) async fn host_info(app: AppHandle) -> Result<HostInfo, CommandError> {
    Ok(HostInfo {
        version: env!("CARGO_PKG_VERSION"),
        platform: std::env::consts::OS,
        installation: remembered::current(&app)?.map(Into::into),
    })
}

#[tauri::command]
pub(crate) async fn remember_installation(
    app: AppHandle,
    destination: PathBuf,
) -> Result<Installation, CommandError> {
    remembered::remember(&app, &destination)
}

#[tauri::command]
pub(crate) async fn open_url(app: AppHandle, url: String) -> Result<(), CommandError> {
    let url = web_address(&url)?;
    let (events, _child) =
        opener(&app, &url).spawn().map_err(|error| no_browser(&url, &error.to_string()))?;
    // Only a failure within this time counts; some openers run as long as the browser does.
    match tokio::time::timeout(OPENED_WITHIN, program::collect(events, program::Until::End)).await {
        Ok(finished) if finished.code != Some(0) => Err(no_browser(&url, finished.stderr.trim())),
        _ => Ok(()),
    }
}

/// The folders of an installation that the window opens in the system's file manager.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Folder {
    Destination,
    Logs,
}

/// Opens a folder of the installation in use. Takes no path, so that a page can open nothing else.
#[tauri::command]
pub(crate) async fn open_folder(app: AppHandle, folder: Folder) -> Result<(), CommandError> {
    let layout = remembered::required(&app)?.layout();
    let path = match folder {
        Folder::Destination => layout.destination().to_owned(),
        Folder::Logs => layout.logs(),
    };
    let (events, _child) =
        file_manager(&app, &path).spawn().map_err(|error| no_file_manager(&path, &error.to_string()))?;
    match tokio::time::timeout(OPENED_WITHIN, program::collect(events, program::Until::End)).await {
        // The file manager of Windows ends with 1 even if it has opened the folder.
        Ok(finished) if finished.code != Some(0) && !cfg!(windows) => {
            Err(no_file_manager(&path, finished.stderr.trim()))
        }
        _ => Ok(()),
    }
}

fn file_manager(app: &AppHandle, folder: &Path) -> Command {
    app.shell().command(if cfg!(windows) { "explorer" } else { "xdg-open" }).arg(folder)
}

fn no_file_manager(folder: &Path, reason: &str) -> CommandError {
    CommandError::Failed(format!(
        "No file manager could be opened ({reason}). Open this folder yourself: {}",
        folder.display()
    ))
}

/// Accepts web addresses only: `file:` and other schemes would start the program that the system associates with them.
fn web_address(text: &str) -> Result<Url, CommandError> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(CommandError::Invalid(format!(
            "“{text}” is not a web address. Only http and https are opened."
        ))),
    }
}

#[cfg(windows)]
fn opener(app: &AppHandle, url: &Url) -> Command {
    app.shell().command("rundll32").arg("url.dll,FileProtocolHandler").arg(url.as_str())
}

#[cfg(not(windows))]
fn opener(app: &AppHandle, url: &Url) -> Command {
    app.shell().command("xdg-open").arg(url.as_str())
}

fn no_browser(url: &Url, reason: &str) -> CommandError {
    CommandError::Failed(format!("No browser could be opened ({reason}). Open this address yourself: {url}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_opened() {
        assert!(web_address("http://localhost:8080/create-account#token=x").is_ok());
        for refused in ["file:///etc/passwd", "javascript:alert(1)", "--help", "", "ssh://host", "C:\\x.exe"]
        {
            assert!(web_address(refused).is_err(), "{refused}");
        }
    }
}
