//! Which installation a verb is about: the one of `--config`, or the one that this program belongs to.

use std::path::{Path, PathBuf};

use testkeep_domain::Layout;

use super::Failure;

#[derive(clap::Args)]
pub(crate) struct Place {
    /// `<destination>/conf/testkeep.toml`; without it, the installation of this program.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print the state as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

impl Place {
    /// The folders of the installation. Its files are not read: the account that asks may not be allowed to.
    pub(super) fn layout(&self) -> Result<Layout, Failure> {
        let layout = self.unread();
        let destination = real(layout.destination()).map_err(|error| {
            Failure::Refused(format!(
                "There is no installation in {}: {error}. Name its configuration: --config FILE",
                layout.destination().display()
            ))
        })?;
        if destination.join("conf").is_dir() {
            return Ok(Layout::new(destination));
        }
        Err(Failure::Refused(format!(
            "{} is no installation: it has no folder conf. Name its configuration: --config FILE",
            destination.display()
        )))
    }

    /// As [`layout`](Self::layout), for an installation that need not exist on this machine.
    pub(super) fn unread(&self) -> Layout {
        let file = self.config.clone().or_else(own_config).unwrap_or_else(|| "conf/testkeep.toml".into());
        let file = std::path::absolute(&file).unwrap_or(file);
        Layout::from_config_file(&file).unwrap_or_else(|| Layout::new("."))
    }
}

/// On Windows the canonical form begins with `\\?\`, which people and other programs do not read, so the path is kept.
fn real(folder: &Path) -> std::io::Result<PathBuf> {
    if cfg!(windows) { folder.metadata().map(|_| folder.to_owned()) } else { folder.canonicalize() }
}

/// The configuration beside this program: `<destination>/bin/testkeep-server`.
fn own_config() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    Some(Layout::new(program.parent().and_then(Path::parent)?).config_file())
}
