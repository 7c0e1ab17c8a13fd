//! Builds the window program: state, commands, and the one window with the pages it may load.
//!
//! Owns the window's life. Must never let the window leave the program's own pages: only those may call commands.

use std::time::Duration;

use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::commands;
use crate::install_run::InstallRun;
use crate::supervision::Supervision;

/// A window that never finishes loading is shown after this time, so that a person can see and close it.
const SHOWN_AT_LATEST: Duration = Duration::from_secs(3);

/// Opens the window and returns when it is closed.
pub(crate) fn run() -> tauri::Result<()> {
    tauri::Builder::default()
        .plugin(tauri_plugin_shell::init())
        .manage(InstallRun::default())
        .manage(Supervision::default())
        .invoke_handler(tauri::generate_handler![
            commands::host::host_info,
            commands::host::remember_installation,
            commands::host::open_url,
            commands::host::open_folder,
            commands::dialogs::pick_folder,
            commands::dialogs::pick_file,
            commands::dialogs::save_answers,
            commands::dialogs::save_text,
            commands::license::read_license,
            commands::license::keep_license,
            commands::install::check,
            commands::install::install,
            commands::install::cancel_install,
            commands::install::uninstall,
            commands::server::server_state,
            commands::server::start_server,
            commands::server::stop_server,
            commands::server::restart_server,
            commands::server::read_log,
            commands::server::setup_link,
            commands::server::reset_password,
        ])
        .setup(|app| Ok(open_window(app.handle())?))
        .run(tauri::generate_context!())
}

fn open_window(app: &AppHandle) -> tauri::Result<()> {
    let mut builder = match app.config().app.windows.first() {
        Some(config) => WebviewWindowBuilder::from_config(app, config)?,
        None => WebviewWindowBuilder::new(app, "main", WebviewUrl::default()),
    };
    let dev_url = if tauri::is_dev() { app.config().build.dev_url.clone() } else { None };
    builder = builder.on_navigation(move |url| is_own_page(url, dev_url.as_ref())).on_page_load(
        |window, payload| {
            if payload.event() == PageLoadEvent::Finished {
                show(&window);
            }
        },
    );
    let window = builder.build()?;
    let asked = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event
            && asked.state::<InstallRun>().is_running()
        {
            api.prevent_close();
            commands::dialogs::ask_to_cancel(&asked);
        }
    });
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SHOWN_AT_LATEST).await;
        show(&window);
    });
    Ok(())
}

fn show(window: &WebviewWindow) {
    if !window.is_visible().unwrap_or(false)
        && let Err(error) = window.show()
    {
        eprintln!("The window cannot be shown: {error}");
    }
}

/// Linux serves the bundled pages as `tauri://localhost`, Windows as `http://tauri.localhost`.
fn is_own_page(url: &Url, dev_url: Option<&Url>) -> bool {
    url.scheme() == "tauri"
        || (matches!(url.scheme(), "http" | "https") && url.host_str() == Some("tauri.localhost"))
        || url.as_str() == "about:blank"
        || dev_url.is_some_and(|dev| dev.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_are_loaded() {
        let own = |text: &str| is_own_page(&Url::parse(text).unwrap(), None);
        assert!(own("tauri://localhost/setup") && own("http://tauri.localhost/"));
        for foreign in ["http://127.0.0.1:8080/", "https://example.com/tauri.localhost", "file:///etc/passwd"]
        {
            assert!(!own(foreign), "{foreign}");
        }
        let dev = Url::parse("http://localhost:5173").unwrap();
        assert!(is_own_page(&Url::parse("http://localhost:5173/server").unwrap(), Some(&dev)));
        assert!(!is_own_page(&Url::parse("http://localhost:5174/").unwrap(), Some(&dev)));
    }
}
