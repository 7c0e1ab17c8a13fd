//! The factors by which a machine is recognized.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// One property that helps to recognize a machine. Never change the order: the hashes in a Machine ID have the same
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactorName {
    /// `/etc/machine-id` on Linux, `MachineGuid` on Windows.
    OperatingSystemId,
    /// UUID of the root file system on Linux, serial number of the system volume on Windows.
    SystemDisk,
    /// Address of the first physical network card.
    NetworkCard,
    /// Processor model.
    Processor,
    /// Manufacturer and model of the machine and its board.
    Mainboard,
    HostName,
}

impl FactorName {
    pub const ALL: [Self; 6] = [
        Self::OperatingSystemId,
        Self::SystemDisk,
        Self::NetworkCard,
        Self::Processor,
        Self::Mainboard,
        Self::HostName,
    ];

    /// A stable word. It is part of the hashed text.
    pub fn word(self) -> &'static str {
        match self {
            Self::OperatingSystemId => "operating_system_id",
            Self::SystemDisk => "system_disk",
            Self::NetworkCard => "network_card",
            Self::Processor => "processor",
            Self::Mainboard => "mainboard",
            Self::HostName => "host_name",
        }
    }

    /// The name for people, for example “network card”.
    pub fn title(self) -> &'static str {
        match self {
            Self::OperatingSystemId => "operating system id",
            Self::SystemDisk => "system disk",
            Self::NetworkCard => "network card",
            Self::Processor => "processor",
            Self::Mainboard => "mainboard",
            Self::HostName => "host name",
        }
    }

    /// Whether the value should be different on every machine. The other factors are models and names, which a clone
    /// shares.
    pub fn is_unique(self) -> bool {
        matches!(self, Self::OperatingSystemId | Self::SystemDisk | Self::NetworkCard)
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// Serializes as the title, because lists of factors show titles.
impl Serialize for FactorName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.title())
    }
}

impl std::fmt::Display for FactorName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}

/// Whether a Machine ID contains a factor. The Activate page lists these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorPresence {
    /// The title of the factor.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: FactorName,
    pub present: bool,
}

/// The factors of one machine, as read. Blank values are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors(BTreeMap<FactorName, String>);

impl Factors {
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or removes one factor. Case and surrounding white space are ignored.
    #[must_use]
    pub fn with(mut self, name: FactorName, value: Option<&str>) -> Self {
        match value.map(|value| value.trim().to_lowercase()).filter(|value| !value.is_empty()) {
            Some(value) => self.0.insert(name, value),
            None => self.0.remove(&name),
        };
        self
    }

    pub fn get(&self, name: FactorName) -> Option<&str> {
        self.0.get(&name).map(String::as_str)
    }
}
