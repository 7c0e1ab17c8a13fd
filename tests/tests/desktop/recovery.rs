//! A person lost their password, and the admin works on the server machine.

use crate::desk::Desk;
use crate::server::{self, Account};

/// Sets a new password on the Server page; returns the account with it.
pub(crate) async fn reset_a_password(desk: &Desk<'_>, lost: &Account) -> Account {
    desk.fill("reset-email", "nobody@example.com").await;
    desk.click("reset-password").await;
    assert!(!desk.text("reset_password-error").await.is_empty(), "a password is missing");
    desk.click("reset-generate").await;
    desk.click("reset-password").await;
    desk.see("reset-error", "Nobody here has the address nobody@example.com").await;
    desk.fill("reset-email", lost.email).await;
    desk.click("reset-password").await;
    desk.see("reset-done", lost.email).await;
    desk.look("password-reset").await;
    let password = desk.text("reset-value").await;
    assert_eq!(password.len(), 23, "four groups of five: {password}");
    let reset = Account { email: lost.email, password };
    assert_eq!(server::session(desk.place, lost).await.status(), 401, "the old password is gone");
    server::sign_in(desk.place, &reset).await;
    reset
}
