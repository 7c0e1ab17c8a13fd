//! The part of the URL before `?`: hosts and database.

use std::fmt;
use std::net::Ipv6Addr;

use serde::Serialize;

use super::{JdbcUrlError, encoding};
use crate::Secret;

const LOCALHOST: &str = "localhost";
const DEFAULT_PORT: u16 = 5432;
const MOST_HOSTS: usize = 32;

/// A host to try. An IPv6 address is stored without brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Host {
    pub host: String,
    pub port: u16,
}

/// Writes `name:port` or `[address]:port`.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

pub(super) struct Address {
    pub(super) hosts: Vec<Host>,
    pub(super) database: Option<String>,
}

impl Address {
    /// Reads `database`, `/`, `//hosts/` or `//hosts/database`. An empty database name means no name.
    pub(super) fn parse(text: &str) -> Result<Self, JdbcUrlError> {
        let local = || vec![Host { host: LOCALHOST.into(), port: DEFAULT_PORT }];
        match text {
            "/" | "//" | "///" => Ok(Self { hosts: local(), database: None }),
            _ => match text.strip_prefix("//") {
                Some(rest) => Self::with_hosts(rest),
                None if text.starts_with('/') => Err(JdbcUrlError::new(
                    "After “jdbc:postgresql:” comes a database name, or “//” and a host. Write two slashes before the host.",
                )),
                None => Ok(Self { hosts: local(), database: database(text)? }),
            },
        }
    }

    fn with_hosts(text: &str) -> Result<Self, JdbcUrlError> {
        let Some((hosts, name)) = text.split_once('/') else {
            return Err(JdbcUrlError::new(
                "A “/” is missing after the host and port. Write jdbc:postgresql://<host>:<port>/<database>; \
                 without a database name the slash stays.",
            ));
        };
        if name.contains('/') {
            return Err(JdbcUrlError::new(
                "There is more than one “/” after the host. A slash in the database name is written %2F.",
            ));
        }
        Ok(Self { hosts: parse_hosts(hosts)?, database: database(name)? })
    }

    /// Applies the parameters that replace parts of the address in pgJDBC: hosts, ports, database.
    pub(super) fn override_with(
        &mut self,
        [hosts, ports, database]: [Option<(String, Secret)>; 3],
        notes: &mut Vec<String>,
    ) -> Result<(), JdbcUrlError> {
        if let Some((name, value)) = hosts {
            self.replace_hosts(&name, value.expose(), ports.is_some())?;
            notes.push(in_place_of(&name, "host"));
        }
        if let Some((name, value)) = ports {
            self.replace_ports(&name, value.expose())?;
            notes.push(in_place_of(&name, "port"));
        }
        if let Some((name, value)) = database {
            self.database = Some(value.expose().to_owned()).filter(|database| !database.is_empty());
            notes.push(in_place_of(&name, "database"));
        }
        Ok(())
    }

    /// Replaces the hosts. They get the ports of the address in the same order.
    fn replace_hosts(&mut self, parameter: &str, text: &str, with_ports: bool) -> Result<(), JdbcUrlError> {
        let about = |error: JdbcUrlError| JdbcUrlError::about(parameter, error.message);
        let names: Vec<String> = text.split(',').map(host_name).collect::<Result<_, _>>().map_err(about)?;
        if names.len() > MOST_HOSTS {
            return Err(JdbcUrlError::about(parameter, too_many_hosts()));
        }
        if names.len() != self.hosts.len() && !with_ports {
            return Err(JdbcUrlError::about(parameter, number_of(parameter, "hosts of the address")));
        }
        let ports = self.hosts.iter().map(|host| host.port).chain(std::iter::repeat(DEFAULT_PORT));
        self.hosts = names.into_iter().zip(ports).map(|(host, port)| Host { host, port }).collect();
        Ok(())
    }

    fn replace_ports(&mut self, parameter: &str, text: &str) -> Result<(), JdbcUrlError> {
        let about = |error: JdbcUrlError| JdbcUrlError::about(parameter, error.message);
        let ports: Vec<u16> = text.split(',').map(port).collect::<Result<_, _>>().map_err(about)?;
        if ports.len() != self.hosts.len() {
            return Err(JdbcUrlError::about(parameter, number_of(parameter, "hosts")));
        }
        self.hosts.iter_mut().zip(ports).for_each(|(host, port)| host.port = port);
        Ok(())
    }
}

