//! How to take back what this run did. An entry is noted before its act, so that a cut between the two loses nothing.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use testkeep_domain::Layout;

use super::plan::Step;
use crate::files::{self, Access};
use crate::process;

#[derive(Debug)]
pub(super) enum Undo {
    /// Of a folder above the destination, which somebody else may use by now: only if empty.
    RemoveEmptyFolder(PathBuf),
    /// Of a folder that this run created: with all it holds.
    RemoveFolder(PathBuf),
    RemoveFile(PathBuf),
    Restore {
        path: PathBuf,
        content: Vec<u8>,
        access: Access,
    },
    MoveBack {
        from: PathBuf,
        to: PathBuf,
    },
    /// Everything in a folder that was there before, except what it held then.
    RemoveNewEntries {
        folder: PathBuf,
        before: BTreeSet<OsString>,
    },
    /// A server that this run started, or was about to.
    StopServer(Layout),
    /// A server that ran before and that this run stopped.
    StartServer(Layout),
    /// What this run made and never unmakes unasked: said, not done.
    Stays(String),
}

#[derive(Debug, Default)]
pub(super) struct Journal {
    current: Option<Step>,
    entries: Vec<(Step, Undo)>,
}

impl Journal {
    /// What follows belongs to `step`.
    pub(super) fn enter(&mut self, step: Step) {
        self.current = Some(step);
    }

    pub(super) fn note(&mut self, undo: Undo) {
        self.entries.push((self.current.unwrap_or(Step::CreateFolders), undo));
    }

    /// Notes how to bring `path` back to what it is now.
    pub(super) fn note_file(&mut self, path: &Path, access: Access) -> io::Result<()> {
        match std::fs::read(path) {
            Ok(content) => self.note(Undo::Restore { path: path.to_owned(), content, access }),
            Err(error) if error.kind() == ErrorKind::NotFound => self.note(Undo::RemoveFile(path.to_owned())),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What comes into `folder` from now on goes with an undo, and so does `own`, which this run has just made.
    pub(super) fn note_entries_of(&mut self, folder: &Path, own: Option<&str>) -> io::Result<()> {
        let names: io::Result<BTreeSet<OsString>> =
            folder.read_dir()?.map(|entry| Ok(entry?.file_name())).collect();
        let mut before = names?;
        if let Some(own) = own {
            before.remove(std::ffi::OsStr::new(own));
        }
        self.note(Undo::RemoveNewEntries { folder: folder.to_owned(), before });
        Ok(())
    }

    /// The newest entry, for the undoing run.
    pub(super) fn take_newest(&mut self) -> Option<(Step, Undo)> {
        self.entries.pop()
    }
}

impl Undo {
    /// Takes the act back; fine if it never happened.
    pub(super) async fn perform(self) -> Result<(), String> {
        match self {
            Self::StopServer(layout) => stop_started(&layout).await,
            Self::StartServer(layout) => {
                process::start(&layout, &[]).await.map(drop).map_err(|error| error.to_string())
            }
            Self::Stays(what) => Err(what),
            files => files.perform_on_disk().map_err(|(path, error)| format!("{}: {error}.", path.display())),
        }
    }

    fn perform_on_disk(self) -> Result<(), (PathBuf, io::Error)> {
        let (path, result) = match self {
            Self::RemoveEmptyFolder(path) => {
                let result = std::fs::remove_dir(&path).or_else(|error| {
                    if error.kind() == ErrorKind::DirectoryNotEmpty { Ok(()) } else { Err(error) }
                });
                (path, result)
            }
            Self::RemoveFolder(path) => {
                let result = std::fs::remove_dir_all(&path);
                (path, result)
            }
            Self::RemoveFile(path) => {
                let result = std::fs::remove_file(&path);
                (path, result)
            }
            Self::Restore { path, content, access } => {
                let result = files::write_atomic(&path, &content, access);
                (path, result)
            }
            Self::MoveBack { from, to } => {
                let result = std::fs::rename(&from, &to);
                (from, result)
            }
            Self::RemoveNewEntries { folder, before } => {
                let result = remove_new_entries(&folder, &before);
                (folder, result)
            }
            Self::StopServer(_) | Self::StartServer(_) | Self::Stays(_) => return Ok(()),
        };
        match result {
            Err(error) if error.kind() != ErrorKind::NotFound => Err((path, error)),
            _ => Ok(()),
        }
    }
}

fn remove_new_entries(folder: &Path, before: &BTreeSet<OsString>) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        if before.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

async fn stop_started(layout: &Layout) -> Result<(), String> {
    if process::running_servers(layout).is_empty() {
        return Ok(());
    }
    process::stop(layout).await.map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn takes_back_and_keeps_what_was_there() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        std::fs::write(path("old"), "1").unwrap();
        let mut journal = Journal::default();
        journal.note_entries_of(place.path(), None).unwrap();
        journal.note_file(&path("old"), Access::Everyone).unwrap();
        journal.note_file(&path("never made"), Access::Everyone).unwrap();
        journal.note(Undo::RemoveFolder(path("folder")));
        std::fs::write(path("old"), "2").unwrap();
        std::fs::create_dir_all(path("folder/deep")).unwrap();
        std::fs::create_dir_all(path("by somebody/else")).unwrap();
        std::fs::write(path("new"), "3").unwrap();
        while let Some((_, undo)) = journal.take_newest() {
            undo.perform().await.unwrap();
        }
        assert_eq!(std::fs::read_to_string(path("old")).unwrap(), "1");
        assert_eq!(place.path().read_dir().unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_folder_in_use_stays() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("x"), "1").unwrap();
        Undo::RemoveEmptyFolder(place.path().to_owned()).perform().await.unwrap();
        assert!(place.path().join("x").exists());
    }
}
