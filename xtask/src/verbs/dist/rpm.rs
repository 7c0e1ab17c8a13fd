//! An rpm package, written by `rpmbuild`, which finds the libraries that the programs link.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::contents::{Package, VENDOR, WEBSITE};
use super::scripts;
use super::stage::{self, Content, File};
use super::stamp::{self, Stamp};
use crate::process;
use crate::workspace::Workspace;

/// Settings without which two runs give different bytes, or bytes that depend on the machine.
const SETTINGS: [&str; 7] = [
    "_buildhost testkeep",
    "use_source_date_epoch_as_buildtime 1",
    "clamp_mtime_to_source_date_epoch 1",
    "source_date_epoch_from_changelog 0",
    "_build_id_links none",
    // The programs are stripped already, and the man pages are compressed.
    "__os_install_post %{nil}",
    "debug_package %{nil}",
];

pub(super) fn make(
    workspace: &Workspace,
    package: &Package,
    stamp: &Stamp,
    work: &Path,
    folder: &Path,
) -> Result<()> {
    let root = work.join("root");
    let license = File::data(
        format!("/usr/share/licenses/{}/LICENSE", package.name),
        Content::Copy(workspace.root().join("LICENSE")),
    );
    stage::lay(&package.files, &root, stamp)?;
    stage::lay(std::slice::from_ref(&license), &root, stamp)?;
    let spec = work.join(format!("{}.spec", package.name));
    fs::write(&spec, describe(package, &license, stamp, &root)?)?;
    let mut build = workspace.command("rpmbuild");
    build.env(stamp::VARIABLE, stamp.seconds().to_string()).env("HOME", work).args(["-bb", "--quiet"]);
    for setting in SETTINGS {
        build.args(["--define", setting]);
    }
    // RHEL 9 and newer, Fedora and SUSE read zstd.
    let level = if stamp.is_trial { 1 } else { 19 };
    build.arg("--define").arg(format!("_binary_payload w{level}.zstdio"));
    build.arg("--define").arg(format!("_topdir {}", work.display()));
    process::run(build.arg(&spec))?;
    let made = work.join("RPMS").join(std::env::consts::ARCH);
    let name = format!("{}-{}-1.{}.rpm", package.name, stamp.package_version(), std::env::consts::ARCH);
    fs::copy(made.join(&name), folder.join(&name)).with_context(|| format!("rpmbuild made no {name}"))?;
    Ok(())
}

/// The specification: the files are copied from `root` as they are.
fn describe(package: &Package, license: &File, stamp: &Stamp, root: &Path) -> Result<String> {
    let mut spec = format!(
        "Name: {}\nVersion: {}\nRelease: 1\nSummary: {}\nLicense: MIT\nVendor: {VENDOR}\nURL: {WEBSITE}\nAutoProv: no\n",
        package.name,
        stamp.package_version(),
        package.summary
    );
    for requirement in &package.depends {
        writeln!(spec, "Requires: {requirement}")?;
    }
    writeln!(spec, "\n%description\n{}\n", package.description.join("\n"))?;
    writeln!(spec, "%install\ncp -a '{}/.' %{{buildroot}}\n\n%files", root.display())?;
    for folder in own_folders(package, license) {
        writeln!(spec, "%dir \"{}\"", folder.display())?;
    }
    writeln!(spec, "%license \"{}\"", license.target)?;
    for file in &package.files {
        writeln!(spec, "%attr({:o}, root, root) \"{}\"", file.mode, file.target)?;
    }
    if package.has_server {
        for (name, choice) in scripts::RPM {
            // `%` begins a macro in a specification.
            writeln!(spec, "\n%{name}\n{}", scripts::script(choice).replace('%', "%%"))?;
        }
    }
    Ok(spec)
}

/// Folders that no other package has; rpm removes only folders that a package names.
fn own_folders<'a>(package: &'a Package, license: &'a File) -> BTreeSet<&'a Path> {
    let files = package.files.iter().chain([license]);
    let folders = files.flat_map(|file| Path::new(&file.target).ancestors().skip(1));
    folders.filter(|folder| folder.file_name().is_some_and(|name| name == package.name)).collect()
}
