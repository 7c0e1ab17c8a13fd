//! All refusals and failures of `testkeep-license`.

use std::io;
use std::path::PathBuf;

use testkeep_domain::license::{KeyError, LicenseError, TermsError};
use testkeep_domain::machine::NotAMachineId;
use testkeep_domain::user_file::{UserFileError, UserFileProblem};

use crate::ClientKeyError;

#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error(transparent)]
    Read(UserFileError),
    #[error("Cannot write {}: {source}. Check the path, your rights and the free space.", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("The system's random generator failed: {0}. Try again.")]
    Random(getrandom::Error),
    #[error("No client key was made: {reason}. Try again.")]
    NewClientKey { reason: String },
    #[error(
        "No client key was made: the customer's name must have 1 to 200 characters and no control characters."
    )]
    Customer,
    #[error(
        "{} was made for “{owner}”, not for “{customer}”. A license file carries its client key, so “{customer}” could sign leases that the clients of “{owner}” trust. Make a key for this customer: testkeep-license client-key new --customer NAME --out DIR.",
        path.display()
    )]
    OtherCustomersKey { path: PathBuf, owner: String, customer: String },
    #[error(
        "{} exists already and was left as it is. What was signed with it depends on it: choose another folder, or move it away.",
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
    /// 1: failed, a second attempt may succeed. 2: refused, the input must change.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Read(UserFileError { problem: UserFileProblem::Io(_), .. })
            | Self::Write { .. }
            | Self::Random(_)
            | Self::NewClientKey { .. } => 1,
            _ => 2,
        }
    }
}
