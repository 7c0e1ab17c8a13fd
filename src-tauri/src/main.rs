//! The Testkeep window: the setup wizard at first, the manager of an installed server afterwards.
//!
//! Owns the window, the native dialogs and the supervision of one server process on this machine. Must never link
//! the server, its store or the install engine: it runs the bundled `testkeep-server` and talks HTTP to it.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod app;
mod commands;
mod display;
mod error;
mod install_run;
mod program;
mod remembered;
mod server_state;
mod supervision;
mod words;

fn main() -> std::process::ExitCode {
    if let Some(words) = words::for_arguments(std::env::args_os().skip(1)) {
        println!("{words}");
        return std::process::ExitCode::SUCCESS;
    }
    prepare_web_view();
    if let Err(words) = display::require() {
        eprintln!("{words}");
        return std::process::ExitCode::FAILURE;
    }
    match app::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The Testkeep window cannot be opened: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// WebKitGTK's DMA-BUF renderer leaves windows blank with some graphics drivers. The variable must be set before the
/// first thread starts, so the program replaces itself once. A value set by the user is kept.
#[cfg(target_os = "linux")]
fn prepare_web_view() {
    use std::os::unix::process::CommandExt;
    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // `exec` returns only on failure; then the window opens without the variable.
        let error =
            std::process::Command::new(program).args(std::env::args_os().skip(1)).env(VARIABLE, "1").exec();
        eprintln!("Cannot set {VARIABLE}: {error}.");
    }
}

#[cfg(not(target_os = "linux"))]
fn prepare_web_view() {}
