//! What each package contains and needs: the one description from which deb and rpm are made.
//!
//! Must never run anything or know how a package is written; `deb` and `rpm` do.

use std::path::{Path, PathBuf};

use super::notices;
use super::programs::{CLIENT, DESKTOP, ISSUER, Programs, SERVER};
use super::stage::{Content, File};
use super::stamp::Stamp;
use crate::workspace::Workspace;

pub(super) const VENDOR: &str = "The Testkeep authors";
pub(super) const MAINTAINER: &str = "The Testkeep authors <packages@testkeep.com>";
pub(super) const WEBSITE: &str = "https://testkeep.com";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Deb,
    Rpm,
}

pub(super) struct Package {
    pub(super) name: &'static str,
    /// One line, without a period at the end.
    pub(super) summary: &'static str,
    /// Lines of at most 76 characters.
    pub(super) description: &'static [&'static str],
    pub(super) files: Vec<File>,
    /// The packages of the system that its programs do not link, in the words of the format.
    pub(super) depends: Vec<String>,
    /// Whether the package makes, restarts and removes a server.
    pub(super) has_server: bool,
    /// Findings of lintian that are intended, each with its reason as a comment.
    pub(super) overrides: &'static str,
}

/// Where the parts of the packages come from.
pub(super) struct Sources<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) programs: &'a Programs,
    /// Folder with man pages and completions, per program.
    pub(super) pages: &'a Path,
    /// Folder of the finished files, with the list of licenses.
    pub(super) dist: &'a Path,
}

/// A man page or completion, as the program wrote it.
pub(super) struct Page {
    pub(super) file: PathBuf,
    /// `man1`, `man8`, or a shell.
    kind: &'static str,
    name: String,
}

impl Page {
    /// Its place in an archive.
    pub(super) fn shown(&self) -> String {
        let folder = if self.kind.starts_with("man") {
            format!("man/{}", self.kind)
        } else {
            format!("completions/{}", self.kind)
        };
        format!("{folder}/{}", self.name)
    }

    fn packaged(self, format: Format) -> File {
        let copy =
            |folder: &str, name: &str, file| File::data(format!("{folder}/{name}"), Content::Copy(file));
        match (self.kind, format) {
            ("bash", _) => {
                let name = self.name.trim_end_matches(".bash");
                copy("/usr/share/bash-completion/completions", name, self.file)
            }
            ("zsh", Format::Deb) => copy("/usr/share/zsh/vendor-completions", &self.name, self.file),
            ("zsh", Format::Rpm) => copy("/usr/share/zsh/site-functions", &self.name, self.file),
            ("fish", _) => copy("/usr/share/fish/vendor_completions.d", &self.name, self.file),
            (section, _) => File::data(
                format!("/usr/share/man/{section}/{}.gz", self.name),
                Content::Compressed(self.file),
            ),
        }
    }
}

impl Sources<'_> {
    /// A file of `installer/linux`.
    pub(super) fn installer(&self, name: &str) -> PathBuf {
        self.workspace.root().join("installer").join("linux").join(name)
    }

    pub(super) fn pages_of(&self, program: &str) -> Vec<Page> {
        let mut pages = Vec::new();
        for kind in ["man1", "man8", "bash", "zsh", "fish"] {
            let entries =
                std::fs::read_dir(self.pages.join(program).join(kind)).into_iter().flatten().flatten();
            pages.extend(entries.map(|entry| Page {
                file: entry.path(),
                kind,
                name: entry.file_name().to_string_lossy().into_owned(),
            }));
        }
        pages.sort_by(|one, other| one.file.cmp(&other.file));
        pages
    }

    /// A program with its pages.
    fn program(&self, name: &str, format: Format) -> Vec<File> {
        let program = File::program(format!("/usr/bin/{name}"), self.programs.path(name));
        let pages = self.pages_of(name).into_iter().map(|page| page.packaged(format));
        std::iter::once(program).chain(pages).collect()
    }

    fn copy(&self, target: &str, name: &str) -> File {
        File::data(target, Content::Copy(self.installer(name)))
    }
}

