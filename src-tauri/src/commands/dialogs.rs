//! The system's own dialogs: folder, file, save, and the question before a running installation is left.
//!
//! GTK requires that dialogs are built on the main thread and answer later; every dialog here works like that.

use std::path::{Path, PathBuf};

use rfd::{
    AsyncFileDialog, AsyncMessageDialog, FileHandle, MessageButtons, MessageDialogResult, MessageLevel,
};
use serde_json::Value;
use tauri::{Manager, WebviewWindow};

use super::answers_of;
use crate::error::CommandError;
use crate::install_run::InstallRun;

#[tauri::command]
pub(crate) async fn pick_folder(
    window: WebviewWindow,
    title: String,
    start: Option<PathBuf>,
) -> Result<Option<PathBuf>, CommandError> {
    ask(&window, title, move |dialog| Box::pin(starting_at(dialog, start.as_deref()).pick_folder())).await
}

#[tauri::command]
pub(crate) async fn pick_file(
    window: WebviewWindow,
    title: String,
    extensions: Vec<String>,
) -> Result<Option<PathBuf>, CommandError> {
    ask(&window, title, move |mut dialog| {
        if !extensions.is_empty() {
            let names: Vec<String> = extensions.iter().map(|extension| format!("*.{extension}")).collect();
            dialog = dialog.add_filter(names.join(", "), &extensions).add_filter("*", &["*"]);
        }
        Box::pin(dialog.pick_file())
    })
    .await
}

#[tauri::command]
pub(crate) async fn save_answers(
    window: WebviewWindow,
    answers: Value,
) -> Result<Option<PathBuf>, CommandError> {
    let text = answers_of(answers)?.to_toml();
    let chosen = ask(&window, "Save the answer file".into(), |dialog| {
        let dialog = dialog.add_filter("TOML", &["toml"]).set_file_name("testkeep-answers.toml");
        Box::pin(dialog.save_file())
    })
    .await?;
    if let Some(path) = &chosen {
        written(path, write_private(path, &text))?;
    }
    Ok(chosen)
}

/// Saves a table or list as a file that the person chooses.
#[tauri::command]
pub(crate) async fn save_text(
    window: WebviewWindow,
    name: String,
    content: String,
) -> Result<Option<PathBuf>, CommandError> {
    let chosen = ask(&window, format!("Save {name}"), move |mut dialog| {
        if let Some(extension) = Path::new(&name).extension().and_then(|extension| extension.to_str()) {
            dialog = dialog.add_filter(extension.to_uppercase(), &[extension]);
        }
        Box::pin(dialog.set_file_name(&name).save_file())
    })
    .await?;
    if let Some(path) = &chosen {
        written(path, write_private(path, &content))?;
    }
    Ok(chosen)
}

fn written(path: &Path, result: std::io::Result<()>) -> Result<(), CommandError> {
    result.map_err(|source| CommandError::File { path: path.to_owned(), action: "written", source })
}

/// Called when a person closes the window while the engine works.
pub(crate) fn ask_to_cancel(window: &WebviewWindow) {
    let dialog = AsyncMessageDialog::new()
        .set_parent(window)
        .set_level(MessageLevel::Warning)
        .set_title("Testkeep")
        .set_description("The installation is still running. Cancel it and undo what was done?")
        .set_buttons(MessageButtons::OkCancelCustom("Cancel and undo".into(), "Keep installing".into()))
        .show();
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        let cancelled = match dialog.await {
            MessageDialogResult::Ok => true,
            MessageDialogResult::Custom(button) => button == "Cancel and undo",
            _ => false,
        };
        if cancelled && let Err(error) = window.state::<InstallRun>().cancel().await {
            eprintln!("{error}");
        }
    });
}

type Answer = std::pin::Pin<Box<dyn Future<Output = Option<FileHandle>> + Send>>;

async fn ask(
    window: &WebviewWindow,
    title: String,
    open: impl FnOnce(AsyncFileDialog) -> Answer + Send + 'static,
) -> Result<Option<PathBuf>, CommandError> {
    let (send, receive) = tokio::sync::oneshot::channel();
    let parent = window.clone();
    window.run_on_main_thread(move || {
        let answer = open(AsyncFileDialog::new().set_parent(&parent).set_title(title));
        tauri::async_runtime::spawn(async move {
            // The receiver is gone when the page was reloaded.
            let _ = send.send(answer.await.map(|file| file.path().to_owned()));
        });
    })?;
    // A dialog that ended without an answer was closed.
    Ok(receive.await.unwrap_or(None))
}

/// Starts in the nearest existing folder above `start`: the destination itself usually does not exist yet.
fn starting_at(dialog: AsyncFileDialog, start: Option<&Path>) -> AsyncFileDialog {
    match start.and_then(|start| start.ancestors().find(|folder| folder.is_dir())) {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    }
}

/// Answers may contain the database's password, and lists contain people's names.
#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // The mode above applies only to a new file.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

/// Inside a user's folders, files inherit rights that keep them private.
#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn an_answer_file_is_private_even_when_it_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answers.toml");
        std::fs::write(&file, "old and longer text").unwrap();
        super::write_private(&file, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
