//! The admin's steps, one after the other.

use serde_json::Value;

use crate::desk::Desk;
use crate::page::message;
use crate::server::{self, Account};
use crate::{dialog, process};

pub(crate) async fn answer_the_wizard(desk: &Desk<'_>) {
    let place = desk.place;
    desk.look("first-page").await;
    desk.click("setup-new").await;
    desk.arrive("/setup/express").await;
    desk.look("express").await;
    desk.click("customize").await;
    desk.arrive("/setup/destination").await;
    desk.click("destination-browse").await;
    dialog::choose(desk, &message("destination_pick"), &place.destination(), "folder-dialog").await;
    desk.find("disk-space").await;
    assert_eq!(value(desk, "destination").await, place.destination().to_str().unwrap());
    next(desk, "destination", "/setup/ports").await;

    desk.fill("http_port", &place.http_port.to_string()).await;
    desk.fill("control_port", &place.control_port.to_string()).await;
    next(desk, "ports", "/setup/database").await;
    next(desk, "database", "/setup/server-url").await;

    desk.fill("server_url", &place.server_url()).await;
    next(desk, "server-url", "/setup/files").await;
    next(desk, "files", "/setup/license").await;

    desk.click("license-file-choose").await;
    dialog::choose(desk, &message("license_file_choose"), &place.license(), "file-dialog").await;
    desk.see("license-customer", "Desktop Journey Ltd").await;
    next(desk, "license", "/setup/owner").await;
    desk.click("owner-later").await;
    next(desk, "owner", "/setup/review").await;
    let review = desk.text("review").await;
    for answer in [place.destination().to_str().unwrap(), &place.server_url(), "Desktop Journey Ltd"] {
        assert!(review.contains(answer), "{answer} is missing in {review}");
    }
}

pub(crate) async fn install(desk: &Desk<'_>) {
    if testkeep_local::place::is_root() {
        desk.click("allow_root").await;
    }
    desk.look("review").await;
    desk.click("wizard-next").await;
    desk.look("progress").await;
    desk.arrive("/setup/finish").await;
    desk.see("finish-facts", &desk.place.server_url()).await;
    desk.look("finish").await;
    let status = server::status(desk.place).await.expect("the server runs");
    assert_eq!(status["license"]["customer"], "Desktop Journey Ltd");
    assert_eq!(server::public_status(desk.place).await["state"], "account_required");
}

/// The finish page opens a link with a one-time token in the browser.
pub(crate) async fn continue_in_the_browser(desk: &Desk<'_>) -> Account {
    desk.click("open-browser").await;
    desk.until("the browser was opened", async || desk.place.opened().is_some()).await;
    let url = desk.place.opened().unwrap();
    let token = url.strip_prefix(&format!("{}/create-account#token=", desk.place.server_url()));
    let account = Account { email: "ada@example.com", password: "correct horse battery".into() };
    server::create_default_account(desk.place, token.expect("a link to the default-account page"), &account)
        .await;
    assert_eq!(server::public_status(desk.place).await["state"], "ready");
    account
}

/// State, stop, start and restart on the Server page.
pub(crate) async fn manage(desk: &Desk<'_>) {
    desk.click("go-manager").await;
    desk.arrive("/server").await;
    desk.see_state("running").await;
    desk.look("server-running").await;
    let first = server::status(desk.place).await.unwrap();

    desk.click("server-stop").await;
    desk.find("confirm-yes").await;
    desk.look("server-stop-confirm").await;
    desk.click("confirm-yes").await;
    desk.see_state("stopped").await;
    desk.look("server-stopped").await;
    assert!(server::status(desk.place).await.is_none(), "nothing answers after a stop");

    desk.click("server-start").await;
    desk.see_state("running").await;
    let second = server::status(desk.place).await.unwrap();
    assert_ne!(first["pid"], second["pid"]);

    desk.click("server-restart").await;
    desk.click("confirm-yes").await;
    desk.until("another process answers", async || {
        server::status(desk.place).await.is_some_and(|third| third["pid"] != second["pid"])
    })
    .await;
    desk.see_state("running").await;
}

pub(crate) async fn read_the_log(desk: &Desk<'_>) {
    desk.click("nav-logs").await;
    desk.arrive("/logs").await;
    desk.see("log", "ready").await;
    desk.look("logs").await;
}

/// A new window opens as the manager, not as the wizard.
pub(crate) async fn see_that_it_is_remembered(desk: &Desk<'_>) {
    desk.arrive("/sign-in").await;
    desk.look("sign-in").await;
    desk.click("nav-server").await;
    desk.see_state("running").await;
}

/// A crashed server is shown differently from a stopped one, with the end of its log.
pub(crate) async fn see_a_killed_server(desk: &Desk<'_>, status: &Value) {
    // It would start the server again.
    for supervisor in testkeep_local::process::supervisors(&desk.place.layout()) {
        process::kill(supervisor);
    }
    process::kill(u32::try_from(status["pid"].as_u64().unwrap()).unwrap());
    desk.see_state("failed").await;
    desk.look("server-failed").await;
    desk.click("server-start").await;
    desk.see_state("running").await;
}

pub(crate) async fn uninstall(desk: &Desk<'_>) {
    let place = desk.place;
    desk.click("manager-setup").await;
    desk.click("setup-uninstall").await;
    desk.click("delete-data").await;
    desk.click("uninstall").await;
    desk.fill("uninstall-name", "Testkeep Server").await;
    desk.look("uninstall").await;
    desk.click("confirm-yes").await;
    desk.find("uninstall-close").await;
    desk.look("uninstalled").await;
    assert!(server::status(place).await.is_none());
    assert!(!place.layout().config_file().exists() && !place.layout().server_program().exists());
    desk.click("uninstall-close").await;
    desk.find("setup-new").await;
}

pub(crate) async fn refuse_what_is_not_ours(desk: &Desk<'_>) {
    desk.click("setup-new").await;
    desk.click("change-destination").await;
    let proposed = value(desk, "destination").await;
    assert!(!proposed.is_empty());
    desk.click("destination-browse").await;
    dialog::cancel(desk, &message("destination_pick")).await;
    assert_eq!(value(desk, "destination").await, proposed, "Escape keeps the answer");

    std::fs::write(desk.place.destination().join("somebody.txt"), "else's").unwrap();
    desk.fill("destination", desk.place.destination().to_str().unwrap()).await;
    desk.until("the folder is refused", async || {
        desk.find("wizard-next").await.is_enabled().await.is_ok_and(|enabled| !enabled)
    })
    .await;
    desk.look("foreign-folder").await;
    assert!(!desk.text("wizard-why").await.is_empty(), "the disabled control says why");
}

/// Takes a picture, then clicks Next.
async fn next(desk: &Desk<'_>, picture: &str, arrive: &str) {
    desk.look(picture).await;
    desk.click("wizard-next").await;
    desk.arrive(arrive).await;
}

async fn value(desk: &Desk<'_>, testid: &str) -> String {
    desk.find(testid).await.prop("value").await.unwrap().unwrap_or_default()
}
