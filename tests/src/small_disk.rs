//! A small real file system that is quickly full: in memory, mounted for one test. Needs root on Linux.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Unmounted when dropped.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// `None`, with a printed notice: this machine does not allow the test to mount.
    pub fn mount(mebibytes: u32, owner: u32) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("testkeep-disk-").tempdir_in("/tmp").ok()?.keep();
        let options = format!("size={mebibytes}m,uid={owner},mode=0755");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).output();
        if mount.as_ref().is_ok_and(|mount| mount.status.success()) {
            return Some(Self { folder });
        }
        eprintln!("SKIPPED: a small disk cannot be mounted here (root is needed): {mount:?}");
        let _left = std::fs::remove_dir(&folder);
        None
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Fills the disk to the last byte.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
    }

    pub fn make_room(&self) {
        std::fs::remove_file(self.filler()).expect("the filler");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.folder).status();
        let _gone = std::fs::remove_dir(&self.folder);
    }
}
