//! The tolerant match: decides whether a changed machine is still the licensed one.
//!
//! A factor that is absent on either side counts neither as equal nor as changed. All of these must hold:
//! 1. At least two of the unique factors (operating system id, system disk, network card) are equal, or one if the
//!    license contains only one.
//! 2. At least three factors are equal, or two if the license contains only three.
//! 3. At most two factors have changed.
//!
//! So a license stays valid after a new network card, a new host name, or both. It is not valid on a cloned virtual
//! machine with a new operating system id and a new card, and hiding factors of a clone does not change that.

use super::{FactorName, MachineId};

/// The result of comparing the current machine with the licensed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub same: bool,
    /// Factors that both machines have with different values.
    pub changed: Vec<FactorName>,
}

impl MachineId {
    /// Compares: `self` is the ID in the license, `current` the ID of this machine now.
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
