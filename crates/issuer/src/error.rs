//! Everything that `testkeep-license` refuses or fails at.

use std::io;
use std::path::PathBuf;

use testkeep_domain::license::{KeyError, LicenseError, TermsError};
use testkeep_domain::machine::NotAMachineId;

use crate::ClientKeyError;

#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error("Cannot read {}: {source}. Check the path and your rights.", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("Cannot write {}: {source}. Check the path, your rights and the free space.", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("The system's random generator failed: {0}. Try again.")]
    Random(getrandom::Error),
    #[error(
        "{} exists already and was left as it is. Licenses signed with it depend on it: choose another folder, or move it away.",
        .0.display()
    )]
    Exists(PathBuf),
    #[error("{}: {source}", path.display())]
    Key { path: PathBuf, source: KeyError },
    #[error("{}: {source}", path.display())]
    ClientKey { path: PathBuf, source: ClientKeyError },
    #[error("--machine-id: {0}")]
    MachineId(NotAMachineId),
    #[error("{option}: “{text}” is not a date. Write it as 2030-12-31.")]
    Date { option: &'static str, text: String },
    #[error("{option} needs {needs}. Add it, or leave out {option}.")]
    Incomplete { option: &'static str, needs: &'static str },
    #[error("No license was made: {0}.")]
    Terms(TermsError),
    #[error("No license was made: it would have ended on {0}, which is in the past. Give a later --expires.")]
    AlreadyExpired(String),
    #[error("{}: {source}", path.display())]
    License { path: PathBuf, source: LicenseError },
}

impl IssuerError {
    /// 1: failed, trying again may help. 2: refused, the input must change.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Read { .. } | Self::Write { .. } | Self::Random(_) => 1,
            _ => 2,
        }
    }
}
