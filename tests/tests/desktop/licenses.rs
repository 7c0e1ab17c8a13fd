//! License Management in the window: licenses for people and machines, and more license files through the native dialog.

use std::path::Path;

use crate::desk::Desk;
use crate::dialog;
use crate::page::{css, message};
use crate::server::{self, Account};

/// Assigns a license to a person, and saves an offline license through the native save dialog.
pub(crate) async fn give(desk: &Desk<'_>, guest: &str) {
    desk.click("nav-licenses").await;
    desk.click("assign-license").await;
    desk.fill("addresses", &format!("{guest} nobody@example.com")).await;
    desk.click("assign-submit").await;
    desk.see("assign-results", "nobody@example.com").await;
    desk.click("assign-close").await;
    desk.see("licensed-users", guest).await;
    desk.look("administration-licenses").await;

    let machine = "0123456789abcdef0123456789abcdef";
    desk.click("tab-offline").await;
    desk.click("create-offline").await;
    desk.fill("machine-key", machine).await;
    desk.fill("holder", "Build farm").await;
    desk.click("offline-review").await;
    desk.click("offline-understood").await;
    desk.click("offline-submit").await;
    desk.see("offline-created", "Build farm").await;
    desk.look("administration-offline-license").await;
    let name = format!("KSE_{machine}.lic");
    let file = desk.place.destination().with_file_name(&name);
    desk.click("offline-download").await;
    dialog::choose(desk, &format!("Save {name}"), &file, "save-license-dialog").await;
    desk.until("the file is written", async || file.exists()).await;
    let lease = std::fs::read_to_string(&file).unwrap();
    assert_eq!(lease.trim().split('.').count(), 3, "a compact JWS: {lease}");
    std::fs::remove_file(&file).unwrap();
}

/// *Account → Licenses*: a second file adds its seats, the same file is refused, and a renewal of the first one leaves
/// fewer seats than are in use.
pub(crate) async fn import(desk: &Desk<'_>, owner: &Account) {
    for session in ["one", "two", "three"] {
        server::take_seat(desk.place, owner, session).await;
    }
    let second = desk.place.issue("second.lic", 1, &[]);
    open_import(desk).await;
    import_file(desk, &second).await;
    desk.see("license-imported", "KSE 1 and KRE 1").await;
    desk.see_within("account-KRE", "subscribed", "6").await;
    desk.look("license-imported").await;
    see_of_organization(desk, "6").await;

    open_import(desk).await;
    import_file(desk, &second).await;
    desk.see("license-error", "already installed").await;
    desk.look("license-refused").await;

    let renewal = desk.place.issue("renewal.lic", 1, &[&desk.place.license()]);
    import_file(desk, &renewal).await;
    desk.see("license-imported", "KSE 1 and KRE 1").await;
    desk.see_within("account-KRE", "subscribed", "2").await;
    desk.see_within("account-KRE", "warning-over-quota", "3 taken, 2 subscribed").await;
    let replaced = desk.window.find(css("[data-testid=license-file][data-state=replaced]")).await.unwrap();
    assert!(replaced.text().await.unwrap().contains("KRE 5"), "the first file is the replaced one");
    desk.look("account-licenses-renewed").await;
    see_of_organization(desk, "2").await;
    desk.see("warning-over-quota", "3 taken, 2 subscribed").await;
    desk.look("licenses-over-quota").await;
}

async fn open_import(desk: &Desk<'_>) {
    desk.click("nav-account").await;
    desk.click("tab-licenses").await;
    desk.click("import-license").await;
}

/// Imports a file, up to the answer.
async fn import_file(desk: &Desk<'_>, file: &Path) {
    desk.click("license-file-choose").await;
    dialog::choose(desk, &message("license_file_choose"), file, "license-dialog").await;
    // The page may shorten the name; the title contains all of it.
    let name = desk.find("license-file-name").await.attr("title").await.unwrap();
    assert_eq!(name.as_deref(), file.file_name().unwrap().to_str());
    desk.click("license-submit").await;
}

/// From the account's page to the organization's KRE seats.
async fn see_of_organization(desk: &Desk<'_>, subscribed: &str) {
    desk.window.find(css("[data-testid=shares-KRE] th a")).await.unwrap().click().await.unwrap();
    desk.find("licensed-users").await;
    desk.see("subscribed", subscribed).await;
}
