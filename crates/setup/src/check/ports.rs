//! Checks whether the two TCP ports are free, which programs hold them if not, and which ports to use instead.
//!
//! The check listens on each port for a moment, as the server will do. The system is queried only for program names.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::Path;

use serde::{Deserialize, Serialize};
use testkeep_domain::{Finding, Layout, Port, Report};
use utoipa::ToSchema;

const HTTP: &str = "http_port";
const CONTROL: &str = "control_port";
/// Largest distance between the wished port and a proposal.
const SEARCHED: u16 = 500;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortsCheck {
    pub http: PortCheck,
    pub control: PortCheck,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortCheck {
    /// The number as given, so that a wrong one can be shown.
    pub port: i64,
    /// The program that listens there, if the system reports it.
    pub holder: Option<Holder>,
    /// A free port to use instead; only when this one cannot be used.
    pub proposal: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    pub pid: u32,
    pub name: String,
}

/// `destination`: an installation whose own running server may hold the ports.
pub fn ports(http: i64, control: i64, destination: Option<&Path>) -> Report<PortsCheck> {
    let own_program = destination.map(|folder| Layout::new(folder).server_program());
    let own_program = own_program.as_deref();
    let addresses = addresses();
    let mut findings = Vec::new();
    let mut check = |field, port, other| {
        let (finding, details) = examine(field, port, other, &addresses, own_program);
        findings.push(finding);
        details
    };
    let details = PortsCheck { http: check(HTTP, http, control), control: check(CONTROL, control, http) };
    Report::new(findings, details)
}

/// All addresses of this machine. A port must be free on each of them: a program that listens on one address alone, for
/// example `[::1]`, would answer requests to `localhost` instead of the server. On Windows one program can have
/// `0.0.0.0` and another a single address with the same port.
fn addresses() -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = vec![
        Ipv4Addr::UNSPECIFIED.into(),
        Ipv4Addr::LOCALHOST.into(),
        Ipv6Addr::UNSPECIFIED.into(),
        Ipv6Addr::LOCALHOST.into(),
    ];
    addresses.extend(if_addrs::get_if_addrs().unwrap_or_default().iter().map(if_addrs::Interface::ip));
    addresses
}

fn examine(
    field: &str,
    wished: i64,
    other: i64,
    addresses: &[IpAddr],
    own: Option<&Path>,
) -> (Finding, PortCheck) {
    let mut details = PortCheck { port: wished, holder: None, proposal: None };
    let finding = match Port::try_from(wished) {
        Err(error) => Finding::error(field, "not_a_port", error.to_string()),
        Ok(_) if wished == other && field == CONTROL => {
            let message = "Both ports are the same. Give the control port a number of its own.";
            Finding::error(field, "ports_equal", message)
        }
        Ok(port) => judge(field, port, addresses, own, &mut details),
    };
    if finding.level == testkeep_domain::Level::Error {
        details.proposal = propose(field, wished, other, addresses);
    }
    let finding = with_proposal(finding, details.proposal);
    (finding, details)
}

fn judge(
    field: &str,
    port: Port,
    addresses: &[IpAddr],
    own: Option<&Path>,
    details: &mut PortCheck,
) -> Finding {
    let Err(error) = try_to_listen(port.get(), addresses) else {
        return free(field, port);
    };
    match error.kind() {
        ErrorKind::PermissionDenied => {
            let message = if port.is_privileged() {
                format!(
                    "Port {port} needs administrator rights, as all below 1024 do. Run the installer as administrator, or take a higher one."
                )
            } else {
                format!("The system reserves port {port}. Take another one.")
            };
            Finding::error(field, "not_permitted", message)
        }
        ErrorKind::AddrInUse => taken(field, port, own, details),
        _ => Finding::error(
            field,
            "not_usable",
            format!("Port {port} cannot be used: {error}. Take another one."),
        ),
    }
}

fn free(field: &str, port: Port) -> Finding {
    if !port.is_privileged() {
        return Finding::ok(field, "free", format!("Port {port} is free."));
    }
    let message = format!(
        "Port {port} is free. Ports below 1024 need administrator rights: every start of the server needs them."
    );
    Finding::warning(field, "privileged", message)
}

fn taken(field: &str, port: Port, own: Option<&Path>, details: &mut PortCheck) -> Finding {
    let listener = listening_program(port.get());
    let is_own = listener
        .as_ref()
        .zip(own)
        .is_some_and(|(holder, own)| testkeep_local::process::is_program(&holder.path, own));
    details.holder = listener.map(|program| Holder { pid: program.pid, name: program.name });
    match &details.holder {
        Some(holder) if is_own => {
            let message =
                format!("Port {port} is held by the server installed here (process {}).", holder.pid);
            Finding::ok(field, "own_server", message)
        }
        Some(Holder { pid, name }) => {
            let message = format!(
                "Port {port} is taken by {name} (process {pid}). Stop that program, or take another port."
            );
            Finding::error(field, "port_taken", message)
        }
        None => {
            let message = format!(
                "Port {port} is taken by a program that the system does not name to this user. Take another port."
            );
            Finding::error(field, "port_taken", message)
        }
    }
}

