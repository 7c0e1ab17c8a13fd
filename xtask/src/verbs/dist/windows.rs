//! The setup program for Windows, made by makensis from `installer/windows/testkeep.nsi`, on Linux too.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::programs::{CLIENT, DESKTOP, SERVER};
use super::stamp::{self, Stamp};
use super::{components, notices};
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Makes `testkeep-VERSION-x64-setup.exe` in `folder` of the `.exe` files in `programs`, and returns its path.
/// `webview2`: Microsoft's offline installer of WebView2, to be carried.
pub(super) fn make(
    workspace: &Workspace,
    programs: &Path,
    webview2: Option<&Path>,
    stamp: &Stamp,
    folder: &Path,
) -> Result<PathBuf> {
    ensure::system(workspace, &[Need::WindowsSetup])?;
    process::headline("Making the setup program for Windows");
    let out = folder.join(format!("testkeep-{}-x64-setup.exe", stamp.version));
    let mut makensis = workspace.command("makensis");
    makensis.env(stamp::VARIABLE, stamp.seconds().to_string()).args(["-V2", "-WX", "-NOCD"]);
    let mut define = |name: &str, value: &str| {
        makensis.arg(format!("-D{name}={value}"));
    };
    define("VERSION", &stamp.version);
    define("VERSION_NUMBERS", &numbers(&stamp.version));
    for name in [SERVER, CLIENT, DESKTOP] {
        let file = programs.join(format!("{name}.exe"));
        if name == DESKTOP && file.is_file() {
            define("DESKTOP", "yes");
        } else if name == DESKTOP {
            eprintln!("SKIPPED: {} is missing, so the setup program has no window.", file.display());
        } else if !file.is_file() {
            bail!("{} is missing. Build it for Windows, or give another folder.", file.display());
        }
    }
    if stamp.is_trial {
        define("TRIAL", "yes");
    }
    if let Some(webview2) = webview2 {
        define("WEBVIEW2", &std::path::absolute(webview2)?.display().to_string());
    }
    define("PROGRAMS", &programs.display().to_string());
    define("ICON", &workspace.root().join("icons/icon.ico").display().to_string());
    define("NOTICES", &folder.join(notices::FILE).display().to_string());
    define("OUT", &out.display().to_string());
    process::run(makensis.arg(workspace.root().join("installer/windows/testkeep.nsi")))?;
    Ok(out)
}

/// A setup program of given programs, for tests.
pub(crate) fn trial(workspace: &Workspace, programs: &Path, folder: &Path) -> Result<PathBuf> {
    notices::write(&components::collect(workspace)?, &folder.join(notices::FILE))?;
    make(workspace, programs, None, &Stamp::of(workspace, None, true)?, folder)
}

/// Windows' four numbers; what comes after a `-` has no place in them.
fn numbers(version: &str) -> String {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let mut numbers: Vec<&str> = core.split('.').collect();
    numbers.resize(4, "0");
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_gets_four_numbers() {
        assert_eq!(numbers("1.2.3"), "1.2.3.0");
        assert_eq!(numbers("1.2.3-beta.4"), "1.2.3.0");
    }
}
