//! `cargo xtask dist`: release programs for one vendor, and the packages that people install.
//!
//! Owns the order: build, check, package, sum. Must never build anything that trusts the demo key: `release` refuses
//! the feature and the key, and checks the finished programs. Packages of given programs (`--programs`) are for trials
//! and lie in a folder of their own.

mod archive;
mod checksums;
mod components;
mod contents;
mod copyright;
mod deb;
mod floor;
mod notices;
mod pages;
mod programs;
mod release;
mod rpm;
mod sbom;
mod scripts;
mod stage;
mod stamp;
mod vendor_key;
mod windows;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

use contents::{Format, Sources};
use programs::Programs;
use stamp::Stamp;
pub(crate) use windows::trial as windows_trial;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// File with the vendor's public key (else the variable TESTKEEP_VENDOR_PUBLIC_KEY)
    #[arg(long, value_name = "FILE")]
    vendor_key: Option<PathBuf>,
    /// Cargo features of the server; `demo` is refused
    #[arg(long, value_name = "NAME")]
    features: Vec<String>,
    /// Package the programs of this folder instead of building: for trials, never for a release
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["vendor_key", "features"])]
    programs: Option<PathBuf>,
    /// Version of the packages of a trial; default: the version of this checkout
    #[arg(long, value_name = "VERSION", requires = "programs")]
    version: Option<String>,
    /// Folder of a trial's packages; default: `dist/trial` in the build folder
    #[arg(long, value_name = "FOLDER", requires = "programs")]
    out: Option<PathBuf>,
    /// Also make the setup program for Windows, of the .exe files in this folder
    #[arg(long, value_name = "FOLDER")]
    windows_programs: Option<PathBuf>,
    /// The offline installer of WebView2, which the setup program then carries
    #[arg(long, value_name = "FILE", requires = "windows_programs")]
    webview2: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let dist = workspace.target().join("dist");
    let (programs, folder) = match &options.programs {
        Some(given) => {
            (std::path::absolute(given)?, options.out.clone().unwrap_or_else(|| dist.join("trial")))
        }
        None => (release::build(workspace, options.vendor_key.as_deref(), &options.features)?, dist),
    };
    let folder = std::path::absolute(folder)?;
    let stamp = Stamp::of(workspace, options.version.as_deref(), options.programs.is_some())?;
    empty(&folder)?;
    if cfg!(target_os = "linux") {
        ensure::system(workspace, &[Need::Packages])?;
        make_packages(workspace, &programs, &stamp, &folder)?;
        if let Some(programs) = &options.windows_programs {
            let programs = std::path::absolute(programs)?;
            windows::make(workspace, &programs, options.webview2.as_deref(), &stamp, &folder)?;
        }
    } else {
        programs::copy(&programs, &folder)?;
        eprintln!("SKIPPED: packages are made on Linux only; the programs are complete.");
    }
    checksums::write(&folder)?;
    println!("{}", folder.display());
    Ok(())
}

/// Removes the files of an earlier run, so that the sums never name an old package.
fn empty(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.path().is_file() {
            std::fs::remove_file(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn make_packages(workspace: &Workspace, given: &Path, stamp: &Stamp, folder: &Path) -> Result<()> {
    let work = tempfile::Builder::new().prefix("testkeep-dist-").tempdir()?;
    process::headline("Preparing the programs");
    let programs = Programs::prepare(workspace, given, &work.path().join("programs"))?;
    floor::check(workspace, &programs)?;
    programs.pack_symbols(stamp, folder)?;
    pages::write(workspace, &programs, &work.path().join("pages"))?;
    process::headline("Collecting licenses");
    let components = components::collect(workspace)?;
    notices::write(&components, &folder.join(notices::FILE))?;
    sbom::write(&components, stamp, &folder.join(format!("testkeep-{}.cdx.json", stamp.version)))?;
    let pages = work.path().join("pages");
    let sources = Sources { workspace, programs: &programs, pages: &pages, dist: folder };
    make_formats(&sources, stamp, work.path(), folder)?;
    archive::make(&sources, stamp, folder)
}

fn make_formats(sources: &Sources<'_>, stamp: &Stamp, work: &Path, folder: &Path) -> Result<()> {
    let workspace = sources.workspace;
    for package in contents::packages(sources, Format::Deb, stamp) {
        process::headline(&format!("Making {} for Debian and Ubuntu", package.name));
        deb::make(workspace, &package, stamp, &work.join("deb").join(package.name), folder)?;
    }
    for package in contents::packages(sources, Format::Rpm, stamp) {
        process::headline(&format!("Making {} for Fedora, RHEL and SUSE", package.name));
        rpm::make(workspace, &package, stamp, &work.join("rpm").join(package.name), folder)?;
    }
    Ok(())
}
