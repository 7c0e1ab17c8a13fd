//! What licensed programs call themselves when they ask for a seat (client protocol 2.1).

use serde::{Deserialize, Serialize};

use crate::license::Product;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Package {
    /// The editor, with a window.
    Kse,
    /// Runs tests from the command line.
    Engine,
    /// The same in a container, whose machine is gone afterwards.
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

    /// Whether its machine stays, and is registered.
    pub fn has_machine(self) -> bool {
        self != Self::FloatingEngine
    }
}

impl Product {
    /// By its word: `KSE`, `KRE`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|product| product.word() == text)
    }
}
