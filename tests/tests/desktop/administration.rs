//! The browser's administration in the window: an organization, an invitation, a member who signed in, and the export.

use reqwest::Client;
use serde_json::json;
use testkeep_tests::mail_server::MailServer;

use crate::desk::Desk;
use crate::dialog;
use crate::licenses;
use crate::page::{css, message};
use crate::place::Place;
use crate::server::{self, Account};

const GUEST: &str = "grace@example.com";

/// From a sign-in in the window to a member's first sign-in in their browser.
pub(crate) async fn administer(desk: &Desk<'_>, owner: &Account) {
    desk.fill("email", owner.email).await;
    desk.fill("password", &owner.password).await;
    desk.click("sign-in").await;
    desk.click("create-organization").await;
    desk.fill("name", "Compilers").await;
    desk.click("create-confirm").await;
    // The switcher may be reduced to its icon.
    desk.find("organization-id").await;

    desk.click("nav-users").await;
    desk.click("tab-invitations").await;
    desk.click("invite-open").await;
    desk.fill("addresses", &format!("{GUEST} nobody")).await;
    desk.click("invite").await;
    desk.see("invite-results", "nobody").await;
    let link = desk.find("invitation-link").await.attr("title").await.unwrap().unwrap();
    desk.look("administration-invitations").await;
    join(desk.place, &link).await;

    desk.click("tab-users").await;
    desk.see("users-table", GUEST).await;
    desk.look("administration-users").await;
    export(desk).await;
    for (section, picture) in
        [("nav-projects", "projects"), ("nav-audit", "audit"), ("nav-settings", "settings")]
    {
        desk.click(section).await;
        desk.until("the page is there", async || desk.window.find(css("h1")).await.is_ok()).await;
        desk.look(&format!("administration-{picture}")).await;
    }
    licenses::give(desk, GUEST).await;
    licenses::import(desk, owner).await;
    send_a_test_mail(desk, owner).await;
    desk.click("account-menu").await;
    desk.click("sign-out").await;
    desk.arrive("/sign-in").await;
}

/// The organization's own mail settings, tested step by step with a real mail server and saved.
async fn send_a_test_mail(desk: &Desk<'_>, owner: &Account) {
    let mail = MailServer::start_with(&["--login", "robot:Xylophone 4711"]);
    desk.click("nav-mail").await;
    desk.click("mail-use-own").await;
    desk.fill("mail-host", "127.0.0.1").await;
    desk.find("mail-protocol").await.select_by_value("smtp").await.unwrap();
    desk.fill("mail-port", &mail.port.to_string()).await;
    desk.fill("mail-username", "robot").await;
    desk.fill("mail-password", "Xylophone 4711").await;
    desk.fill("mail-sender", "testkeep@example.com").await;
    desk.click("mail-update").await;
    desk.find("mail-password-saved").await;
    desk.fill("mail-test-recipient", owner.email).await;
    desk.click("mail-test").await;
    desk.see("mail-step-login", "235").await;
    desk.see("mail-step-accepted", "250 Message accepted").await;
    desk.look("administration-mail").await;
    let received = mail.wait_for(1).await.remove(0);
    assert!(received.authenticated, "{received:?}");
    assert_eq!(received.recipients, [owner.email]);
    desk.click("tab-mail-log").await;
    desk.find("mail-log").await;
    desk.look("administration-mail-log").await;
}

/// The native save dialog; the file contains the server's text.
async fn export(desk: &Desk<'_>) {
    let file = desk.place.destination().with_file_name("people.csv");
    desk.click("export-csv").await;
    let title = format!("Save {} – Compilers.csv", message("users"));
    dialog::choose(desk, &title, &file, "save-dialog").await;
    desk.until("the file is written", async || file.exists()).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(GUEST), "{text}");
    std::fs::remove_file(&file).unwrap();
}

/// The invited person's steps in a browser.
async fn join(place: &Place, link: &str) {
    let token = link.strip_prefix(&format!("{}/invitation#token=", place.server_url())).expect("our link");
    let guest = Account { email: GUEST, password: "nanoseconds 1952".into() };
    let body =
        json!({ "token": token, "password": guest.password, "first_name": "Grace", "last_name": "Hopper" });
    let url = format!("{}/api/v2/invitation-link/password", place.server_url());
    let answer = Client::new().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
    assert_eq!(server::session(place, &guest).await.status(), 201);
}
