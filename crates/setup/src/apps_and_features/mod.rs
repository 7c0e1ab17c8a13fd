//! The entry of an installation in "Apps & Features" of Windows, so that it can be removed there.
//!
//! Every installation has an entry of its own, found by its folder. What is written is decided in `entry`, which is
//! pure. Other systems have packages for this, and nothing is done there.

#[cfg(any(windows, test))]
mod entry;

use testkeep_domain::Layout;

#[cfg(windows)]
mod registry {
    use std::io::{self, ErrorKind};

    use testkeep_domain::Layout;
    use testkeep_local::service::system_folder;
    use winreg::RegKey;
    use winreg::enums::{HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE};

    use super::entry::{Entry, Owner, key};

    pub(super) fn write(layout: &Layout, version: &str) -> io::Result<()> {
        let of = |owner| Entry::of(layout, version, owner, &system_folder());
        match put(&RegKey::predef(HKEY_LOCAL_MACHINE), &of(Owner::Machine)) {
            // Without an administrator's rights the entry is the person's own.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                put(&RegKey::predef(HKEY_CURRENT_USER), &of(Owner::Person))
            }
            result => result,
        }
    }

    fn put(root: &RegKey, entry: &Entry) -> io::Result<()> {
        let (key, _) = root.create_subkey(&entry.key)?;
        entry.texts.iter().try_for_each(|(name, text)| key.set_value(name, text))?;
        entry.numbers.iter().try_for_each(|(name, number)| key.set_value(name, number))
    }

    pub(super) fn remove(layout: &Layout) -> io::Result<()> {
        [HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER].into_iter().try_for_each(|root| {
            match RegKey::predef(root).delete_subkey_all(key(layout)) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
    }
}

/// Writes the entry, or replaces it. The sentence says why there is none.
#[cfg(windows)]
pub(crate) fn write(layout: &Layout, version: &str) -> Result<(), String> {
    registry::write(layout, version).map_err(|error| {
        format!("There is no entry in \"Apps & Features\", it could not be written: {error}")
    })
}

#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "Windows may refuse")]
pub(crate) fn write(_: &Layout, _: &str) -> Result<(), String> {
    Ok(())
}

/// Removes the entry; not an error if there is none.
#[cfg(windows)]
pub(crate) fn remove(layout: &Layout) -> Result<(), String> {
    registry::remove(layout).map_err(|error| {
        format!("The entry in \"Apps & Features\" could not be removed: {error}. Uninstall again as an administrator.")
    })
}

#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "Windows may refuse")]
pub(crate) fn remove(_: &Layout) -> Result<(), String> {
    Ok(())
}
