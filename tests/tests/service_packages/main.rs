//! The packages: made of the programs under test, checked as distributions check them, and installed, upgraded and
//! removed in a machine that systemd boots.
//!
//! Needs root, `systemd-nspawn`, `dpkg-deb`, `rpmbuild` and `lintian`; `cargo xtask test service` installs what is
//! missing and skips this part elsewhere.

#![cfg(target_os = "linux")]

mod deb;
mod form;
mod made;
mod rpm;
mod site;
