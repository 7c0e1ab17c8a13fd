//! The real window on a separate display, from the first page to a running, activated server and on to the manager;
//! with native dialogs, and a picture of every page.
//!
//! Needs Xvfb, xdotool and WebKitWebDriver, and the built programs `testkeep-desktop` and `testkeep-server` (with the
//! `demo` feature); `cargo xtask test desktop` prepares all of them.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod administration;
mod desk;
mod dialog;
mod display;
mod journey;
mod licenses;
mod look;
mod page;
mod place;
mod process;
mod recovery;
mod server;

use desk::Desk;
use place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_page_to_a_running_server_and_its_manager() {
    let place = Place::new();
    let desk = Desk::open(&place).await;
    journey::answer_the_wizard(&desk).await;
    journey::install(&desk).await;
    let account = journey::continue_in_the_browser(&desk).await;
    journey::manage(&desk).await;
    let account = recovery::reset_a_password(&desk, &account).await;
    desk.click("nav-sign-in").await;
    administration::administer(&desk, &account).await;
    journey::read_the_log(&desk).await;

    let status = server::status(&place).await.expect("the server runs");
    desk.quit().await;
    assert_eq!(server::status(&place).await.unwrap()["pid"], status["pid"], "the server survives the window");
    server::sign_in(&place, &account).await;

    let desk = Desk::open(&place).await;
    journey::see_that_it_is_remembered(&desk).await;
    journey::see_a_killed_server(&desk, &status).await;
    journey::uninstall(&desk).await;
    desk.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_dialog_and_a_foreign_folder_change_nothing() {
    let place = Place::new();
    let desk = Desk::open(&place).await;
    journey::refuse_what_is_not_ours(&desk).await;
    desk.quit().await;
}
