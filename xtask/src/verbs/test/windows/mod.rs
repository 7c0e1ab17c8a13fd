//! Tests for Windows without Windows: server and license tool, built for Windows, run the product's main path under
//! Wine; the service, too, if `TESTKEEP_WINE_SERVICE` is set.

mod service;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure as must};

use super::super::dist;
use super::Outcome;
use crate::builds;
use crate::demo::{self, Platform};
use crate::ensure;
use crate::process;
use crate::workspace::Workspace;

/// Wine 8 lacks the library from which Rust programs get random numbers; this one forwards to the older function.
const RANDOM_LIBRARY: &str = r"
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    return SystemFunction036(data, (ULONG)length);
}
";

pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Err(reason) = ensure::windows(workspace) {
        return Ok(Outcome::Skipped(reason));
    }
    let Some(wine) = find_wine() else {
        return Ok(Outcome::Skipped("Wine's program `wine64` was not found".into()));
    };
    builds::demo_programs_for_windows(workspace)?;
    process::headline("Installing under Wine");
    let folder = tempfile::Builder::new().prefix("testkeep-wine-").tempdir()?;
    let prefix = WinePrefix::create(workspace, &wine, &folder.path().join("prefix"))?;
    let steps = main_job(workspace, prefix.platform(), &folder.path().join("job"))?;
    let service = match std::env::var_os(TRY_SERVICE) {
        Some(_) => service::job(&prefix, &folder.path().join("service"))?,
        None => "service not tried: set TESTKEEP_WINE_SERVICE=1",
    };
    setup_program(workspace, &prefix, folder.path())?;
    Ok(Outcome::passed(&format!("{steps}; {service}; setup program installed, upgraded, removed")))
}

/// Silent installation in a chosen folder, upgrade in place, removal.
fn setup_program(workspace: &Workspace, prefix: &WinePrefix<'_>, folder: &Path) -> Result<()> {
    let programs = workspace.target().join(ensure::WINDOWS_TARGET).join("debug");
    let setup = dist::windows_trial(workspace, &programs, folder)?;
    let place = prefix.folder.join("drive_c").join("Kit");
    process::run(prefix.command().arg(&setup).args(["/S", r"/D=C:\Kit"]))?;
    let client = place.join("testkeep.exe");
    process::run(prefix.command().arg(&client).arg("--version"))?;
    process::run(prefix.command().args([
        "reg",
        "query",
        APPS_AND_FEATURES,
        "/v",
        "QuietUninstallString",
        "/reg:64",
    ]))?;
    std::fs::remove_file(&client)?;
    process::run(prefix.command().arg(&setup).arg("/S"))?;
    must!(client.is_file(), "an upgrade goes to the folder of before");
    process::run(prefix.command().arg(place.join("uninstall.exe")).arg("/S"))?;
    // The uninstaller goes on in a copy of itself, so that it can remove itself.
    let is_gone = process::happens(Duration::from_secs(20), || !place.exists());
    must!(is_gone, "files were left in {}", place.display());
    Ok(())
}

/// Wine's service control manager answers differently from run to run, so the CI does not try it.
const TRY_SERVICE: &str = "TESTKEEP_WINE_SERVICE";

const APPS_AND_FEATURES: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Testkeep";

fn main_job(workspace: &Workspace, platform: Platform, folder: &Path) -> Result<&'static str> {
    let mut installed = demo::install(workspace, platform, folder)?;
    installed.sign_in()?;
    installed.activate_again()?;
    installed.stop()?;
    installed.start()?;
    installed.sign_in()?;
    installed.uninstall()?;
    Ok("installed, signed in, activated again, stopped, started, signed in, uninstalled under Wine")
}

fn find_wine() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/lib/wine/wine64");
    process::on_path("wine64").or_else(|| debian.is_file().then_some(debian))
}

/// Wine's own folder; every program that still runs in it ends with the test.
struct WinePrefix<'a> {
    workspace: &'a Workspace,
    wine: PathBuf,
    folder: PathBuf,
}

impl<'a> WinePrefix<'a> {
    fn create(workspace: &'a Workspace, wine: &Path, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let prefix = Self { workspace, wine: wine.into(), folder: folder.into() };
        process::run(prefix.command().args(["wineboot", "--init"]))?;
        let source = folder.join("random.c");
        std::fs::write(&source, RANDOM_LIBRARY)?;
        let library = folder.join("drive_c/windows/system32/bcryptprimitives.dll");
        let mut compile = workspace.command("x86_64-w64-mingw32-gcc");
        compile.args(["-shared", "-o"]).arg(&library).arg(&source);
        process::run(compile.arg("-ladvapi32")).context("the library for random numbers")?;
        Ok(prefix)
    }

    fn platform(&self) -> Platform {
        Platform::Wine { wine: self.wine.clone(), prefix: self.folder.clone() }
    }

    fn command(&self) -> std::process::Command {
        let mut command = self.workspace.command(&self.wine);
        command.env("WINEPREFIX", &self.folder).env("WINEDEBUG", "-all").env_remove("DISPLAY");
        command
    }
}

impl Drop for WinePrefix<'_> {
    /// Waits until Wine has written its files; otherwise it would write to the folder after it is gone.
    fn drop(&mut self) {
        let beside = self.wine.with_file_name("wineserver");
        let server = if beside.is_file() { beside } else { PathBuf::from("wineserver") };
        for ask in ["-k", "-w"] {
            let mut end = self.workspace.command(&server);
            end.env("WINEPREFIX", &self.folder).arg(ask);
            let _ended = process::succeeds(&mut end, Duration::from_secs(20));
        }
    }
}
