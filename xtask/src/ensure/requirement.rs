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
        Need::Compile => programs(
            "compile (a C compiler, pkg-config)",
            &["build-essential", "pkg-config", "ca-certificates"],
            &["cc", "pkg-config"],
        ),
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
        Need::DesktopTests => programs(
            "tests of the desktop window (Xvfb, xdotool, ImageMagick, WebKitWebDriver)",
            &[
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
            &["Xvfb", "xdotool", "import", "WebKitWebDriver"],
        ),
        Need::BrowserTests => programs("tests in the browser (Chromium)", &["chromium"], &["chromium"]),
        Need::Postgresql => programs(
            "tests on PostgreSQL (its server programs, pgbouncer, OpenSSL for test certificates)",
            &["postgresql", "pgbouncer", "openssl"],
            &["initdb", "pgbouncer", "openssl"],
        ),
        Need::Sqlite => programs(
            "the tests of password recovery by SQL (the program sqlite3)",
            &["sqlite3"],
            &["sqlite3"],
        ),
        Need::Tracer => programs(
            "the tests that end the server at a chosen system call (strace)",
            &["strace"],
            &["strace"],
        ),
        Need::WrongClock => {
            programs("the tests of a clock in the future (faketime)", &["faketime"], &["faketime"])
        }
        Need::FileSystems => programs(
            "the tests of odd file systems (bindfs, setpriv)",
            &["bindfs", "util-linux"],
            &["bindfs", "setpriv"],
        ),
        Need::MailServer => programs(
            "the tests of mail (aiosmtpd, a mail server in Python)",
            &["python3-aiosmtpd"],
            &["aiosmtpd"],
        ),
        Need::Packages => programs(
            "packages (dpkg-deb, dpkg-shlibdeps, rpmbuild, objcopy)",
            &["dpkg-dev", "rpm", "binutils"],
            &["dpkg-deb", "dpkg-shlibdeps", "rpmbuild", "objcopy"],
        ),
        Need::PackageTests => programs(
            "the tests of packages (lintian, checkers of desktop files)",
            &["lintian", "appstream", "desktop-file-utils"],
            &["lintian", "appstreamcli", "desktop-file-validate"],
        ),
        Need::BootedMachine => programs(
            "the tests of services (systemd-nspawn, nsenter, curl)",
            &["systemd", "systemd-container", "dbus", "util-linux", "procps", "curl"],
            &["systemd-nspawn", "nsenter", "curl", "pkill"],
        ),
        Need::WindowsSetup => programs("the setup program for Windows (NSIS)", &["nsis"], &["makensis"]),
        Need::Windows => programs(
            "the Windows build (MinGW-w64, Wine)",
            &["gcc-mingw-w64-x86-64-win32", "wine64"],
            &["x86_64-w64-mingw32-gcc"],
        ),
    }
}

/// A need that programs show to be met.
const fn programs(
    purpose: &'static str,
    packages: &'static [&'static str],
    programs: &'static [&'static str],
) -> Requirement {
    Requirement { purpose, packages, programs, libraries: &[] }
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
