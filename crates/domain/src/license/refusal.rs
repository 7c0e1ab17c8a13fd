//! Reasons why a genuine license is not imported.

use chrono::{DateTime, TimeDelta, Utc};

use super::{License, LicenseState};
use crate::machine::{FactorName, MachineId};

/// How far the clocks of vendor and server may differ.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::hours(24);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenseRefusal {
    #[error(
        "The license is for another machine. It is bound to {licensed}; this machine is {current}. {} Send this machine's ID to your vendor and ask for a license for it.",
        differing(.changed)
    )]
    OtherMachine { licensed: Box<MachineId>, current: Box<MachineId>, changed: Vec<FactorName> },
    #[error(
        "This machine has too few identifying properties to be licensed ({current}). In a container, give it a fixed host name and mount the host's /etc/machine-id; then ask your vendor for a license for the new Machine ID."
    )]
    UnidentifiedMachine { current: Box<MachineId> },
    #[error("The license expired on {}. Ask your vendor for a new one.", day(*.on))]
    Expired { on: DateTime<Utc> },
    #[error(
        "The license begins on {}. Import it then; if that day has come, set this machine's clock right.",
        day(*.on)
    )]
    NotYetValid { on: DateTime<Utc> },
    #[error(
        "The license was issued on {}, which is in the future of this machine's clock. Set the clock right and import the license again.",
        day(*.issued_at)
    )]
    FromTheFuture { issued_at: DateTime<Utc> },
    #[error("This license is already installed. There is nothing to do.")]
    AlreadyInstalled,
    #[error(
        "The license was issued on {}, and an installed one ({}) renews it already. Import the newest file that your vendor sent.",
        moment(*.issued_at), moment(*.installed_issued_at)
    )]
    Older { issued_at: DateTime<Utc>, installed_issued_at: DateTime<Utc> },
}

impl License {
    /// Whether this license may be imported now: checks the machine, the period and the installed licenses.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn may_be_imported<'a>(
        &self,
        machine: &MachineId,
        now: DateTime<Utc>,
        installed: impl IntoIterator<Item = &'a Self>,
    ) -> Result<(), LicenseRefusal> {
        self.holds_on(machine, now)?;
        self.may_join(installed)
    }

    /// Whether the license may be added to the installed ones.
    ///
    /// # Errors
    /// `AlreadyInstalled` if it is one of them, `Older` if one of them renews it.
    pub fn may_join<'a>(&self, installed: impl IntoIterator<Item = &'a Self>) -> Result<(), LicenseRefusal> {
        let mut renewed_by = None;
        for other in installed {
            if other.terms.license_id == self.terms.license_id {
                return Err(LicenseRefusal::AlreadyInstalled);
            }
            if other.renews(self) {
                renewed_by = Some(other.terms.issued_at);
            }
        }
        match renewed_by {
            None => Ok(()),
            Some(installed_issued_at) => {
                Err(LicenseRefusal::Older { issued_at: self.terms.issued_at, installed_issued_at })
            }
        }
    }

    fn holds_on(&self, machine: &MachineId, now: DateTime<Utc>) -> Result<(), LicenseRefusal> {
        let standing = self.check(machine, now);
        let terms = &self.terms;
        match standing.state {
            LicenseState::OtherMachine if !machine.is_identifying() => {
                Err(LicenseRefusal::UnidentifiedMachine { current: Box::new(*machine) })
            }
            LicenseState::OtherMachine => Err(LicenseRefusal::OtherMachine {
                licensed: Box::new(terms.machine_id),
                current: Box::new(*machine),
                changed: standing.changed,
            }),
            LicenseState::Expired => Err(LicenseRefusal::Expired { on: terms.expires_at }),
            _ if terms.issued_at > now + CLOCK_TOLERANCE => {
                Err(LicenseRefusal::FromTheFuture { issued_at: terms.issued_at })
            }
            LicenseState::NotYetValid => Err(LicenseRefusal::NotYetValid { on: terms.not_before }),
            LicenseState::Active | LicenseState::Expiring | LicenseState::Replaced => Ok(()),
        }
    }
}

fn differing(changed: &[FactorName]) -> String {
    let titles: Vec<_> = changed.iter().map(|name| name.title()).collect();
    match titles.as_slice() {
        [] => "Too few of the licensed machine's factors can be read here.".into(),
        titles => format!("What differs: {}.", titles.join(", ")),
    }
}

fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
