//! `SHA256SUMS`: one line per file, as `sha256sum --check` reads it.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

const FILE: &str = "SHA256SUMS";

pub(super) fn write(folder: &Path) -> Result<()> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<_> =
        entries.iter().map(std::fs::DirEntry::path).filter(|path| path.is_file()).collect();
    files.sort();
    let mut sums = String::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != FILE {
            let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            writeln!(sums, "{}  {name}", hex::encode(Sha256::digest(bytes)))?;
        }
    }
    std::fs::write(folder.join(FILE), sums).context("cannot write the checksums")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_line_and_a_second_run_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b.rpm"), "").unwrap();
        std::fs::write(folder.path().join("a.deb"), "abc").unwrap();
        std::fs::create_dir(folder.path().join("trial")).unwrap();
        write(folder.path()).unwrap();
        let first = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.deb\n\
                        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b.rpm\n";
        assert_eq!(first, expected);
        write(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), first);
    }
}
