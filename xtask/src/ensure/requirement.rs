//! The Debian and Ubuntu packages of each [`Need`], and how to recognize on other systems that it is met.

use std::time::Duration;

use super::Need;
use crate::process;

pub(super) struct Requirement {
    /// A description for people on other systems.
    pub(super) purpose: &'static str,
    /// Debian's and Ubuntu's package names.
    pub(super) packages: &'static [&'static str],
    /// Programs that show, on any system, that the need is met.
    programs: &'static [&'static str],
    /// Libraries that pkg-config must find, likewise.
    libraries: &'static [&'static str],
}

pub(super) fn of(need: Need) -> Requirement {
    match need {
        Need::Compile => Requirement {
            purpose: "compile (a C compiler, pkg-config)",
            packages: &["build-essential", "pkg-config", "ca-certificates"],
            programs: &["cc", "pkg-config"],
            libraries: &[],
        },
        Need::Desktop => Requirement {
            purpose: "the desktop window (WebKitGTK 4.1, librsvg, Ayatana AppIndicator, libxdo)",
            packages: &[
                "libwebkit2gtk-4.1-dev",
                "librsvg2-dev",
                "libayatana-appindicator3-dev",
                "libxdo-dev",
            ],
            programs: &[],
            libraries: &["webkit2gtk-4.1", "librsvg-2.0"],
        },
        Need::DesktopTests => Requirement {
            purpose: "tests of the desktop window (Xvfb, xdotool, ImageMagick, WebKitWebDriver)",
            packages: &[
                "xvfb",
                "xauth",
                "xdotool",
                "imagemagick",
                "x11-utils",
                "webkit2gtk-driver",
                "dbus",
                "dbus-x11",
                "at-spi2-core",
                // For the icons of the native file dialog.
                "librsvg2-common",
            ],
            programs: &["Xvfb", "xdotool", "import", "WebKitWebDriver"],
            libraries: &[],
        },
        Need::BrowserTests => Requirement {
            purpose: "tests in the browser (Chromium)",
            packages: &["chromium"],
            programs: &["chromium"],
            libraries: &[],
        },
        Need::Postgresql => Requirement {
            purpose: "tests on PostgreSQL (its server programs, pgbouncer, OpenSSL for test certificates)",
            packages: &["postgresql", "pgbouncer", "openssl"],
            programs: &["initdb", "pgbouncer", "openssl"],
            libraries: &[],
        },
        Need::Sqlite => Requirement {
            purpose: "the tests of password recovery by SQL (the program sqlite3)",
            packages: &["sqlite3"],
            programs: &["sqlite3"],
            libraries: &[],
        },
        Need::Tracer => Requirement {
            purpose: "the tests that end the server at a chosen system call (strace)",
            packages: &["strace"],
            programs: &["strace"],
            libraries: &[],
        },
        Need::WrongClock => Requirement {
            purpose: "the tests of a clock in the future (faketime)",
            packages: &["faketime"],
            programs: &["faketime"],
            libraries: &[],
        },
        Need::FileSystems => Requirement {
            purpose: "the tests of odd file systems (bindfs, setpriv)",
            packages: &["bindfs", "util-linux"],
            programs: &["bindfs", "setpriv"],
            libraries: &[],
        },
        Need::MailServer => Requirement {
            purpose: "the tests of mail (aiosmtpd, a mail server in Python)",
            packages: &["python3-aiosmtpd"],
            programs: &["aiosmtpd"],
            libraries: &[],
        },
        Need::Windows => Requirement {
            purpose: "the Windows build (MinGW-w64, Wine)",
            packages: &["gcc-mingw-w64-x86-64-win32", "wine64"],
            programs: &["x86_64-w64-mingw32-gcc"],
            libraries: &[],
        },
    }
}

impl Requirement {
    /// Checks for programs and libraries instead of querying a package manager.
    pub(super) fn is_met(&self) -> bool {
        self.programs.iter().all(|program| process::on_path(program).is_some())
            && self.libraries.iter().all(|library| {
                let mut ask = std::process::Command::new("pkg-config");
                process::succeeds(ask.args(["--exists", library]), Duration::from_secs(10))
            })
    }
}
