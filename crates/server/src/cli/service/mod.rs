//! `service …`: the server as a service of this machine or of one person.
//!
//! Each verb finds the installation, asks `testkeep_local::service` and prints the state afterwards.

#[cfg(windows)]
mod by_windows;
mod place;
mod report;

use std::process::ExitCode;

use clap::Subcommand;
use testkeep_domain::Layout;
use testkeep_local::service::{self, ServiceError, ServiceLevel};

use super::{Failure, print, root, say};
#[cfg(windows)]
pub(super) use by_windows::by_windows;
use place::Place;

#[derive(Subcommand)]
pub(super) enum ServiceCommand {
    /// Register the server as a service, start it now and at every boot.
    Install {
        #[command(flatten)]
        place: Place,
        /// Your own service, without administrator's rights; it needs no account of its own.
        #[arg(long)]
        user: bool,
        /// Windows only: let other machines reach the server through this machine's firewall.
        #[arg(long)]
        open_firewall: bool,
    },
    /// Stop the service and remove it; the installation stays.
    Uninstall(Place),
    /// Start the service and wait until the server answers.
    Start(Place),
    /// Stop the service; running requests are finished first.
    Stop(Place),
    /// Stop the service and start it again.
    Restart(Place),
    /// Start the server at boot.
    Enable(Place),
    /// Start the server no more at boot.
    Disable(Place),
    /// Print what is known about the service.
    Status(Place),
    /// Print the unit file of an installation, for packages.
    #[command(hide = true)]
    Unit {
        #[command(flatten)]
        place: Place,
        #[arg(long, default_value = "testkeep")]
        account: String,
    },
}

impl ServiceCommand {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Install { place, user, open_firewall } => install(&place, user, open_firewall).await,
            Self::Uninstall(place) => uninstall(&place).await,
            Self::Start(place) => {
                service::start(&place.layout()?).await?;
                report::status(&place).await
            }
            Self::Stop(place) => {
                service::stop(&place.layout()?).await?;
                report::status(&place).await
            }
            Self::Restart(place) => {
                service::restart(&place.layout()?).await?;
                report::status(&place).await
            }
            Self::Enable(place) => {
                service::enable(&place.layout()?).await?;
                report::status(&place).await
            }
            Self::Disable(place) => {
                service::disable(&place.layout()?).await?;
                report::status(&place).await
            }
            Self::Status(place) => report::status(&place).await,
            Self::Unit { place, account } => print(&service::registration_text(&place.unread(), &account)?),
        }
    }
}

async fn install(place: &Place, user: bool, open_firewall: bool) -> Result<ExitCode, Failure> {
    let layout = place.layout()?;
    let level = if user { ServiceLevel::User } else { ServiceLevel::System };
    // Asked before the folder is judged: an account without rights learns what to do.
    if let Some(obstacle) = service::obstacle(&layout, level) {
        return Err(obstacle.into());
    }
    root::trust(&layout)?;
    let installed = service::install(&layout, level).await?;
    for note in installed.notes {
        say(&note);
    }
    if open_firewall {
        service::open_firewall(&layout).await?;
    }
    service::start(&layout).await?;
    report::status(place).await
}

async fn uninstall(place: &Place) -> Result<ExitCode, Failure> {
    let layout = place.layout()?;
    let removed = service::uninstall(&layout).await?;
    if place.json {
        return report::status(place).await;
    }
    print(&removed_in_words(&layout, &removed.name))
}

fn removed_in_words(layout: &Layout, name: &str) -> String {
    format!(
        "The service {name} is removed. The installation in {} stays. Start it with testkeep-server start, or register \
         it again with testkeep-server service install.\n",
        layout.destination().display()
    )
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        if error.is_refusal() { Self::Refused(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}
