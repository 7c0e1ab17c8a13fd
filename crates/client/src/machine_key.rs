//! Identifies the machine and the account a seat is for: 32 hexadecimal digits that stay the same from run to run.
//!
//! Computed from values that every account can read: the operating system's ID and the account's name, so that two
//! accounts of one machine get two keys. It is no secret and proves nothing: a server only compares it.

use sha2::{Digest, Sha256};

const DIGITS: usize = 32;

/// 32 lower-case hexadecimal digits (client protocol 2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineKey(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MachineKeyError {
    #[error(
        "“{0}” is not a machine ID: one has {DIGITS} hexadecimal digits, as `testkeep license machine-id` prints it."
    )]
    Digits(String),
    #[error(
        "This machine has no ID of its own ({place} is missing or empty), as in a new container. Choose {DIGITS} \
         hexadecimal digits that stay the same and pass them with --machine-id."
    )]
    NoMachine { place: &'static str },
    #[error(
        "The name of the account this runs under cannot be read ({0}). Choose {DIGITS} hexadecimal digits and pass them \
         with --machine-id."
    )]
    NoAccount(String),
}

impl MachineKey {
    pub fn parse(text: &str) -> Result<Self, MachineKeyError> {
        let text = text.trim().to_ascii_lowercase();
        if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text))
        } else {
            Err(MachineKeyError::Digits(text.chars().take(60).filter(|c| !c.is_control()).collect()))
        }
    }

    /// The key of this machine and of the account that runs this program.
    pub fn of_this_machine() -> Result<Self, MachineKeyError> {
        let machine = system::id().ok_or(MachineKeyError::NoMachine { place: system::PLACE })?;
        let account = whoami::username().map_err(|error| MachineKeyError::NoAccount(error.to_string()))?;
        Ok(Self::of(&machine, &account))
    }

    /// A digest, because other programs rely on the system's own ID and it should not appear in lists that other people
    /// see.
    fn of(machine: &str, account: &str) -> Self {
        let text = format!("testkeep client\n{}\n{}", machine.to_lowercase(), account.to_lowercase());
        let mut digits = hex::encode(Sha256::digest(text));
        digits.truncate(DIGITS);
        Self(digits)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for MachineKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(not(windows))]
mod system {
    use std::fs::File;
    use std::io::Read as _;

    pub(super) const PLACE: &str = "/etc/machine-id";

    pub(super) fn id() -> Option<String> {
        [PLACE, "/var/lib/dbus/machine-id"].into_iter().find_map(|path| {
            let mut text = String::new();
            File::open(path).ok()?.take(1024).read_to_string(&mut text).ok()?;
            super::meaningful(&text)
        })
    }
}

#[cfg(windows)]
mod system {
    use winreg::RegKey;
    use winreg::enums::{HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY};

    pub(super) const PLACE: &str = r"HKLM\SOFTWARE\Microsoft\Cryptography, MachineGuid";

    pub(super) fn id() -> Option<String> {
        let machine = RegKey::predef(HKEY_LOCAL_MACHINE);
        let flags = KEY_READ | KEY_WOW64_64KEY;
        let key = machine.open_subkey_with_flags(r"SOFTWARE\Microsoft\Cryptography", flags).ok()?;
        super::meaningful(&key.get_value::<String, _>("MachineGuid").ok()?)
    }
}

/// Accepts 32 hexadecimal digits, with or without dashes, that are not all the same. Before the first boot the file
/// contains "uninitialized".
fn meaningful(text: &str) -> Option<String> {
    let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
    let first = digits.chars().next()?;
    let fine = digits.len() == DIGITS
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && digits.chars().any(|c| c != first);
    fine.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differs_by_machine_and_account_and_not_by_case() {
        let key = MachineKey::of("3D12", "Ada");
        assert_eq!(key, MachineKey::of("3d12", "ada"));
        assert_eq!(MachineKey::parse(key.as_str()), Ok(key.clone()));
        assert_ne!(key, MachineKey::of("3d12", "grace"));
        assert_ne!(key, MachineKey::of("3d13", "ada"));
    }

    #[test]
    fn takes_rubbish_for_nothing() {
        assert_eq!(meaningful("uninitialized\n"), None);
        assert_eq!(meaningful(""), None);
        assert_eq!(meaningful(&"0".repeat(32)), None);
        let digits = "3d1219c7c4c5404aaa1f6d2a48adfda4";
        assert_eq!(meaningful("3d1219c7-c4c5-404a-aa1f-6d2a48adfda4").as_deref(), Some(digits));
    }

    #[test]
    fn parses_digits_alone() {
        assert_eq!(MachineKey::parse(" AB").unwrap_err(), MachineKeyError::Digits("ab".into()));
        assert!(MachineKey::parse(&"0aF9".repeat(8)).is_ok());
        assert!(MachineKey::parse(&"0aG9".repeat(8)).is_err());
    }
}
