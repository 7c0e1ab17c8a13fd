//! `database copy`: copies the built-in database safely into one file, whether or not the server runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use testkeep_domain::config::DatabaseConfig;
use testkeep_store::sqlite;

use super::{Failure, print};
use crate::app::read_config;

#[derive(Subcommand)]
pub(super) enum DatabaseCommand {
    /// Copy the built-in database into one new file; the server may run. For backups.
    Copy(CopyArguments),
}

#[derive(clap::Args)]
pub(super) struct CopyArguments {
    /// `<destination>/conf/testkeep.toml`
    #[arg(long)]
    config: PathBuf,
    /// The new file; it must not exist yet.
    #[arg(long)]
    to: PathBuf,
}

impl DatabaseCommand {
    pub(super) fn config(&self) -> &Path {
        let Self::Copy(arguments) = self;
        &arguments.config
    }

    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let Self::Copy(arguments) = self;
        let (config, layout) = read_config(&arguments.config)?;
        if !matches!(config.database, DatabaseConfig::BuiltIn) {
            return Err(Failure::Refused(
                "This installation uses PostgreSQL. Back it up with PostgreSQL's own program pg_dump.".into(),
            ));
        }
        let bytes =
            sqlite::copy(&layout.database_file(), &arguments.to).await.map_err(|error| match error {
                sqlite::CopyError::Missing(_) | sqlite::CopyError::Exists(_) => {
                    Failure::Refused(error.to_string())
                }
                other => Failure::Failed(other.to_string()),
            })?;
        print(&format!("{} holds the whole database, {bytes} bytes.\n", arguments.to.display()))
    }
}
