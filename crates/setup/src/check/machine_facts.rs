//! Facts about this machine that an admin recognizes it by. Nothing depends on them.

use std::net::IpAddr;

use serde::Serialize;
use sysinfo::System;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MachineFacts {
    pub host_name: Option<String>,
    /// Name and version of the operating system.
    pub system: Option<String>,
    pub processors: usize,
    /// `None` if the system does not report it.
    pub memory_bytes: Option<u64>,
    /// The first address that other machines may reach.
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
}

pub(super) fn machine_facts() -> MachineFacts {
    MachineFacts {
        host_name: System::host_name().ok(),
        system: System::long_os_version().ok().map(|name| name.trim().to_owned()),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        memory_bytes: memory(),
        address: address(),
    }
}

fn memory() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    Some(system.total_memory()).filter(|bytes| *bytes > 0)
}

/// IPv4 first: people recognize it.
fn address() -> Option<IpAddr> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let mut others: Vec<IpAddr> =
        all.iter().filter(|interface| !interface.is_loopback()).map(if_addrs::Interface::ip).collect();
    others.sort_by_key(IpAddr::is_ipv6);
    others.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_processor_and_memory() {
        let facts = machine_facts();
        assert!(facts.processors >= 1);
        assert!(facts.memory_bytes.is_some_and(|bytes| bytes > 1_000_000));
        assert!(facts.address.is_none_or(|address| !address.is_loopback()));
    }
}
