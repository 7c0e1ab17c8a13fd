//! Accounts of this machine: the one that this process runs as, and those that are found by their name.

/// An account with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub user: u32,
    pub group: u32,
    /// Free text; tells accounts that registering a service made from others.
    pub comment: String,
}

impl Account {
    pub fn root() -> Self {
        Self { name: "root".into(), user: 0, group: 0, comment: String::new() }
    }
}

/// The account that a process runs as.
#[cfg(target_os = "linux")]
pub fn account_of_process(pid: u32) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(format!("/proc/{pid}")).ok()?.uid();
    name_of(&std::fs::read_to_string("/etc/passwd").ok()?, owner)
}

#[cfg(not(target_os = "linux"))]
pub fn account_of_process(_: u32) -> Option<String> {
    None
}

/// `None` if this machine has no account of that name.
#[cfg(unix)]
pub fn find_account(name: &str) -> Option<Account> {
    numbers_of(&std::fs::read_to_string("/etc/passwd").ok()?, name)
}

/// `None` if the system does not name it.
#[cfg(unix)]
pub fn account_name() -> Option<String> {
    let id = rustix::process::geteuid().as_raw();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    name_of(&accounts, id)
}

/// On Windows a process keeps the name of its account in its environment.
#[cfg(not(unix))]
pub fn account_name() -> Option<String> {
    std::env::var("USERNAME").ok().filter(|name| !name.is_empty())
}

/// The name of account `id` in the text of `/etc/passwd`.
#[cfg(unix)]
fn name_of(accounts: &str, id: u32) -> Option<String> {
    let id = id.to_string();
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}

/// The account `name` in the text of `/etc/passwd`.
#[cfg(unix)]
fn numbers_of(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Account {
            name: name.to_owned(),
            user,
            group,
            comment: fields.next().unwrap_or_default().to_owned(),
        })
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_by_the_number() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\n\nada:x:1000:100::/home/ada:/bin/sh\n";
        assert_eq!(name_of(accounts, 1000).as_deref(), Some("ada"));
        assert_eq!(name_of(accounts, 0).as_deref(), Some("root"));
        assert_eq!(name_of(accounts, 100), None);
        assert_eq!(account_of_process(std::process::id()), account_name());
        let ada = Account { name: "ada".into(), user: 1000, group: 100, comment: String::new() };
        assert_eq!(numbers_of(accounts, "ada"), Some(ada));
        assert_eq!(numbers_of(accounts, "ad"), None);
    }
}
