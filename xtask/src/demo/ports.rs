//! Finds free TCP ports, searching upwards from a wished port.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

use anyhow::{Context, Result};

/// The first port from `wish` on that is free on IPv4 and IPv6 and not in `taken`.
pub(super) fn free_from(wish: u16, taken: &[u16]) -> Result<u16> {
    (wish..=u16::MAX)
        .find(|port| !taken.contains(port) && is_free(*port))
        .with_context(|| format!("no TCP port from {wish} on is free"))
}

fn is_free(port: u16) -> bool {
    let ipv4 = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok();
    // On a machine without IPv6 the port counts as free there.
    let ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
    ipv4 && (ipv6.is_ok() || TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_over_ports_that_are_held() {
        let holder = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let held = holder.local_addr().unwrap().port();
        assert!(!is_free(held));
        assert!(free_from(held, &[]).is_ok_and(|port| port > held));
    }
}
