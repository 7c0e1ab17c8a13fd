//! The programs of a release, without symbols, and their symbols in an archive of their own.
//!
//! A shipped program does not need its symbols, and they are a fifth of its size. With the archive a backtrace from a
//! customer becomes readable: `addr2line -f -e testkeep-server.debug ADDRESS`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::archive;
use super::stamp::Stamp;
use crate::process;
use crate::workspace::Workspace;

pub(super) const SERVER: &str = "testkeep-server";
pub(super) const CLIENT: &str = "testkeep";
pub(super) const ISSUER: &str = "testkeep-license";
pub(super) const DESKTOP: &str = "testkeep-desktop";
/// The programs with man pages and completions.
pub(super) const WITH_PAGES: [&str; 3] = [SERVER, CLIENT, ISSUER];
const ALL: [&str; 4] = [SERVER, CLIENT, ISSUER, DESKTOP];

pub(super) struct Programs {
    folder: PathBuf,
    symbols: PathBuf,
    names: Vec<&'static str>,
}

impl Programs {
    /// Copies the programs into `folder` and strips them there. A folder without the desktop program is accepted.
    pub(super) fn prepare(workspace: &Workspace, given: &Path, folder: &Path) -> Result<Self> {
        let symbols = folder.join("symbols");
        std::fs::create_dir_all(&symbols)?;
        let mut names = Vec::new();
        for name in ALL {
            let file = given.join(name);
            if file.is_file() {
                strip(workspace, &file, &folder.join(name), &symbols.join(format!("{name}.debug")))?;
                names.push(name);
            } else if name == DESKTOP {
                eprintln!("SKIPPED: {} is missing, so the desktop package is not made.", file.display());
            } else {
                bail!("{} is missing. Build it, or give another folder.", file.display());
            }
        }
        Ok(Self { folder: folder.to_owned(), symbols, names })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn pack_symbols(&self, stamp: &Stamp, folder: &Path) -> Result<()> {
        let name = format!("testkeep-{}-symbols", stamp.version);
        archive::pack(&self.symbols, &name, stamp, &folder.join(format!("{name}.tar.gz")))
    }
}

/// Copies programs as they are, for systems without packages.
pub(super) fn copy(given: &Path, folder: &Path) -> Result<()> {
    for name in ALL {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let source = given.join(&file);
        std::fs::copy(&source, folder.join(&file))
            .with_context(|| format!("cannot copy {}", source.display()))?;
    }
    Ok(())
}

fn strip(workspace: &Workspace, source: &Path, target: &Path, symbols: &Path) -> Result<()> {
    process::run(workspace.command("objcopy").arg("--only-keep-debug").arg(source).arg(symbols))?;
    process::run(workspace.command("strip").arg("--strip-all").arg("-o").arg(target).arg(source))
}
