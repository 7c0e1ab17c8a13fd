//! TCP ports as people type them.

use serde::{Deserialize, Serialize};

/// A port on which a server can listen: 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Port(u16);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a TCP port. Choose a number from 1 to 65535.")]
pub struct NotAPort(pub i64);

impl Port {
    pub fn get(self) -> u16 {
        self.0
    }

    /// Whether the port is below 1024: such a port needs administrator rights on Linux.
    pub fn is_privileged(self) -> bool {
        self.0 < 1024
    }
}

impl TryFrom<i64> for Port {
    type Error = NotAPort;

    fn try_from(value: i64) -> Result<Self, NotAPort> {
        match u16::try_from(value) {
            Ok(port) if port > 0 => Ok(Self(port)),
            _ => Err(NotAPort(value)),
        }
    }
}

impl From<Port> for i64 {
    fn from(port: Port) -> Self {
        Self::from(port.0)
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number: i64 = text
            .trim()
            .parse()
            .map_err(|_| format!("“{text}” is not a number. Enter a TCP port from 1 to 65535."))?;
        Self::try_from(number).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_port_and_nothing_else() {
        assert_eq!("8080".parse::<Port>().unwrap().get(), 8080);
        assert_eq!("65535".parse::<Port>().unwrap().get(), 65535);
        for refused in ["0", "65536", "-1", "", "http", "80.5", "99999999999999999999"] {
            assert!(refused.parse::<Port>().is_err(), "{refused}");
        }
        for port in 1..=u16::MAX {
            let read: Port = format!(" {port}\n").parse().unwrap();
            assert_eq!((read.get(), i64::from(read)), (port, i64::from(port)));
            assert_eq!((read.to_string(), read.is_privileged()), (port.to_string(), port < 1024));
        }
    }
}
