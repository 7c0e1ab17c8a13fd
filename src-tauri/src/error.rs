//! Why a command failed, as the pages receive it: `{code, message}`.
//!
//! Owns the codes. A separate code exists only if a page acts on it; every other failure is `failed`. Must never carry
//! a secret: messages are shown and copied.

use std::path::PathBuf;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use testkeep_local::control::ControlError;
use testkeep_local::installation::InstallationError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("No server is installed on this machine. Install one, or choose the folder of an existing one.")]
    NotInstalled,
    #[error("{0}")]
    Installation(#[from] InstallationError),
    #[error("{0}")]
    Control(#[from] ControlError),
    /// The page sent a value that cannot be used.
    #[error("{0}")]
    Invalid(String),
    #[error("An installation or removal is running already. Wait until it ends, or cancel it.")]
    Busy,
    #[error(
        "The server program {} cannot be started: {reason}. Reinstall Testkeep, or check the file's rights.",
        program.display()
    )]
    Program { program: PathBuf, reason: String },
    #[error("{} cannot be {action}: {source}.", path.display())]
    File { path: PathBuf, action: &'static str, source: std::io::Error },
    /// A program ran and reported why it failed.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotInstalled => "not_installed",
            Self::Control(ControlError::NotRunning(_)) => "not_running",
            Self::Invalid(_) => "invalid",
            Self::Busy => "busy",
            Self::Installation(
                InstallationError::Missing(_)
                | InstallationError::Foreign(_)
                | InstallationError::Incomplete(_),
            ) => "no_installation",
            Self::Installation(_)
            | Self::Control(_)
            | Self::Program { .. }
            | Self::File { .. }
            | Self::Failed(_) => "failed",
        }
    }
}

impl From<tauri::Error> for CommandError {
    fn from(error: tauri::Error) -> Self {
        Self::Failed(format!("The window system refused: {error}. Close the window, open it and try again."))
    }
}

impl Serialize for CommandError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("CommandError", 2)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("message", &self.to_string())?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_receive_code_and_message() {
        let value = serde_json::to_value(CommandError::Busy).unwrap();
        assert_eq!(value["code"], "busy");
        assert!(value["message"].as_str().unwrap().contains("cancel"));
    }
}
