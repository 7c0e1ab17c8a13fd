//! Reads the factors of which this machine's Machine ID is made.
//!
//! Reads only what every account may read, so that the installer (root) and the service account get the same ID, and
//! starts no programs. Must never take a factor from the environment: a person who starts the server could then choose
//! it.

use std::net::IpAddr;
use std::path::Path;

use testkeep_domain::machine::{Factors, MachineId};

mod linux;
mod meaningful;
#[cfg(windows)]
mod windows;

/// This machine's ID. Takes a few milliseconds; changes only when the machine does.
pub fn machine_id() -> MachineId {
    MachineId::from_factors(&factors())
}

#[cfg(windows)]
pub fn factors() -> Factors {
    windows::factors()
}

#[cfg(not(windows))]
pub fn factors() -> Factors {
    factors_below(Path::new("/"))
}

/// Whether the address belongs to this machine, so that a connection from it was made here.
pub fn is_own_address(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let is_own = |interface: &if_addrs::Interface| interface.ip() == address;
    address.is_loopback() || if_addrs::get_if_addrs().is_ok_and(|all| all.iter().any(is_own))
}

/// The factors of a Linux machine whose `/etc`, `/proc`, `/sys` and `/dev` are below `root`.
pub fn factors_below(root: &Path) -> Factors {
    linux::factors(root)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::time::Instant;

    use testkeep_domain::machine::FactorName::{
        self, HostName, Mainboard, NetworkCard, OperatingSystemId, Processor, SystemDisk,
    };

    use super::*;

    const OS_ID: &str = "3d1219c7c4c5404aaa1f6d2a48adfda4";

    /// A simulated machine, made of files.
    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn file(&self, path: &str, content: &str) -> &Self {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }

        fn link(&self, path: &str, target: &str) -> &Self {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(target, path).unwrap();
            self
        }

        /// Adds a network card whose device is at `place` on the bus.
        fn card(&self, name: &str, place: &str, address: &str) -> &Self {
            self.file(&format!("sys/devices/{place}/uevent"), "");
            self.link(&format!("sys/class/net/{name}/device"), &format!("../../../devices/{place}"));
            self.file(&format!("sys/class/net/{name}/type"), "1\n");
            self.file(&format!("sys/class/net/{name}/address"), address)
        }

        fn get(&self, name: FactorName) -> Option<String> {
            factors_below(self.0.path()).get(name).map(str::to_owned)
        }
    }

    #[test]
    fn reads_an_ordinary_server() {
        let tree = Tree::new();
        tree.file("etc/machine-id", &format!("{OS_ID}\n"))
            .file("proc/sys/kernel/hostname", "Ada\n")
            .file("proc/cpuinfo", "processor\t: 0\nmodel name\t: Xeon E5\n\nprocessor\t: 1\nmodel name\t: other\n")
            .file("sys/class/dmi/id/sys_vendor", "Dell Inc.\n")
            .file("sys/class/dmi/id/product_name", "To Be Filled By O.E.M.\n")
            .file("sys/class/dmi/id/board_name", "0X1234\n")
            .file("proc/self/mountinfo", "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n30 22 8:1 / /boot rw - ext4 /dev/sda1 rw\n")
            .link("dev/disk/by-uuid/1111-2222", "../../sda1")
            .link("dev/disk/by-uuid/aaaa-bbbb", "../../sda2")
            .card("eth0", "0000:03:00.0", "00:1B:21:aa:bb:cc\n");
        assert_eq!(tree.get(OperatingSystemId).as_deref(), Some(OS_ID));
        assert_eq!(tree.get(HostName).as_deref(), Some("ada"));
        assert_eq!(tree.get(Processor).as_deref(), Some("xeon e5"));
        assert_eq!(tree.get(Mainboard).as_deref(), Some("dell inc. / 0x1234"));
        assert_eq!(tree.get(SystemDisk).as_deref(), Some("aaaa-bbbb"));
        assert_eq!(tree.get(NetworkCard).as_deref(), Some("00:1b:21:aa:bb:cc"));
        let id = MachineId::from_factors(&factors_below(tree.0.path()));
        assert!(id.is_identifying() && id.factors().iter().all(|factor| factor.present));
    }

    #[test]
    fn finds_the_root_disk_behind_volume_managers_and_dev_root() {
        let mapped = Tree::new();
        mapped
            .file("proc/self/mountinfo", "22 1 254:0 / / rw - ext4 /dev/mapper/vg-root rw\n")
            .link("dev/mapper/vg-root", "../dm-0")
            .link("dev/disk/by-uuid/cccc", "../../dm-0");
        assert_eq!(mapped.get(SystemDisk).as_deref(), Some("cccc"));
        let unnamed = Tree::new();
        unnamed
            .file("proc/self/mountinfo", "22 1 259:1 / / rw - ext4 /dev/root rw\n")
            .link("sys/dev/block/259:1", "../../devices/pci0/nvme/nvme0n1/nvme0n1p1")
            .link("dev/disk/by-uuid/dddd", "../../nvme0n1p1");
        assert_eq!(unnamed.get(SystemDisk).as_deref(), Some("dddd"));
        let container = Tree::new();
        container
            .file("proc/self/mountinfo", "22 1 0:45 / / rw - overlay overlay rw\n")
            .link("dev/disk/by-uuid/eeee", "../../sda1");
        assert_eq!(container.get(SystemDisk), None);
    }

    #[test]
    fn ignores_what_is_no_card() {
        let tree = Tree::new();
        tree.file("sys/class/net/docker0/address", "02:42:ac:11:00:02\n")
            .file("sys/class/net/docker0/type", "1\n")
            .card("lo", "none0", "00:00:00:00:00:00\n")
            .card("wg0", "none1", "06:11:22:33:44:55\n")
            .card("bad0", "none2", "not an address");
        assert_eq!(tree.get(NetworkCard), None);
        tree.card("enp9s0", "0000:09:00.0", "00:1b:21:00:00:09").card(
            "enp3s0",
            "0000:03:00.0",
            "00:1b:21:00:00:03",
        );
        assert_eq!(tree.get(NetworkCard).as_deref(), Some("00:1b:21:00:00:03"), "place on the bus decides");
        tree.file("sys/class/net/enp3s0/phy80211/name", "phy0");
        assert_eq!(tree.get(NetworkCard).as_deref(), Some("00:1b:21:00:00:09"), "wired comes first");
        tree.file("sys/class/net/enp9s0/bonding_slave/perm_hwaddr", "00:1b:21:00:00:77");
        assert_eq!(
            tree.get(NetworkCard).as_deref(),
            Some("00:1b:21:00:00:77"),
            "the card's own address in a bond"
        );
    }

    #[test]
    fn takes_placeholders_and_rubbish_for_nothing() {
        let tree = Tree::new();
        tree.file("etc/machine-id", "uninitialized\n")
            .file("proc/sys/kernel/hostname", "localhost\n")
            .file("proc/cpuinfo", "")
            .file("sys/class/dmi/id/board_name", "Default string\n")
            .file("sys/class/dmi/id/product_name", "0000000\n")
            .file("proc/self/mountinfo", "x - \n - / / / / / -\n1 2 3 4 /\n");
        let id = MachineId::from_factors(&factors_below(tree.0.path()));
        assert!(id.factors().iter().all(|factor| !factor.present), "{:?}", id.factors());
        assert!(!id.is_identifying());
    }

    #[test]
    fn this_machine_has_a_steady_id_quickly() {
        let start = Instant::now();
        let id = machine_id();
        assert!(start.elapsed().as_millis() < 30, "{:?}", start.elapsed());
        assert_eq!(id, machine_id());
        assert_eq!(MachineId::parse(&id.to_string()), Ok(id));
    }
}
