//! Checks whether the server URL will reach the server, and lists addresses of this machine to choose from.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use testkeep_domain::{Finding, Port, Report, ServerUrl};
use utoipa::ToSchema;

const FIELD: &str = "server_url";
/// Largest number of proposals: a machine with many virtual networks has many addresses.
const PROPOSED: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerUrlCheck {
    /// In its normalized spelling; `None` when refused.
    pub url: Option<String>,
    pub proposals: Vec<String>,
}

/// `http_port`: the port on which the server will listen. `None`: the port is not compared.
pub fn server_url(text: &str, http_port: Option<Port>) -> Report<ServerUrlCheck> {
    let mut findings = Vec::new();
    let url = match ServerUrl::parse(text) {
        Ok(url) => {
            findings.extend(doubts(&url, http_port));
            if findings.is_empty() {
                findings.push(Finding::ok(FIELD, "usable", format!("Links will start with {url}.")));
            }
            Some(url)
        }
        Err(error) => {
            findings.push(Finding::error(FIELD, "not_usable", error.to_string()));
            None
        }
    };
    let port = http_port.map_or_else(|| url.as_ref().map_or(8080, ServerUrl::port), Port::get);
    Report::new(findings, ServerUrlCheck { url: url.map(String::from), proposals: proposals(port) })
}

fn doubts(url: &ServerUrl, http_port: Option<Port>) -> Vec<Finding> {
    let mut doubts = Vec::new();
    if is_this_machine_only(&url.host()) {
        let message = format!(
            "{} means “this machine” everywhere: nobody else can open links that start with it. Enter the machine's name or address.",
            url.host()
        );
        doubts.push(Finding::warning(FIELD, "this_machine_only", message));
    }
    if url.is_https() {
        let message = "The server itself speaks http. For https, a reverse proxy must stand in front of it.";
        doubts.push(Finding::warning(FIELD, "needs_proxy", message));
    } else if let Some(port) = http_port.filter(|port| port.get() != url.port()) {
        let message = format!(
            "The server listens on port {port}, but the server URL says {}. This works only with a reverse proxy in between; otherwise write port {port} here.",
            url.port()
        );
        doubts.push(Finding::warning(FIELD, "port_differs", message));
    }
    doubts
}

fn is_this_machine_only(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The machine's full name first, then its addresses, then its short name. `localhost` only when nothing else is found.
pub(super) fn proposals(port: u16) -> Vec<String> {
    let name = sysinfo::System::host_name()
        .ok()
        .map(|name| name.to_lowercase())
        .filter(|name| !is_this_machine_only(name));
    let (full, short): (Vec<_>, Vec<_>) = name.into_iter().partition(|name| name.contains('.'));
    let mut hosts: Vec<String> = full.into_iter().chain(addresses()).chain(short).collect();
    if hosts.is_empty() {
        hosts.push("localhost".into());
    }
    let mut urls: Vec<String> = Vec::new();
    for host in hosts {
        // The same rules as for a typed URL apply: a host name may contain characters that a URL must not contain.
        if let Ok(url) = ServerUrl::parse(&format!("http://{host}:{port}"))
            && !urls.iter().any(|known| known == url.as_str())
        {
            urls.push(url.into());
        }
    }
    urls.truncate(PROPOSED);
    urls
}

/// Addresses that other machines can use: IPv4 first, IPv6 in brackets.
fn addresses() -> Vec<String> {
    let mut addresses: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local() && interface.is_oper_up())
        .map(|interface| interface.ip())
        .collect();
    addresses.sort_by_key(|address| (address.is_ipv6(), *address));
    addresses
        .iter()
        .map(|address| if address.is_ipv6() { format!("[{address}]") } else { address.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str, port: i64) -> Vec<String> {
        let report = server_url(text, Port::try_from(port).ok());
        report.findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn warns_of_what_will_not_be_reached() {
        assert_eq!(codes("http://tests.example.com:8080", 8080), ["usable"]);
        assert_eq!(codes("http://tests.example.com", 8080), ["port_differs"]);
        assert_eq!(codes("https://tests.example.com", 8080), ["needs_proxy"]);
        for local in [
            "http://localhost:8080",
            "http://127.0.0.9:8080/",
            "http://[::1]:8080",
            "http://x.localhost:8080",
        ] {
            assert_eq!(codes(local, 8080), ["this_machine_only"], "{local}");
        }
    }

    #[test]
    fn refuses_and_still_proposes() {
        for wrong in ["javascript:alert(1)", "http://a:b@c", "http://a/testkeep", ""] {
            let report = server_url(wrong, Port::try_from(9090).ok());
            assert!(!report.ok && report.details.url.is_none(), "{wrong}");
            assert!(!report.details.proposals.is_empty());
            for proposal in report.details.proposals {
                assert_eq!(ServerUrl::parse(&proposal).unwrap().port(), 9090);
            }
        }
    }
}
