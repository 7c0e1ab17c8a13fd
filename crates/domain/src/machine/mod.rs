//! The Machine ID: a license is bound to this text.
//!
//! Owns the factors, their short hashes, the text form with its checksum, and the tolerant match. The ID contains one
//! hash per factor, so two IDs can be compared years apart without other data. Must never collect factors itself
//! (`testkeep-setup` reads them from the machine), and must never contain a factor's value.

mod factor;
mod id;
mod matching;
#[cfg(test)]
mod tests;
mod text;

pub use factor::{FactorName, FactorPresence, Factors};
pub use id::MachineId;
pub use matching::Match;
pub use text::NotAMachineId;
