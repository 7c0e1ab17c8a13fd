//! Factors of a Windows machine, from the registry, the system volume and the list of network cards.

use testkeep_domain::machine::{FactorName, Factors};
use winreg::RegKey;
use winreg::enums::{HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY};

use super::meaningful;

pub(super) fn factors() -> Factors {
    Factors::new()
        .with(FactorName::OperatingSystemId, operating_system_id().as_deref())
        .with(FactorName::SystemDisk, system_disk().as_deref())
        .with(FactorName::NetworkCard, network_card().as_deref())
        .with(FactorName::Processor, processor().as_deref())
        .with(FactorName::Mainboard, mainboard().as_deref())
        .with(FactorName::HostName, host_name().as_deref())
}

/// A text below `HKEY_LOCAL_MACHINE`, in the 64-bit view.
fn registry(key: &str, name: &str) -> Option<String> {
    let key =
        RegKey::predef(HKEY_LOCAL_MACHINE).open_subkey_with_flags(key, KEY_READ | KEY_WOW64_64KEY).ok()?;
    key.get_value(name).ok()
}

fn operating_system_id() -> Option<String> {
    meaningful::text(&registry(r"SOFTWARE\Microsoft\Cryptography", "MachineGuid")?)
}

fn host_name() -> Option<String> {
    let key = r"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName";
    meaningful::text(&registry(key, "ComputerName")?)
}

fn processor() -> Option<String> {
    let key = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0";
    let values = ["ProcessorNameString", "Identifier"].map(|name| registry(key, name).unwrap_or_default());
    meaningful::joined(values.iter().map(String::as_str))
}

fn mainboard() -> Option<String> {
    let key = r"HARDWARE\DESCRIPTION\System\BIOS";
    let names = ["SystemManufacturer", "SystemProductName", "BaseBoardManufacturer", "BaseBoardProduct"];
    let values = names.map(|name| registry(key, name).unwrap_or_default());
    meaningful::joined(values.iter().map(String::as_str))
}

/// Serial number of the volume that Windows is on.
fn system_disk() -> Option<String> {
    let folder = registry(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion", "SystemRoot")?;
    let volume = format!(r"{}\", folder.get(..2)?);
    let volume = winapi_util::Handle::from_path_any(volume).ok()?;
    let serial = winapi_util::file::information(volume).ok()?.volume_serial_number();
    (serial != 0).then(|| format!("{serial:08x}"))
}

/// First three bytes of the addresses that hypervisors assign. On a host they belong to its virtual switches.
const VIRTUAL: [[u8; 3]; 4] =
    [[0x00, 0x15, 0x5d], [0x00, 0x50, 0x56], [0x00, 0x0c, 0x29], [0x08, 0x00, 0x27]];

/// The card with the lowest address, because Windows lists the cards in no fixed order; virtual cards come last.
fn network_card() -> Option<String> {
    let networks = sysinfo::Networks::new_with_refreshed_list().ok()?;
    let mut addresses: Vec<[u8; 6]> = networks.values().map(|card| card.mac_address().0).collect();
    addresses.sort_by_key(|address| (VIRTUAL.iter().any(|prefix| address.starts_with(prefix)), *address));
    addresses.into_iter().find_map(meaningful::hardware_address)
}
