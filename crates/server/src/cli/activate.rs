//! `activate`: imports a license file from the console, in addition to earlier ones or as a renewal of one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use testkeep_domain::Day;
use testkeep_domain::license::{LicenseRefusal, MAX_BYTES, Product};
use testkeep_domain::user_file;

use super::{ConfigFile, Failure, open_app, print};
use crate::entitlements::Pools;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::installation::activation;

#[derive(clap::Args)]
pub(super) struct ActivateArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The license file from your vendor.
    #[arg(long)]
    license: PathBuf,
}

impl ActivateArguments {
    pub(super) fn config(&self) -> &Path {
        &self.config.config
    }
}

pub(super) async fn activate(arguments: ActivateArguments) -> Result<ExitCode, Failure> {
    let file = user_file::read(&arguments.license, MAX_BYTES)
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let app = open_app(&arguments.config.config).await?;
    let change = Change::of(&app, Authorized::at_the_console()).await?;
    let activated = activation::activate(&app, change, &file).await;
    let pools = app.licensing.known_pools(app.clock.now());
    app.db.close().await;
    let already = LicenseRefusal::AlreadyInstalled.to_string();
    let license = match activated {
        // Success, so that an installer can be run again.
        Err(error) if error.to_string() == already => return print(&format!("{already}\n")),
        activated => activated?,
    };
    let (customer, until) = (license.customer, Day::last_before(license.expires_at));
    print(&format!("Licensed to {customer} until {until}.\n{}", altogether(&pools)))
}

/// The quotas of all files in force together, including the imported one.
fn altogether(pools: &Pools) -> String {
    let seats = |product| pools.get(product).map(|pool| format!("{product} {}", pool.quota));
    let seats: Vec<_> = Product::ALL.into_iter().filter_map(seats).collect();
    format!("Seats altogether: {}.\n", seats.join(", "))
}