fn with_proposal(mut finding: Finding, proposal: Option<u16>) -> Finding {
    if let Some(port) = proposal {
        finding.message += " Port ";
        finding.message += &port.to_string();
        finding.message += " is free.";
    }
    finding
}

fn try_to_listen(port: u16, addresses: &[IpAddr]) -> std::io::Result<()> {
    addresses.iter().try_for_each(|address| match TcpListener::bind((*address, port)) {
        // This machine has no IPv6, or an interface has just disappeared. Only `0.0.0.0` has to work.
        Err(error)
            if *address != IpAddr::V4(Ipv4Addr::UNSPECIFIED) && error.kind() != ErrorKind::AddrInUse =>
        {
            Ok(())
        }
        tried => tried.map(drop),
    })
}

/// The next free port above the wished one, or above the field's default; never the port of the other field.
fn propose(field: &str, wished: i64, other: i64, addresses: &[IpAddr]) -> Option<u16> {
    let usual = if field == HTTP { 8080 } else { 8005 };
    let wished =
        u16::try_from(wished).ok().filter(|port| *port >= 1024).map_or(usual, |port| port.saturating_add(1));
    [wished, usual].into_iter().find_map(|start| free_from(start, other, addresses))
}

pub(super) fn next_free_http(start: u16) -> u16 {
    free_from(start, 0, &addresses()).unwrap_or(start)
}

pub(super) fn next_free_control(start: u16, http: u16) -> u16 {
    free_from(start, i64::from(http), &addresses()).unwrap_or(start)
}

fn free_from(start: u16, other: i64, addresses: &[IpAddr]) -> Option<u16> {
    (start..=start.saturating_add(SEARCHED))
        .filter(|port| i64::from(*port) != other)
        .find(|port| try_to_listen(*port, addresses).is_ok())
}

/// The program that listens on `port` of any address of this machine; `None` when unknown or hidden from this user.
fn listening_program(port: u16) -> Option<listeners::Process> {
    let all = listeners::get_all().ok()?;
    all.into_iter()
        .find(|one| {
            one.socket.port() == port
                && one.protocol == listeners::Protocol::TCP
                && one.state == listeners::SocketState::Listen
        })
        .map(|one| one.process)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(report: &Report<PortsCheck>) -> Vec<&str> {
        report.findings.iter().map(|finding| finding.code.as_str()).collect()
    }

    #[test]
    fn refuses_what_is_no_port_and_proposes_one() {
        for wrong in [0, -1, 65536, i64::MAX, i64::MIN] {
            let report = ports(wrong, 18005, None);
            assert!(!report.ok);
            assert_eq!(codes(&report)[0], "not_a_port");
            assert!(report.details.http.proposal.is_some_and(|port| port >= 8080));
        }
        let equal = ports(18123, 18123, None);
        assert_eq!(codes(&equal)[1], "ports_equal");
        assert_ne!(equal.details.control.proposal, Some(18123));
    }

    #[test]
    fn names_the_holder_and_offers_the_next_free_port() {
        let held = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        for report in
            [ports(i64::from(port), 1, None).details.http, ports(1, i64::from(port), None).details.control]
        {
            assert_eq!(report.holder.unwrap().pid, std::process::id());
            assert!(report.proposal.is_some_and(|proposal| proposal != port));
        }
        let report = ports(i64::from(port), 18005, None);
        let finding = &report.findings[0];
        assert_eq!(finding.code, "port_taken");
        assert!(finding.message.contains(&std::process::id().to_string()), "{}", finding.message);
    }

    /// A client that connects to `localhost` may reach that program instead of the server.
    #[test]
    fn a_port_held_on_one_address_alone_is_not_free() {
        let own = if_addrs::get_if_addrs().unwrap_or_default().into_iter().map(|interface| interface.ip());
        let others = ["127.0.0.1", "::1", "0.0.0.0", "::"].map(|text| text.parse().unwrap());
        let mut held_once = false;
        for address in own.chain(others) {
            // A machine without IPv6 has no such address.
            let Ok(held) = TcpListener::bind((address, 0)) else { continue };
            held_once = true;
            let port = held.local_addr().unwrap().port();
            for report in [
                ports(i64::from(port), 1, None).details.http,
                ports(1, i64::from(port), None).details.control,
            ] {
                assert!(report.proposal.is_some_and(|proposal| proposal != port), "{address} is overlooked");
                assert_eq!(report.holder.map(|holder| holder.pid), Some(std::process::id()), "{address}");
            }
        }
        assert!(held_once);
    }
}
