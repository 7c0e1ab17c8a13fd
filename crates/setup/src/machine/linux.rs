//! Factors of a Linux machine, from files that every account may read.
//!
//! All paths are below a root, so that tests can simulate any machine. Symbolic links are read, not followed, because
//! an absolute link would lead out of that root.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use testkeep_domain::machine::{FactorName, Factors};

use super::meaningful;

/// Bytes read of a file at most. Mount tables of container hosts are the largest; the needed parts of the files are
/// within this limit.
const LONGEST: u64 = 1024 * 1024;

pub(super) fn factors(root: &Path) -> Factors {
    Factors::new()
        .with(FactorName::OperatingSystemId, operating_system_id(root).as_deref())
        .with(FactorName::SystemDisk, system_disk(root).as_deref())
        .with(FactorName::NetworkCard, network_card(root).as_deref())
        .with(FactorName::Processor, processor(root).as_deref())
        .with(FactorName::Mainboard, mainboard(root).as_deref())
        .with(FactorName::HostName, host_name(root).as_deref())
}

fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn operating_system_id(root: &Path) -> Option<String> {
    let id = ["etc/machine-id", "var/lib/dbus/machine-id"].iter().find_map(|path| {
        let id = read(&root.join(path))?;
        let id = id.trim();
        // Before the first boot the file contains "uninitialized".
        (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
    })?;
    meaningful::text(&id)
}

fn host_name(root: &Path) -> Option<String> {
    let name = ["proc/sys/kernel/hostname", "etc/hostname"].iter().find_map(|path| read(&root.join(path)))?;
    meaningful::text(&name)
}

fn processor(root: &Path) -> Option<String> {
    let text = read(&root.join("proc/cpuinfo"))?;
    let first = text.trim_start().split("\n\n").next()?;
    let value = |name: &str| {
        let line = first.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        line.split_once(':').map(|(_, value)| value)
    };
    // ARM lists implementer and part instead of a model.
    value("model name")
        .and_then(meaningful::text)
        .or_else(|| meaningful::joined([value("CPU implementer"), value("CPU part")].into_iter().flatten()))
}

/// Maker and model. The serial numbers in the same folder can be read by root alone.
fn mainboard(root: &Path) -> Option<String> {
    let folder = root.join("sys/class/dmi/id");
    let names = ["sys_vendor", "product_name", "board_vendor", "board_name"];
    let values: Vec<_> = names.iter().filter_map(|name| read(&folder.join(name))).collect();
    meaningful::joined(values.iter().map(String::as_str))
        .or_else(|| meaningful::text(&read(&root.join("proc/device-tree/model"))?))
}

/// UUID of the file system mounted at `/`.
fn system_disk(root: &Path) -> Option<String> {
    let devices = root_devices(root)?;
    fs::read_dir(root.join("dev/disk/by-uuid")).ok()?.flatten().find_map(|entry| {
        let target = fs::read_link(entry.path()).ok()?;
        let matches = devices.iter().any(|device| target.file_name() == Some(device.as_os_str()));
        matches.then(|| entry.file_name().to_string_lossy().into_owned())
    })
}

/// Names below `/dev` that the root file system's device may have: its source in the mount table, the target of that
/// link (`/dev/mapper/…` → `dm-0`), and the kernel's name for its number (the source may be `/dev/root`).
fn root_devices(root: &Path) -> Option<Vec<PathBuf>> {
    let table = read(&root.join("proc/self/mountinfo"))?;
    // If several are mounted at one point, only the last one is visible.
    let line = table.lines().rev().find(|line| line.split(' ').nth(4) == Some("/"))?;
    let number = line.split(' ').nth(2)?;
    let source = line.split_once(" - ")?.1.split(' ').nth(1)?;
    let device = source.strip_prefix("/dev/").map(|path| root.join("dev").join(path));
    let linked = device.as_ref().and_then(|path| fs::read_link(path).ok());
    let numbered = fs::read_link(root.join("sys/dev/block").join(number)).ok();
    let paths = [device, linked, numbered].into_iter().flatten();
    Some(paths.filter_map(|path| path.file_name().map(PathBuf::from)).collect())
}

/// The first physical card: wired before wireless, built in before USB, then by its position on the bus, which stays
/// the same when the system assigns names in another order.
fn network_card(root: &Path) -> Option<String> {
    let cards = fs::read_dir(root.join("sys/class/net")).ok()?;
    let mut cards: Vec<_> = cards.flatten().filter_map(|entry| Card::read(&entry.path())).collect();
    cards.sort();
    cards.into_iter().next().map(|card| card.address)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Card {
    wireless: bool,
    usb: bool,
    place: PathBuf,
    name: PathBuf,
    address: String,
}

impl Card {
    /// `None` for virtual interfaces, which have no device, and for addresses that are not a card's own.
    fn read(folder: &Path) -> Option<Self> {
        let device = folder.join("device");
        // Type 1 is Ethernet; Wi-Fi cards report it too.
        if !device.exists() || read(&folder.join("type"))?.trim() != "1" {
            return None;
        }
        // In a bond all cards report the bond's address.
        let address =
            read(&folder.join("bonding_slave/perm_hwaddr")).or_else(|| read(&folder.join("address")))?;
        let link = fs::read_link(folder).unwrap_or_default();
        Some(Self {
            wireless: folder.join("wireless").exists() || folder.join("phy80211").exists(),
            usb: link.iter().any(|part| part.to_string_lossy().starts_with("usb")),
            place: fs::read_link(&device)
                .ok()
                .and_then(|link| link.file_name().map(PathBuf::from))
                .unwrap_or_default(),
            name: folder.file_name().map(OsStr::to_owned).map(PathBuf::from).unwrap_or_default(),
            address: meaningful::hardware_address(parse_hardware_address(&address)?)?,
        })
    }
}

/// Reads `00:1b:21:aa:bb:cc`.
fn parse_hardware_address(text: &str) -> Option<[u8; 6]> {
    let parts: Vec<_> = text.trim().split([':', '-']).collect();
    let bytes: Option<Vec<u8>> = parts
        .iter()
        .map(|part| (part.len() == 2).then(|| u8::from_str_radix(part, 16).ok()).flatten())
        .collect();
    bytes?.try_into().ok()
}
