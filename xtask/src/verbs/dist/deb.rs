//! A deb package, written by `dpkg-deb`; `dpkg-shlibdeps` finds the packages whose libraries the programs link.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::contents::{MAINTAINER, Package, WEBSITE};
use super::stage::{self, Content, File, PROGRAM};
use super::stamp::{self, Stamp};
use super::{copyright, scripts};
use crate::process;
use crate::workspace::Workspace;

pub(super) fn make(
    workspace: &Workspace,
    package: &Package,
    stamp: &Stamp,
    work: &Path,
    folder: &Path,
) -> Result<()> {
    let root = work.join("root");
    stage::lay(&package.files, &root, stamp)?;
    stage::lay(&documents(workspace, package, stamp)?, &root, stamp)?;
    let depends = depends(workspace, package, &root, work)?;
    stage::lay(&[member("control", control(package, stamp, &depends, &root)?)], &root, stamp)?;
    if package.has_server {
        let scripts = scripts::DEB
            .map(|(name, choice)| File { mode: PROGRAM, ..member(name, scripts::script(choice)) });
        stage::lay(&scripts, &root, stamp)?;
    }
    stage::set_mode(&root, PROGRAM)?;
    let name = format!("{}_{}_{}.deb", package.name, stamp.package_version(), architecture()?);
    let mut build = workspace.command("dpkg-deb");
    build.env(stamp::VARIABLE, stamp.seconds().to_string());
    // One thread: the number of threads changes how xz divides the data.
    build.args(["--root-owner-group", "-Zxz", "--threads-max=1"]);
    build.args([if stamp.is_trial { "-z0" } else { "-z9" }, "--build"]);
    process::run(build.arg(&root).arg(folder.join(name)))
}

fn member(name: &str, text: String) -> File {
    File::data(format!("/DEBIAN/{name}"), Content::Text(text))
}

fn documents(workspace: &Workspace, package: &Package, stamp: &Stamp) -> Result<Vec<File>> {
    let folder = format!("/usr/share/doc/{}", package.name);
    let changes = format!(
        "{} ({}) stable; urgency=medium\n\n  * Release {}.\n\n -- {MAINTAINER}  {}\n",
        package.name,
        stamp.package_version(),
        stamp.version,
        stamp.time.to_rfc2822()
    );
    let mut documents = vec![
        File::data(format!("{folder}/copyright"), Content::Text(copyright::text(workspace)?)),
        File::data(format!("{folder}/changelog.gz"), Content::CompressedText(changes)),
    ];
    if !package.overrides.is_empty() {
        let target = format!("/usr/share/lintian/overrides/{}", package.name);
        documents.push(File::data(target, Content::Text(package.overrides.to_owned())));
    }
    Ok(documents)
}

fn control(package: &Package, stamp: &Stamp, depends: &str, root: &Path) -> Result<String> {
    let description: String = package
        .description
        .iter()
        .map(|line| if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") })
        .collect();
    Ok(format!(
        "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: {MAINTAINER}\nInstalled-Size: {}\nDepends: {depends}\n\
         Section: devel\nPriority: optional\nHomepage: {WEBSITE}\nDescription: {}\n{description}",
        package.name,
        stamp.package_version(),
        architecture()?,
        kibibytes(root)?,
        package.summary
    ))
}

/// The packages of linked libraries, in the versions that the used symbols need, and those of the description.
fn depends(workspace: &Workspace, package: &Package, root: &Path, work: &Path) -> Result<String> {
    // The tool reads the package's name from a source package.
    fs::create_dir_all(work.join("debian"))?;
    let control = format!("Source: testkeep\n\nPackage: {}\nArchitecture: any\n", package.name);
    fs::write(work.join("debian/control"), control)?;
    let mut tool = workspace.command("dpkg-shlibdeps");
    tool.current_dir(work).arg("-O");
    let programs = package.files.iter().filter(|file| file.mode == PROGRAM);
    let found = process::output(tool.args(programs.map(|file| file.below(root))))?;
    let found = found.trim().strip_prefix("shlibs:Depends=").context("dpkg-shlibdeps names no libraries")?;
    Ok(std::iter::once(found.to_owned())
        .chain(package.depends.iter().cloned())
        .collect::<Vec<_>>()
        .join(", "))
}

fn kibibytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() { 1 + kibibytes(&entry.path())? } else { metadata.len().div_ceil(1024) };
    }
    Ok(sum)
}

fn architecture() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => {
            bail!("Debian's name of the architecture {other} is not known here. Add it to `architecture`.")
        }
    }
}
