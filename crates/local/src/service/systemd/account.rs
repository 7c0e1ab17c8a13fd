//! The account of a system service: made without a password, a shell or a home of its own.

use std::path::Path;

use super::command::run;
use crate::place::{self, Account};
use crate::service::ServiceError;

/// Marks accounts that were made here.
const COMMENT: &str = "Testkeep server, made by testkeep-server service install";

/// The account, made unless it exists.
pub(super) async fn ensure(name: &str, home: &Path) -> Result<Account, ServiceError> {
    if let Some(account) = place::find_account(name) {
        return usable(account);
    }
    let home = home.display().to_string();
    let arguments = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"];
    run("useradd", &[&arguments[..], &["--home-dir", &home, "--comment", COMMENT, name]].concat()).await?;
    place::find_account(name).ok_or_else(|| ServiceError::Command {
        command: format!("useradd {name}"),
        said: "it made no account in /etc/passwd".into(),
    })
}

fn usable(account: Account) -> Result<Account, ServiceError> {
    if account.user == 0 {
        return Err(ServiceError::Unfit(format!(
            "The account {} is root under another name, and the server does not run as root. Rename the folder of the \
             installation, because the account is named after it.",
            account.name
        )));
    }
    Ok(account)
}

/// Removes the account with its group, if it was made here.
pub(super) async fn remove(name: &str) -> Result<(), ServiceError> {
    if place::find_account(name).is_none_or(|account| account.comment != COMMENT) {
        return Ok(());
    }
    run("userdel", &[name]).await.map(drop)
}
