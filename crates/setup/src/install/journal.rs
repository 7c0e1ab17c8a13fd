//! Stores how to undo each action of this run. An entry is written before its action, so that a kill between the two
//! loses nothing.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use testkeep_domain::Layout;
use testkeep_local::files::{self, Access};
use testkeep_local::process;
use testkeep_local::service::{self, ServiceError, ServiceLevel};

use super::plan::Step;

#[derive(Debug)]
pub(super) enum Undo {
    /// A folder above the destination that this run created. Removed only if empty, because another program may use it
    /// by now.
    RemoveEmptyFolder(PathBuf),
    /// A folder that this run created; removed with its content.
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
    /// A folder that existed before: everything in it is removed except the entries it had then.
    RemoveNewEntries {
        folder: PathBuf,
        before: BTreeSet<OsString>,
    },
    /// A server that this run started or was about to start.
    StopServer(Layout),
    /// A server that this run stopped.
    StartServer(Layout),
    /// A service that this run registered.
    RemoveService(Layout),
    /// A service that this run removed.
    RegisterService(Layout, ServiceLevel),
    /// Something that this run made and that is never removed without a request, for example a database. The text is
    /// reported; nothing is done.
    Stays(String),
}

#[derive(Debug, Default)]
pub(super) struct Journal {
    current: Option<Step>,
    entries: Vec<(Step, Undo)>,
}

impl Journal {
    /// Entries from here on belong to `step`.
    pub(super) fn enter(&mut self, step: Step) {
        self.current = Some(step);
    }

    pub(super) fn note(&mut self, undo: Undo) {
        self.entries.push((self.current.unwrap_or(Step::CreateFolders), undo));
    }

    /// Notes how to restore the present content of `path`.
    pub(super) fn note_file(&mut self, path: &Path, access: Access) -> io::Result<()> {
        match std::fs::read(path) {
            Ok(content) => self.note(Undo::Restore { path: path.to_owned(), content, access }),
            Err(error) if error.kind() == ErrorKind::NotFound => self.note(Undo::RemoveFile(path.to_owned())),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Undo will remove every later entry of `folder`, and also `own`, which this run has just made.
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

    /// Takes out the newest entry, to undo it.
    pub(super) fn take_newest(&mut self) -> Option<(Step, Undo)> {
        self.entries.pop()
    }
}

impl Undo {
    /// Undoes the action; not an error if the action never happened.
    pub(super) async fn perform(self) -> Result<(), String> {
        match self {
            Self::StopServer(layout) => stop_started(&layout).await,
            Self::StartServer(layout) => start_again(&layout).await,
            Self::RemoveService(layout) if service::find(&layout).is_none() => Ok(()),
            Self::RemoveService(layout) => in_words(service::uninstall(&layout).await),
            Self::RegisterService(layout, level) => in_words(service::install(&layout, level).await),
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
            Self::StopServer(_)
            | Self::StartServer(_)
            | Self::RemoveService(_)
            | Self::RegisterService(..)
            | Self::Stays(_) => return Ok(()),
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
    if process::nothing_runs(layout) {
        return Ok(());
    }
    in_words(service::stop_server(layout).await)
}

async fn start_again(layout: &Layout) -> Result<(), String> {
    if service::find(layout).is_some() {
        return in_words(service::start(layout).await);
    }
    process::start(layout, &[]).await.map(drop).map_err(|error| error.to_string())
}

fn in_words<T>(result: Result<T, ServiceError>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
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
