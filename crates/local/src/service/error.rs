//! Why something about the service did not work, with what to do.

use super::{Registered, ServiceLevel};
use crate::process::ProcessError;

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The text says what to type instead.
    #[error(
        "This needs the rights of an administrator, because it changes a service of the whole machine. Run it as root: \
         sudo {0}. Without such rights: testkeep-server service install --user"
    )]
    NeedsRoot(String),
    /// The text says what to type in such a window.
    #[error(
        "This needs the rights of an administrator, because it changes a service of the whole machine. Open a command \
         prompt with \"Run as administrator\" and type: {0}"
    )]
    NeedsAdministrator(String),
    #[error(
        "A user service belongs to the person who installs it, and root must not run the server. Run this without sudo, \
         or install a system service: leave out --user."
    )]
    NotAsRoot,
    #[error(
        "This machine is not run by a service manager that Testkeep knows (systemd). Run the server in the background: \
         testkeep-server start. It is started again after a crash, but not at boot."
    )]
    NoManager,
    #[error("The installation in {0} is no service. Make it one: testkeep-server service install")]
    NotInstalled(String),
    #[error(
        "The installation is registered already, as the {} service {}. Remove that first: testkeep-server service \
         uninstall", level_word(.0.level), .0.name
    )]
    OtherLevel(Registered),
    /// The place of the installation does not suit a service.
    #[error("{0}")]
    Unfit(String),
    #[error("{command} failed: {said}")]
    Command { command: String, said: String },
    #[error("The service {name} did not start. {reason}{log}")]
    NotStarted { name: String, reason: String, log: String },
    #[error("{path}: {reason}. The service was not changed further; correct that and run the command again.")]
    File { path: String, reason: String },
    #[error("Testkeep cannot register services on this system. Start the server with testkeep-server start.")]
    NotYet,
    #[error(transparent)]
    Process(#[from] ProcessError),
}

impl ServiceError {
    /// Whether nothing was changed, because the request does not suit this machine or account.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NeedsRoot(_)
                | Self::NeedsAdministrator(_)
                | Self::NotAsRoot
                | Self::NoManager
                | Self::NotInstalled(_)
                | Self::OtherLevel(_)
                | Self::Unfit(_)
                | Self::NotYet
        )
    }
}

pub(super) fn level_word(level: ServiceLevel) -> &'static str {
    match level {
        ServiceLevel::System => "system",
        ServiceLevel::User => "user",
    }
}
