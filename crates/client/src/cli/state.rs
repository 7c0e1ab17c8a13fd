//! The state file: stores the seat that `checkout` took, so that `release`, `status` and `run --held` find it.
//!
//! Only its owner can read it. It is replaced as a whole, and locked while a command uses it. The session ID is written
//! before the request is sent, so that a seat is found again if the answer was lost. Must never contain the API key. A
//! lease in it counts only if its signatures are valid.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use testkeep_client::{Lease, Package, ServerUrl, create_private};
use testkeep_domain::user_file;
use uuid::Uuid;

use super::failure::Failure;

const FORMAT: u32 = 1;
/// Size limit in bytes; a lease has about 2 KiB.
const LARGEST: usize = 256 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    format: u32,
    pub(crate) server: ServerUrl,
    pub(crate) package: Package,
    pub(crate) machine_id: String,
    pub(crate) session_id: Uuid,
    pub(crate) organization_id: Option<i64>,
    pub(crate) borrow_days: Option<u8>,
    /// `None`: the lease was requested, but no answer was received.
    pub(crate) lease: Option<HeldLease>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldLease {
    pub(crate) id: i64,
    /// The compact JWS.
    pub(crate) document: String,
}

impl Held {
    pub(crate) fn asked(server: ServerUrl, request: &testkeep_client::CheckoutRequest) -> Self {
        Self {
            format: FORMAT,
            server,
            package: request.package,
            machine_id: request.machine_key.as_str().to_owned(),
            session_id: request.session_id,
            organization_id: request.organization_id,
            borrow_days: request.borrow_days,
            lease: None,
        }
    }

    pub(crate) fn with(self, lease: &Lease) -> Self {
        let held = lease.id().map(|id| HeldLease { id, document: lease.document().to_owned() });
        Self { lease: held, ..self }
    }
}

/// The file stays locked from opening until this value is dropped.
pub(crate) struct StateFile {
    path: PathBuf,
    _lock: File,
}

impl StateFile {
    /// Opens `path`, or this account's default file.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, Failure> {
        let path = path.map_or_else(default_path, Ok)?;
        let cannot = |error: io::Error| Failure::here(format!("{} cannot be used: {error}.", path.display()));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            create_private(folder).map_err(cannot)?;
        }
        let beside = beside(&path);
        // Opening a pipe would wait for its other end.
        if fs::metadata(&beside).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(cannot(io::Error::other(format!("{} is not a file", beside.display()))));
        }
        let lock = File::create(beside).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Failure::here(format!(
                "Another testkeep is using {} right now. Wait for it, or use another file with --state.",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// `None`: no seat is held.
    pub(crate) fn read(&self) -> Result<Option<Held>, Failure> {
        let bytes = match user_file::read(&self.path, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(Failure::here(error.to_string())),
        };
        match serde_json::from_slice::<Held>(&bytes) {
            Ok(held) if held.format == FORMAT => Ok(Some(held)),
            Ok(held) => Err(self.unusable(&format!("it has format {}", held.format))),
            Err(error) => Err(self.unusable(&error.to_string())),
        }
    }

    pub(crate) fn write(&self, held: &Held) -> Result<(), Failure> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let write = || {
            // The new file is readable by its owner alone.
            let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            serde_json::to_writer_pretty(&mut file, held)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map(drop).map_err(|error| error.error)
        };
        write().map_err(|error| self.cannot("written", &error))
    }

    pub(crate) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.cannot("removed", &error)),
            _ => Ok(()),
        }
    }

    fn cannot(&self, what: &str, error: &io::Error) -> Failure {
        Failure::here(format!("{} cannot be {what}: {error}.", self.path.display()))
    }

    fn unusable(&self, reason: &str) -> Failure {
        Failure::here(format!(
            "{} is not a state file of this program ({reason}). Remove it, or use another with --state; the server takes \
             back a seat that nobody renews.",
            self.path.display()
        ))
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    path.with_file_name(name)
}

/// This account's folder for files of this program. `None`: the system names none.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        folder("LOCALAPPDATA").map(|local| local.join("Testkeep"))
    } else {
        let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local").join("state")));
        state.map(|state| state.join("testkeep"))
    }
}

fn default_path() -> Result<PathBuf, Failure> {
    let variable = if cfg!(windows) { "LOCALAPPDATA" } else { "HOME" };
    let missing = || {
        Failure::usage(format!(
            "There is no folder for the state file: the variable {variable} is not set. Pass --state FILE."
        ))
    };
    folder().map(|folder| folder.join("license.json")).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> Held {
        Held {
            format: FORMAT,
            server: ServerUrl::parse("http://localhost:8080").unwrap(),
            package: Package::Engine,
            machine_id: "0".repeat(32),
            session_id: Uuid::nil(),
            organization_id: Some(3),
            borrow_days: None,
            lease: Some(HeldLease { id: 7, document: "a.b.c".into() }),
        }
    }

    #[test]
    fn keeps_what_was_written_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("license.json");
        let state = StateFile::open(Some(path.clone())).unwrap();
        assert_eq!(state.read().unwrap(), None);
        state.write(&held()).unwrap();
        assert_eq!(state.read().unwrap(), Some(held()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        }
        state.remove().unwrap();
        state.remove().unwrap();
        assert_eq!(state.read().unwrap(), None);
    }

    #[test]
    fn one_command_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("license.json");
        let first = StateFile::open(Some(path.clone())).unwrap();
        let second = StateFile::open(Some(path.clone()));
        assert!(second.is_err_and(|failure| failure.code == 70 && failure.message.contains("Another")));
        drop(first);
        assert!(StateFile::open(Some(path)).is_ok());
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("license.json");
        let state = StateFile::open(Some(path.clone())).unwrap();
        let good = serde_json::json!(held()).to_string();
        let later = good.replace("\"format\":1", "\"format\":2");
        let more = good.replacen('{', "{\"more\":1,", 1);
        for text in ["", "{}", "[]", "\u{0}", &good[..40], &later, &more] {
            fs::write(&path, text).unwrap();
            assert!(state.read().is_err_and(|failure| failure.code == 70), "{text}");
        }
    }
}
