//! What can be said about a package without installing it.

use std::path::Path;
use std::process::Command;

use crate::made::{MADE, OLD, make, package, succeed};

#[test]
fn two_runs_give_the_same_bytes() {
    let again = MADE.old.with_file_name("again");
    make(&MADE.programs, OLD, &again);
    let sums = |folder: &Path| std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let (first, second) = (sums(&MADE.old), sums(&again));
    assert_eq!(first, second);
    for ending in [".deb", ".rpm", ".tar.gz", ".cdx.json", "THIRD-PARTY.txt"] {
        assert!(first.lines().any(|line| line.ends_with(ending)), "{ending} is missing in\n{first}");
    }
    succeed(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&again));
}

#[test]
fn lintian_finds_no_errors() {
    for name in ["testkeep-server_", "testkeep-license_"] {
        let deb = package(&MADE.old, name, ".deb");
        let mut lintian = Command::new("lintian");
        // As root it warns about itself. The program of a debug build is large and has its own paths in it.
        let found = succeed(
            lintian.args(["--allow-root", "--fail-on", "error", "--tag-display-limit", "0"]).arg(deb),
        );
        println!("{found}");
    }
}

#[test]
fn the_pages_come_with_every_program() {
    let contents = |name: &str| {
        succeed(Command::new("dpkg-deb").arg("--contents").arg(package(&MADE.old, name, ".deb")))
    };
    let server = contents("testkeep-server_");
    let tool = contents("testkeep-license_");
    let programs =
        [(&server, "testkeep-server", 8), (&server, "testkeep", 1), (&tool, "testkeep-license", 8)];
    for (listing, program, section) in programs {
        for file in [
            format!("./usr/bin/{program}\n"),
            format!("./usr/share/man/man{section}/{program}.{section}.gz\n"),
            format!("./usr/share/bash-completion/completions/{program}\n"),
            format!("./usr/share/zsh/vendor-completions/_{program}\n"),
            format!("./usr/share/fish/vendor_completions.d/{program}.fish\n"),
        ] {
            assert!(listing.contains(&file), "{file} is missing in\n{listing}");
        }
        assert!(listing.lines().all(|line| line.contains(" root/root ")), "{listing}");
    }
    let files = |listing: &str| {
        let paths = listing.lines().filter_map(|line| line.split_whitespace().last().map(ToOwned::to_owned));
        paths.filter(|path| !path.ends_with('/')).collect::<std::collections::BTreeSet<_>>()
    };
    let both: Vec<_> = files(&server).intersection(&files(&tool)).cloned().collect();
    assert!(both.is_empty(), "two packages have the same files: {both:?}");
}

#[test]
fn completions_are_scripts_of_their_shell() {
    let root = tempfile::tempdir().unwrap();
    succeed(
        Command::new("dpkg-deb")
            .arg("--extract")
            .arg(package(&MADE.old, "testkeep-server_", ".deb"))
            .arg(root.path()),
    );
    let script = root.path().join("usr/share/bash-completion/completions/testkeep-server");
    // Sourced, then asked as bash asks: which commands begin with `setup`?
    let ask = "source \"$0\"; complete=$(complete -p testkeep-server | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \
               COMP_WORDS=(testkeep-server setup); COMP_CWORD=1; \
               $complete testkeep-server setup testkeep-server; echo \"${COMPREPLY[@]}\"";
    assert_eq!(succeed(Command::new("bash").args(["-c", ask]).arg(&script)).trim(), "setup-link");
    let hidden = std::fs::read_to_string(script).unwrap();
    assert!(!hidden.contains("desktop-types"), "a hidden command is offered");
}

#[test]
fn the_files_of_the_desktop_package_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../installer/linux/desktop");
    let entry = folder.join("com.testkeep.manager.desktop");
    assert_eq!(succeed(Command::new("desktop-file-validate").arg(entry)), "");
    let described = std::fs::read_to_string(folder.join("com.testkeep.manager.metainfo.xml")).unwrap();
    let dated = described.replace("@VERSION@", OLD).replace("@DATE@", "2026-01-31");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("com.testkeep.manager.metainfo.xml");
    std::fs::write(&file, dated).unwrap();
    succeed(Command::new("appstreamcli").args(["validate", "--no-net"]).arg(file));
}
