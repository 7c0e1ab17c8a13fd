//! Finds PostgreSQL's programs and the account to run them as: never root, because PostgreSQL refuses it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Clone, Debug)]
pub(super) struct Programs(PathBuf);

impl Programs {
    /// Debian's folder of the highest version, otherwise the first folder of `PATH` that has `initdb`.
    pub(super) fn find() -> Self {
        let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        versions.sort();
        let on_path = std::env::var_os("PATH").unwrap_or_default();
        let folders = versions.into_iter().rev().map(|(_, bin)| bin).chain(std::env::split_paths(&on_path));
        let found = folders.into_iter().find(|bin| bin.join("initdb").exists());
        Self(found.expect("PostgreSQL's programs are missing; install the package `postgresql`"))
    }

    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.0.join(program)
    }
}

/// The account that the server runs as: this one, or an unprivileged one when this is root.
#[derive(Clone, Debug)]
pub(super) struct Account(Option<&'static str>);

impl Account {
    pub(super) fn unprivileged() -> Self {
        if output(Command::new("id").arg("-u")).trim() != "0" {
            return Self(None);
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let postgres = accounts.lines().any(|line| line.starts_with("postgres:"));
        Self(Some(if postgres { "postgres" } else { "nobody" }))
    }

    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let Some(account) = self.0 else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={account}")).args(["--init-groups", "--reset-env"]);
        let group = output(Command::new("id").args(["-g", account]));
        command.arg(format!("--regid={}", group.trim())).arg(program).current_dir("/");
        command
    }

    /// A new folder that only the account (and root) can enter.
    pub(super) fn create_folder(&self) -> PathBuf {
        // The account may not be allowed to enter root's own temporary folder.
        let parent = if self.0.is_some() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new().prefix("testkeep-pg-").tempdir_in(parent);
        let folder = folder.expect("the temporary folder is writable").keep();
        self.give(&folder);
        folder
    }

    pub(super) fn give(&self, path: &Path) {
        if let Some(account) = self.0 {
            run(Command::new("chown").arg(account).arg(path));
        }
    }
}

pub(super) fn run(command: &mut Command) {
    output(command);
}

/// Standard output of a program that must succeed.
pub(super) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
