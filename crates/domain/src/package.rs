//! The package names that licensed programs send when they ask for a seat. Source: client protocol, 2.1.

use serde::{Deserialize, Serialize};

use crate::license::Product;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Package {
    /// The editor with a window.
    Kse,
    /// The engine that runs tests from the command line.
    Engine,
    /// The engine in a container, whose machine exists only for one run.
    FloatingEngine,
}

impl Package {
    pub const ALL: [Self; 3] = [Self::Kse, Self::Engine, Self::FloatingEngine];

    pub fn word(self) -> &'static str {
        match self {
            Self::Kse => "KSE",
            Self::Engine => "ENGINE",
            Self::FloatingEngine => "FLOATING_ENGINE",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|package| package.word() == text)
    }

    pub fn product(self) -> Product {
        match self {
            Self::Kse => Product::Kse,
            Self::Engine | Self::FloatingEngine => Product::Kre,
        }
    }

    /// Whether its machine is permanent and therefore registered.
    pub fn has_machine(self) -> bool {
        self != Self::FloatingEngine
    }
}

impl Product {
    /// Reads a product's word: `KSE` or `KRE`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|product| product.word() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_on_the_wire() {
        for package in Package::ALL {
            assert_eq!(Package::parse(package.word()), Some(package));
            assert_eq!(serde_json::json!(package), package.word());
        }
        assert_eq!((Package::parse("kse"), Package::parse("KRE")), (None, None));
    }

    #[test]
    fn the_editor_takes_a_users_seat_and_engines_a_sessions() {
        let kse: Vec<_> =
            Package::ALL.into_iter().filter(|package| package.product() == Product::Kse).collect();
        assert_eq!(kse, [Package::Kse]);
        let without_machine: Vec<_> =
            Package::ALL.into_iter().filter(|package| !package.has_machine()).collect();
        assert_eq!(without_machine, [Package::FloatingEngine]);
    }
}
