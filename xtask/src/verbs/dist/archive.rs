//! Archives for systems without deb and rpm, and of symbols: sorted, with one owner and one time.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use tar::{Builder, EntryType, Header};

use super::contents::Sources;
use super::programs::{CLIENT, DESKTOP, SERVER};
use super::stage::{self, Content, File};
use super::stamp::Stamp;
use super::{notices, programs};

/// Programs with pages and a README that says how to install; there is no script, because the server installs itself.
pub(super) fn make(sources: &Sources<'_>, stamp: &Stamp, folder: &Path) -> Result<()> {
    let name = format!("testkeep-{}-linux-{}", stamp.version, std::env::consts::ARCH);
    let work = tempfile::tempdir()?;
    stage::lay(&files(sources), work.path(), stamp)?;
    pack(work.path(), &name, stamp, &folder.join(format!("{name}.tar.gz")))
}

fn files(sources: &Sources<'_>) -> Vec<File> {
    let copy = |target: &str, source: PathBuf| File::data(target, Content::Copy(source));
    let mut files = vec![
        copy("README.md", sources.installer("README-archive.md")),
        copy("LICENSE", sources.workspace.root().join("LICENSE")),
        copy(notices::FILE, sources.dist.join(notices::FILE)),
    ];
    for name in [SERVER, CLIENT, DESKTOP] {
        if sources.programs.has(name) {
            files.push(File::program(format!("bin/{name}"), sources.programs.path(name)));
        }
        if programs::WITH_PAGES.contains(&name) {
            files.extend(sources.pages_of(name).into_iter().map(|page| copy(&page.shown(), page.file)));
        }
    }
    files
}

/// Packs everything in `source` below `name/`.
pub(super) fn pack(source: &Path, name: &str, stamp: &Stamp, target: &Path) -> Result<()> {
    let mut archive = Builder::new(Vec::new());
    add(&mut archive, source, Path::new(name), stamp)?;
    let level = if stamp.is_trial { Compression::fast() } else { Compression::best() };
    let bytes = stage::compressed(&archive.into_inner()?, level)?;
    let mut file = fs::File::create(target).with_context(|| format!("cannot write {}", target.display()))?;
    Ok(file.write_all(&bytes)?)
}

fn add(archive: &mut Builder<Vec<u8>>, source: &Path, name: &Path, stamp: &Stamp) -> Result<()> {
    let metadata = fs::metadata(source)?;
    let mut header = Header::new_gnu();
    header.set_mtime(stamp.seconds());
    header.set_mode(stage::mode_of(&metadata));
    if metadata.is_dir() {
        header.set_entry_type(EntryType::Directory);
        header.set_size(0);
        archive.append_data(&mut header, name, std::io::empty())?;
        let mut entries = fs::read_dir(source)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        return entries
            .iter()
            .try_for_each(|entry| add(archive, &entry.path(), &name.join(entry.file_name()), stamp));
    }
    header.set_size(metadata.len());
    archive.append_data(&mut header, name, fs::File::open(source)?)?;
    Ok(())
}
