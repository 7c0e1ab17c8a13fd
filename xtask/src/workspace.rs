//! Paths of this checkout, its build output and the user's own folders, and child processes that use the same paths.
//!
//! Owns the one rule of the build folder: `CARGO_TARGET_DIR` when set, otherwise `<user cache folder>/testkeep/target`,
//! so that a checkout on a slow or shared disk stays small. Must never run anything itself; `process` does.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    cache: PathBuf,
}

impl Workspace {
    pub(crate) fn locate() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let manifest = manifest.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = manifest.parent().context("xtask lies in the workspace's folder")?.to_path_buf();
        let cache = user_cache_folder()?.join("testkeep");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), PathBuf::from);
        let target = std::path::absolute(target)?;
        Ok(Self { root, target, cache })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }
    pub(crate) fn web_tests(&self) -> PathBuf {
        self.root.join("tests").join("web")
    }
    pub(crate) fn demo_key(&self) -> PathBuf {
        self.root.join("demo").join("vendor.key")
    }
    /// The key that existing clients of the demo vendor trust.
    pub(crate) fn demo_client_key(&self) -> PathBuf {
        self.root.join("demo").join("client.key")
    }
    pub(crate) fn demo_public_key(&self) -> PathBuf {
        self.root.join("demo").join("vendor.pub")
    }
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
    /// `<user cache folder>/testkeep`: demo installation, tools and, by default, the build output.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    /// A program this workspace builds, e.g. `program("debug", "testkeep-server")`.
    pub(crate) fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Any program, run in the workspace's folder, with the build folder in its environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// The cargo program that started this one.
    pub(crate) fn cargo(&self) -> Command {
        self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn npm(&self, folder: &Path) -> Command {
        let mut command = self.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
        command.current_dir(folder).env("NO_UPDATE_NOTIFIER", "1");
        command
    }
}

fn user_cache_folder() -> Result<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        return folder("LOCALAPPDATA")
            .context("LOCALAPPDATA is not set; set CARGO_TARGET_DIR and LOCALAPPDATA");
    }
    let home = || folder("HOME").context("HOME is not set; set HOME or XDG_CACHE_HOME");
    let cache = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    folder("XDG_CACHE_HOME").map_or_else(|| Ok(home()?.join(cache)), Ok)
}
