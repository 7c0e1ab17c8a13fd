//! What a machine shows of itself, and which of it counts for how much.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// One thing that helps to recognize a machine. The order is the order of the hashes in the Machine ID: never change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactorName {
    /// `/etc/machine-id`, `MachineGuid`.
    OperatingSystemId,
    /// UUID of the root file system, serial number of the system volume.
    SystemDisk,
    /// Address of the first physical network card.
    NetworkCard,
    /// Processor model.
    Processor,
    /// Maker and model of the machine and its board.
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

    /// Stable word; part of what is hashed.
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

    /// For people: “network card”.
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

    /// Whether no two machines should share the value. The others are models and names, which a clone has too.
    pub fn is_unique(self) -> bool {
        matches!(self, Self::OperatingSystemId | Self::SystemDisk | Self::NetworkCard)
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// As its title, which is what every list of factors shows.
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

/// Which factors a Machine ID was made from; what the Activate page lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorPresence {
    /// Its title.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: FactorName,
    pub present: bool,
}

/// The factors of one machine, as read. Blank values count as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors(BTreeMap<FactorName, String>);

impl Factors {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or removes one factor; case and surrounding white space do not matter.
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