/// The packages that can be made of the given programs.
pub(super) fn packages(sources: &Sources<'_>, format: Format, stamp: &Stamp) -> Vec<Package> {
    let mut packages = vec![server(sources, format), license_tool(sources, format)];
    if sources.programs.has(DESKTOP) {
        packages.push(desktop(sources, format, stamp));
    }
    packages
}

fn server(sources: &Sources<'_>, format: Format) -> Package {
    let mut files = sources.program(SERVER, format);
    files.extend(sources.program(CLIENT, format));
    files.push(sources.copy("/usr/share/testkeep-server/answers.toml", "server/answers.toml"));
    let notices = sources.dist.join(notices::FILE);
    files.push(File::data(
        format!("/usr/share/doc/testkeep-server/{}.gz", notices::FILE),
        Content::Compressed(notices),
    ));
    Package {
        name: "testkeep-server",
        summary: "On-premise test-operations and license server",
        description: &[
            "Testkeep collects the results of tests, manages the people, teams and",
            "projects behind them, and gives out license seats. It needs no other product:",
            "a database is built in, PostgreSQL can be used instead.",
            "",
            "A fresh installation makes a server in /var/lib/testkeep and starts it as a",
            "service. The package also contains testkeep, the command line for people and",
            "CI.",
        ],
        files,
        depends: Vec::new(),
        has_server: true,
        overrides: "",
    }
}

fn license_tool(sources: &Sources<'_>, format: Format) -> Package {
    Package {
        name: "testkeep-license",
        summary: "Tool of the vendor that makes Testkeep license files",
        description: &[
            "Makes vendor keys, signs license files for Testkeep servers and inspects them.",
            "Customers do not need it.",
        ],
        files: sources.program(ISSUER, format),
        depends: Vec::new(),
        has_server: false,
        overrides: "",
    }
}

/// Sizes of `icons/` in pixels, with their files.
const ICONS: [(&str, &str); 4] = [
    ("32x32", "32x32.png"),
    ("128x128", "128x128.png"),
    ("256x256", "128x128@2x.png"),
    ("512x512", "icon.png"),
];

fn desktop(sources: &Sources<'_>, format: Format, stamp: &Stamp) -> Package {
    let mut files = sources.program(DESKTOP, format);
    files.push(sources.copy(
        "/usr/share/applications/com.testkeep.manager.desktop",
        "desktop/com.testkeep.manager.desktop",
    ));
    files.push(sources.copy(
        "/usr/share/polkit-1/actions/com.testkeep.server.policy",
        "desktop/com.testkeep.server.policy",
    ));
    files.push(File::data(
        "/usr/share/metainfo/com.testkeep.manager.metainfo.xml",
        Content::Text(metainfo(stamp)),
    ));
    let icons = sources.workspace.root().join("icons");
    let icon = |folder: &str, end: &str, file: &str| {
        let target = format!("/usr/share/icons/hicolor/{folder}/apps/testkeep.{end}");
        File::data(target, Content::Copy(icons.join(file)))
    };
    files.extend(ICONS.map(|(size, file)| icon(size, "png", file)));
    files.push(icon("scalable", "svg", "testkeep.svg"));
    let (server, polkit) = match format {
        Format::Deb => (format!("testkeep-server (= {})", stamp.package_version()), "pkexec | policykit-1"),
        Format::Rpm => (format!("testkeep-server = {}", stamp.package_version()), "/usr/bin/pkexec"),
    };
    Package {
        name: "testkeep",
        summary: "Install and manage a Testkeep server in a window",
        description: &[
            "The manager of Testkeep servers: it installs a server on this machine, shows",
            "whether it runs, starts and stops it, and administers it or a server elsewhere",
            "in a window.",
        ],
        files,
        depends: vec![server, polkit.to_owned()],
        has_server: false,
        overrides: "\
# The window has no arguments that a page could explain; its help is in the window.
testkeep: no-manual-page [usr/bin/testkeep-desktop]
",
    }
}

fn metainfo(stamp: &Stamp) -> String {
    include_str!("../../../../installer/linux/desktop/com.testkeep.manager.metainfo.xml")
        .replace("@VERSION@", &stamp.version)
        .replace("@DATE@", &stamp.time.format("%Y-%m-%d").to_string())
}
