//! The server as Windows starts it: `run … --as-service NAME`.
//!
//! Windows calls a function of this program on a thread of its own and waits for reports of it. A failure goes to
//! `logs/console.log`, where `service start` reads it, and to the event log, because a service has no console.

use std::process::{Command, ExitCode, Stdio};

use clap::Parser;
use testkeep_domain::Layout;
use testkeep_local::service::system_folder;
use tokio::runtime::Builder;
use windows_service::service_dispatcher;

use super::super::run::{RunArguments, run_until};
use super::super::{Cli, Command as Verb, Failure};
use crate::service_manager::{Reporter, Starter};

/// Returns when the service has ended.
///
/// # Errors
/// This program was not started by the service control manager.
pub(in crate::cli) fn by_windows(name: &str) -> Result<ExitCode, Failure> {
    service_dispatcher::start(name, service_main).map(|()| ExitCode::SUCCESS).map_err(|_| {
        Failure::Refused(
            "--as-service is for Windows' service control manager alone. Type: testkeep-server service start"
                .into(),
        )
    })
}

/// Windows passes the words of the start, not of the program; these are read again instead of being kept in a global.
extern "system" fn service_main(_: u32, _: *mut *mut u16) {
    let Ok(Cli { command: Verb::Run(arguments) }) = Cli::try_parse() else { return };
    let Some(name) = arguments.as_service.clone() else { return };
    let Ok(reporter) = Reporter::register(&name) else { return };
    let layout = Layout::from_config_file(&arguments.config.config);
    write_console(layout.as_ref(), "");
    let failure = serve(&arguments, &reporter).err();
    if let Some(failure) = &failure {
        let text = failure.to_string();
        write_console(layout.as_ref(), &format!("testkeep-server: {text}\n"));
        write_event(&name, &text);
    }
    reporter.ended(match failure {
        None => 0,
        Some(Failure::Failed(_)) => 1,
        Some(Failure::Refused(_)) => 2,
    });
}

fn serve(arguments: &RunArguments, reporter: &Reporter) -> Result<(), Failure> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Failed(error.to_string()))?;
    let ended = runtime.block_on(async {
        tokio::spawn(reporter.clone().keep_telling());
        run_until(arguments, reporter.stop_asked(), Starter::Windows(reporter.clone())).await
    });
    runtime.shutdown_background();
    ended.map(drop)
}

/// An earlier start's failure must not be shown as this one's.
fn write_console(layout: Option<&Layout>, text: &str) {
    if let Some(layout) = layout {
        let _unwritable = std::fs::write(layout.logs().join("console.log"), text);
    }
}

/// Writes an error to the event log, whose source registering made.
fn write_event(source: &str, text: &str) {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let mut command = Command::new(system_folder().join("eventcreate.exe"));
    command.args(["/L", "APPLICATION", "/T", "ERROR", "/ID", "1", "/SO", source, "/D", text]);
    std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // The file above has the same text.
    let _not_there = quiet.status();
}
