//! The native file dialogs, used by keyboard as a person would.

use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use crate::desk::Desk;

/// Waits for the dialog, takes its picture, enters `path` and confirms.
pub(crate) async fn choose(desk: &Desk<'_>, title: &str, path: &Path, picture: &str) {
    let dialog = focus(desk, title).await;
    let display = &desk.display;
    display.xdotool(&["key", "ctrl+l"]);
    sleep(Duration::from_millis(600)).await;
    display.xdotool(&["key", "ctrl+a"]);
    display.xdotool(&["type", "--delay", "30", path.to_str().unwrap()]);
    sleep(Duration::from_millis(800)).await;
    desk.picture(picture).await;
    display.xdotool(&["key", "Return"]);
    wait_until_gone(desk, &dialog).await;
}

pub(crate) async fn cancel(desk: &Desk<'_>, title: &str) {
    let dialog = focus(desk, title).await;
    desk.display.xdotool(&["key", "Escape"]);
    wait_until_gone(desk, &dialog).await;
}

async fn focus(desk: &Desk<'_>, title: &str) -> String {
    let display = &desk.display;
    let found = display.xdotool(&["search", "--sync", "--onlyvisible", "--name", &format!("^{title}$")]);
    let dialog = found.lines().last().unwrap().to_owned();
    display.xdotool(&["windowfocus", "--sync", &dialog]);
    sleep(Duration::from_millis(500)).await;
    dialog
}

/// Waits until the dialog closes: the typed text may not have reached it yet, and the confirmation is not repeated.
async fn wait_until_gone(desk: &Desk<'_>, dialog: &str) {
    for _ in 0..50 {
        if !desk.is_window_there(dialog) {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    desk.picture("dialog-stays-open").await;
    panic!("the dialog stays open; see the picture dialog-stays-open");
}
