//! The entries of services in the registry: finds the service of an installation, and writes what the service control
//! manager has no call for.
//!
//! A service belongs to an installation when it runs the installation's program.

use std::io;

use testkeep_domain::Layout;
use winreg::enums::{HKEY_LOCAL_MACHINE, REG_EXPAND_SZ};
use winreg::{RegKey, RegValue};

use super::outcome::program_of;
use super::plan::{EventSource, SERVICES};
use crate::process::is_program;
use crate::service::{Registered, ServiceLevel};

pub(in crate::service) fn find(layout: &Layout) -> Option<Registered> {
    let services = machine().open_subkey(SERVICES).ok()?;
    let ours = |name: &String| name.to_lowercase().starts_with("testkeep");
    let mut names = services.enum_keys().flatten().filter(ours);
    let name = names
        .find(|name| program(name).is_some_and(|program| is_program(&program, &layout.server_program())))?;
    let account = services.open_subkey(&name).and_then(|service| service.get_value("ObjectName"));
    Some(Registered { level: ServiceLevel::System, name, account: account.ok() })
}

/// The program of a service; `None`: there is no such service, or it is being removed.
pub(super) fn program(name: &str) -> Option<String> {
    let service = machine().open_subkey(format!("{SERVICES}\\{name}")).ok()?;
    let is_going = service.get_value::<u32, _>("DeleteFlag").is_ok_and(|flag| flag != 0);
    let line: String = service.get_value("ImagePath").ok()?;
    (!is_going).then(|| program_of(&line).to_owned())
}

pub(super) fn set_environment(name: &str, environment: &[String]) -> io::Result<()> {
    let (service, _) = machine().create_subkey(format!("{SERVICES}\\{name}"))?;
    service.set_value("Environment", &environment.to_vec())
}

pub(super) fn register_source(source: &EventSource) -> io::Result<()> {
    let (key, _) = machine().create_subkey(&source.key)?;
    let bytes = source.message_file.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    key.set_raw_value("EventMessageFile", &RegValue { bytes: bytes.into(), vtype: REG_EXPAND_SZ })?;
    source.numbers.iter().try_for_each(|(name, number)| key.set_value(name, number))
}

pub(super) fn remove_source(source: &EventSource) -> io::Result<()> {
    match machine().delete_subkey_all(&source.key) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn machine() -> RegKey {
    RegKey::predef(HKEY_LOCAL_MACHINE)
}