fn in_place_of(parameter: &str, part: &str) -> String {
    format!("“{parameter}” takes the place of the {part} in the URL's address.")
}

fn number_of(parameter: &str, things: &str) -> String {
    format!("“{parameter}” must have as many values, separated by commas, as there are {things}.")
}

fn database(text: &str) -> Result<Option<String>, JdbcUrlError> {
    let name = encoding::decode(text)
        .map_err(|malformed| JdbcUrlError::new(format!("The database name {}", malformed.explanation())))?;
    Ok(Some(name).filter(|name| !name.is_empty()))
}

/// An empty entry means localhost; empty entries at the end are ignored, as Java's `split` does.
fn parse_hosts(text: &str) -> Result<Vec<Host>, JdbcUrlError> {
    let (written, text) = (text, text.trim_end_matches(','));
    if text.is_empty() && !written.is_empty() {
        return Err(JdbcUrlError::new(
            "There are commas but no host before the database. Write the hosts' names.",
        ));
    }
    let places: Vec<&str> = text.split(',').take(MOST_HOSTS + 1).collect();
    if places.len() > MOST_HOSTS {
        return Err(JdbcUrlError::new(too_many_hosts()));
    }
    places.into_iter().map(host).collect()
}

fn too_many_hosts() -> String {
    format!("The URL names more than {MOST_HOSTS} hosts. Remove some.")
}

fn host(text: &str) -> Result<Host, JdbcUrlError> {
    if text.contains('@') {
        return Err(JdbcUrlError::new(
            "A JDBC URL has no user name before the host. Write ?user=…&password=… behind the database, or use the \
             fields for user and password.",
        ));
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(JdbcUrlError::new(format!("Enclose the IPv6 address in brackets: [{text}].")));
    }
    match text.rfind(':') {
        Some(colon) if text.rfind(']').is_none_or(|bracket| bracket < colon) => {
            Ok(Host { host: host_name(&text[..colon])?, port: port(&text[colon + 1..])? })
        }
        _ => Ok(Host { host: host_name(text)?, port: DEFAULT_PORT }),
    }
}

fn port(text: &str) -> Result<u16, JdbcUrlError> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => {
            let shown: String = text.chars().take(20).collect();
            let message =
                format!("“{shown}” is not a port. Write a number from 1 to 65535 after the host's colon.");
            Err(JdbcUrlError::new(message))
        }
    }
}

fn host_name(text: &str) -> Result<String, JdbcUrlError> {
    if text.is_empty() {
        return Ok(LOCALHOST.into());
    }
    if let Some(inner) = text.strip_prefix('[') {
        return bracketed(inner);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.bytes().all(allowed) && text.len() <= 253 {
        return Ok(text.to_owned());
    }
    let shown: String = text.chars().take(60).collect();
    let what_to_do = if text.starts_with('/') {
        "Unix sockets are not supported; use a TCP host."
    } else if text.contains(':') {
        "Enclose an IPv6 address in brackets: [::1]."
    } else if text.contains('%') {
        "Hosts are not percent-encoded; write the name itself."
    } else if !text.is_ascii() {
        "Write an international name in its ASCII form (xn--…)."
    } else {
        "Use letters, digits, “-”, “.” and “_”."
    };
    Err(JdbcUrlError::new(format!("“{shown}” is not a host name. {what_to_do}")))
}

/// An IPv6 address, with or without a zone: `fe80::1%eth0`.
fn bracketed(inner: &str) -> Result<String, JdbcUrlError> {
    let address = inner.strip_suffix(']').unwrap_or_default();
    let (number, zone) = address.split_once('%').unwrap_or((address, "0"));
    let zone_is_fine =
        !zone.is_empty() && zone.len() <= 32 && zone.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if number.parse::<Ipv6Addr>().is_ok() && zone_is_fine {
        return Ok(address.to_owned());
    }
    let shown: String = inner.chars().take(60).collect();
    Err(JdbcUrlError::new(format!("“[{shown}” is not an IPv6 address in brackets, such as [::1].")))
}
