//! Packages of the programs under test, made by `cargo xtask dist --programs`, once for all tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use testkeep_tests::programs::program;

pub(crate) const OLD: &str = "0.1.0";
pub(crate) const NEW: &str = "0.1.1";

/// Two versions. The programs of the newer one are the same, with a note in the server, so that they differ.
pub(crate) struct Made {
    pub(crate) old: PathBuf,
    pub(crate) new: PathBuf,
    pub(crate) programs: PathBuf,
}

pub(crate) static MADE: LazyLock<Made> = LazyLock::new(|| {
    let work = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("packages");
    let programs =
        PathBuf::from(program("TESTKEEP_SERVER_BIN", "testkeep-server").parent().expect("a folder"));
    let marked = work.join("marked");
    mark(&programs, &marked);
    let made = Made { old: work.join("old"), new: work.join("new"), programs };
    make(&made.programs, OLD, &made.old);
    make(&marked, NEW, &made.new);
    made
});

/// Makes packages of the programs in `from`.
pub(crate) fn make(from: &Path, version: &str, into: &Path) {
    let mut xtask = Command::new(program("TESTKEEP_XTASK", "xtask"));
    xtask.args(["dist", "--version", version, "--programs"]).arg(from).arg("--out").arg(into);
    succeed(&mut xtask);
}

fn mark(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for name in ["testkeep", "testkeep-license"] {
        std::fs::copy(from.join(name), to.join(name)).expect("copied");
    }
    let note = to.join("note");
    std::fs::write(&note, "another program").expect("written");
    let mut objcopy = Command::new("objcopy");
    objcopy.arg(format!("--add-section=.testkeep-note={}", note.display()));
    succeed(objcopy.arg(from.join("testkeep-server")).arg(to.join("testkeep-server")));
}

/// Standard output of a command that must succeed.
pub(crate) fn succeed(command: &mut Command) -> String {
    let ended = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, complaint) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{command:?}: {}\n{out}{complaint}", ended.status);
    out.into_owned()
}

/// The package of this name in a folder of packages.
pub(crate) fn package(folder: &Path, begin: &str, ending: &str) -> PathBuf {
    let entries = folder.read_dir().expect("packages").flatten().map(|entry| entry.path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(begin) && name.ends_with(ending)
    };
    entries.into_iter().find(is_it).unwrap_or_else(|| panic!("no {begin}*{ending} in {}", folder.display()))
}
