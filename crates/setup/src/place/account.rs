//! The name of the account that this process runs as.

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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_by_the_number() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\n\nada:x:1000:100::/home/ada:/bin/sh\n";
        assert_eq!(name_of(accounts, 1000).as_deref(), Some("ada"));
        assert_eq!(name_of(accounts, 0).as_deref(), Some("root"));
        assert_eq!(name_of(accounts, 100), None);
    }
}
