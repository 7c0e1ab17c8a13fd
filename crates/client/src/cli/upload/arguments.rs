//! The arguments of `testkeep upload`.

use std::path::PathBuf;

use clap::Args;
use testkeep_client::upload::{About, Found, UploadKey, find};

use crate::cli::failure::Failure;
use crate::cli::setup::ServerArguments;
use crate::cli::state;

#[derive(Args)]
pub(crate) struct UploadArguments {
    /// Report files, folders, or patterns such as "**/TEST-*.xml". Several files become one archive
    #[arg(required_unless_present = "spooled", conflicts_with = "spooled")]
    pub(super) files: Vec<String>,
    /// The project's number or name
    #[arg(
        long,
        value_name = "ID|KEY",
        env = "TESTKEEP_PROJECT",
        required_unless_present = "spooled",
        value_parser = clap::builder::NonEmptyStringValueParser::new()
    )]
    pub(super) project: Option<String>,
    #[command(flatten)]
    pub(super) server: ServerArguments,
    #[command(flatten)]
    labels: Labels,
    /// Token of 8 to 128 characters that counts an upload once. Made of the CI's run and the content when absent
    #[arg(long, value_name = "TOKEN", value_parser = UploadKey::parse)]
    pub(super) idempotency_key: Option<UploadKey>,
    /// Repeat failed requests for this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(super) retry_for: u64,
    /// End with an exit code other than 0 when the reports were not uploaded
    #[arg(long)]
    pub(super) strict: bool,
    /// Send only what earlier commands kept while the server was away
    #[arg(long)]
    spooled: bool,
    /// Folder for uploads that are kept while the server is away, instead of this account's
    #[arg(long, value_name = "FOLDER")]
    spool: Option<PathBuf>,
    /// Print one JSON object per upload
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args)]
struct Labels {
    /// Name of the test run; runs of one name are compared
    #[arg(long)]
    name: Option<String>,
    /// Label of the build, for example its number
    #[arg(long)]
    build: Option<String>,
    /// Address of the build's page
    #[arg(long, value_name = "URL")]
    build_url: Option<String>,
    /// Branch that was tested
    #[arg(long)]
    branch: Option<String>,
    /// Commit that was tested
    #[arg(long)]
    commit: Option<String>,
    /// Environment that was tested, for example staging
    #[arg(long)]
    environment: Option<String>,
}

impl UploadArguments {
    /// `None`: only kept uploads are to be sent.
    pub(super) fn found(&self) -> Result<Option<Found>, Failure> {
        if self.spooled {
            return Ok(None);
        }
        let base = std::env::current_dir();
        let base =
            base.map_err(|error| Failure::here(format!("The current folder is not known: {error}.")))?;
        find(&self.files, &base).map(Some).map_err(|error| Failure::usage(error.to_string()))
    }

    /// `None`: the system names no folder of this account.
    pub(super) fn spool(&self) -> Option<PathBuf> {
        self.spool.clone().or_else(|| state::folder().map(|folder| folder.join("uploads")))
    }

    /// The labels of the options; an empty one counts as absent.
    pub(super) fn about(&self) -> About {
        let text = |label: &Option<String>| label.clone().filter(|label| !label.is_empty());
        About {
            name: text(&self.labels.name),
            build: text(&self.labels.build),
            build_url: text(&self.labels.build_url),
            branch: text(&self.labels.branch),
            commit: text(&self.labels.commit),
            environment: text(&self.labels.environment),
        }
    }
}
