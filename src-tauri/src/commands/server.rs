//! Commands about the installed server: its state, start and stop, its log, its next page, a person's lost password.

use tauri::{AppHandle, State};
use testkeep_domain::Secret;
use testkeep_domain::desktop::ServerReport;
use testkeep_domain::log_tail::LogLines;
use testkeep_local::control::{Control, ControlError};

use crate::error::CommandError;
use crate::remembered;
use crate::supervision::{self, Supervision};

#[tauri::command]
pub(crate) async fn server_state(
    app: AppHandle,
    supervision: State<'_, Supervision>,
) -> Result<ServerReport, CommandError> {
    supervision::look(&app, &supervision).await
}

#[tauri::command]
pub(crate) async fn start_server(
    app: AppHandle,
    supervision: State<'_, Supervision>,
) -> Result<(), CommandError> {
    supervision.start(&app, &remembered::required(&app)?).await
}

#[tauri::command]
pub(crate) async fn stop_server(
    app: AppHandle,
    supervision: State<'_, Supervision>,
) -> Result<(), CommandError> {
    supervision.stop(&remembered::required(&app)?).await
}

#[tauri::command]
pub(crate) async fn restart_server(
    app: AppHandle,
    supervision: State<'_, Supervision>,
) -> Result<(), CommandError> {
    let installation = remembered::required(&app)?;
    match supervision.stop(&installation).await {
        // If the server is already down, it only has to be started.
        Ok(()) | Err(CommandError::Control(ControlError::NotRunning(_))) => {}
        Err(error) => return Err(error),
    }
    supervision.start(&app, &installation).await
}

#[tauri::command]
pub(crate) async fn read_log(app: AppHandle, after: Option<u64>) -> Result<LogLines, CommandError> {
    supervision::log(&remembered::required(&app)?, after).await
}

#[tauri::command]
pub(crate) async fn setup_link(app: AppHandle) -> Result<String, CommandError> {
    Ok(Control::of_installation(&remembered::required(&app)?).setup_link().await?)
}

#[tauri::command]
pub(crate) async fn reset_password(
    app: AppHandle,
    email: String,
    password: Secret,
) -> Result<(), CommandError> {
    Ok(Control::of_installation(&remembered::required(&app)?).reset_password(&email, &password).await?)
}
