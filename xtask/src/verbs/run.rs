//! `cargo xtask run`: opens the wizard with a demo build; without a display, runs the product's main path.

use std::path::Path;
use std::sync::mpsc;

use anyhow::{Context, Result};
use serde_json::json;

use crate::builds;
use crate::demo::{self, Installed, Platform};
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, headless: bool, once: bool) -> Result<()> {
    if !headless && has_display() {
        return desktop(workspace);
    }
    ensure::system(workspace, &[Need::Compile])?;
    builds::ui(workspace)?;
    builds::demo_programs(workspace)?;
    if once { report_once(workspace) } else { serve(workspace, &workspace.cache().join("demo")) }
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// In the build folder the program finds the server beside itself, as it does when installed.
fn desktop(workspace: &Workspace) -> Result<()> {
    ensure::system(workspace, &[Need::Compile, Need::Desktop])?;
    builds::ui(workspace)?;
    builds::demo_programs(workspace)?;
    builds::desktop(workspace)?;
    let folder = workspace.cache().join("demo-license");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let machine_id = demo::machine_id(workspace, &Platform::Here)?;
    let license = demo::issue_license(workspace, &Platform::Here, &machine_id, &folder)?;
    eprintln!("\nThe wizard opens. When it asks for a license file, choose\n  {}\n", license.display());
    process::run(&mut workspace.command(workspace.program("debug", "testkeep-desktop")))
}

/// Does everything in a temporary folder; standard output contains only the one line.
fn report_once(workspace: &Workspace) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("testkeep-demo-").tempdir()?;
    let mut installed = install_and_sign_in(workspace, folder.path())?;
    let line = json!({
        "url": installed.answers.url(),
        "email": installed.answers.email,
        "password": installed.answers.password,
        "machine_id": installed.machine_id,
        "ready_ms": installed.ready_ms,
    });
    installed.stop()?;
    println!("{line}");
    Ok(())
}

fn serve(workspace: &Workspace, folder: &Path) -> Result<()> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _nobody_waits_any_more = stop.send(());
    })
    .context("Ctrl-C cannot be watched")?;
    let mut installed = install_and_sign_in(workspace, folder)?;
    println!("\nTestkeep is running (ready after {} ms).\n", installed.ready_ms);
    println!("  URL         {}", installed.answers.url());
    println!("  E-mail      {}", installed.answers.email);
    println!("  Password    {}", installed.answers.password);
    println!("  Machine ID  {}", installed.machine_id);
    println!("  Folder      {}\n\nPress Ctrl-C to stop it.", installed.answers.destination().display());
    stopped.recv().context("nobody waits for Ctrl-C any more")?;
    installed.stop()?;
    println!(
        "Stopped. The same command starts it again, with its data; delete {} to forget it.",
        folder.display()
    );
    Ok(())
}

fn install_and_sign_in<'a>(workspace: &'a Workspace, folder: &Path) -> Result<Installed<'a>> {
    process::headline("Installing");
    let installed = demo::install(workspace, Platform::Here, folder)?;
    installed.sign_in()?;
    Ok(installed)
}
