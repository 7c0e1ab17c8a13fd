//! `account create-default` and `account reset-password`. Passwords are read from standard input, because arguments are
//! visible.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;

use super::{ConfigFile, Failure, open_app, print, read_password};
use crate::Error;
use crate::ops::authorized::Authorized;
use crate::ops::installation::default_account::{self, NewAccount};
use crate::ops::people::passwords;

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Create the default account, once per installation.
    CreateDefault {
        #[command(flatten)]
        config: ConfigFile,
        #[arg(long)]
        email: String,
        #[arg(long, default_value = "Default")]
        first_name: String,
        #[arg(long, default_value = "Account")]
        last_name: String,
        /// Succeed if the account exists already.
        #[arg(long)]
        if_missing: bool,
        /// Read the password from standard input, one line.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Set a new password for a person who lost it; their sessions end.
    ResetPassword {
        #[command(flatten)]
        config: ConfigFile,
        #[arg(long)]
        email: String,
        /// Read the password from standard input, one line.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

impl AccountCommand {
    pub(super) fn config(&self) -> &Path {
        match self {
            Self::CreateDefault { config, .. } | Self::ResetPassword { config, .. } => &config.config,
        }
    }

    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let password = read_password().await?;
        let may = Authorized::at_the_console();
        match self {
            Self::CreateDefault { config, email, first_name, last_name, if_missing, .. } => {
                let app = open_app(&config.config).await?;
                let new = NewAccount { email, password, first_name, last_name };
                let created = default_account::create(&app, may, new).await;
                app.db.close().await;
                match created {
                    Err(Error::Conflict(_)) if if_missing => print("The default account exists already.\n"),
                    created => {
                        print(&format!("Created {}. Sign in at {}.\n", created?.email, app.config.server_url))
                    }
                }
            }
            Self::ResetPassword { config, email, .. } => {
                let app = open_app(&config.config).await?;
                passwords::reset_password(&app, may, &email, &password).await?;
                app.db.close().await;
                print(&format!("The password of {email} was set; their sessions ended.\n"))
            }
        }
    }
}
