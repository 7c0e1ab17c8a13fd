//! The tolerant match: when a changed machine is still the same one.
//!
//! Factors absent on either side are neutral: they count neither as agreeing nor as changed. Then all of this must hold:
//! 1. of the unique factors (operating system id, system disk, network card) at least two agree; one, when the license
//!    names only one;
//! 2. at least three factors agree; two, when the license names only three;
//! 3. at most two factors changed.
//!
//! So a replaced network card, a renamed host or both keep a license; a cloned virtual machine with a new operating
//! system id and a new card does not, and hiding factors of a clone never helps.

use super::{FactorName, MachineId};

/// How the machine of today compares with the licensed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub same: bool,
    /// Factors that both sides show and that differ.
    pub changed: Vec<FactorName>,
}

impl MachineId {
    /// `self` is the ID in the license, `current` the one of this machine now.
    pub fn matches(&self, current: &Self) -> Match {
        let mut tally = Tally::default();
        for name in FactorName::ALL {
            if let Some(licensed) = self.hash(name) {
                tally.licensed += 1;
                tally.licensed_unique += usize::from(name.is_unique());
                match current.hash(name) {
                    Some(now) if now == licensed => tally.agree(name),
                    Some(_) => tally.changed.push(name),
                    None => {}
                }
            }
        }
        Match { same: self.is_identifying() && tally.is_same(), changed: tally.changed }
    }
}

#[derive(Default)]
struct Tally {
    licensed: usize,
    licensed_unique: usize,
    agreed: usize,
    agreed_unique: usize,
    changed: Vec<FactorName>,
}

impl Tally {
    fn agree(&mut self, name: FactorName) {
        self.agreed += 1;
        self.agreed_unique += usize::from(name.is_unique());
    }

    fn is_same(&self) -> bool {
        let needed = if self.licensed > 3 { 3 } else { 2 };
        self.agreed_unique >= self.licensed_unique.min(2) && self.agreed >= needed && self.changed.len() <= 2
    }
}
