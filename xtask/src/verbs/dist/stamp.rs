//! Version and time of a release. Everything that a package dates is dated by the commit, so that two runs of one
//! commit give the same bytes.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::process;
use crate::workspace::Workspace;

/// The variable by which packaging tools and compilers take a fixed time.
pub(super) const VARIABLE: &str = "SOURCE_DATE_EPOCH";

pub(super) struct Stamp {
    pub(super) version: String,
    pub(super) time: DateTime<Utc>,
    /// A trial is compressed fast, a release well.
    pub(super) is_trial: bool,
}

impl Stamp {
    pub(super) fn of(workspace: &Workspace, version: Option<&str>, is_trial: bool) -> Result<Self> {
        let seconds = match std::env::var(VARIABLE) {
            Ok(seconds) => seconds,
            Err(_) => process::output(workspace.command("git").args(["log", "-1", "--format=%ct"]))
                .with_context(|| {
                    format!("The time of a release is its commit's. Set {VARIABLE} outside git.")
                })?,
        };
        let time = seconds.trim().parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let time = time.with_context(|| format!("`{seconds}` is not a time in seconds since 1970"))?;
        Ok(Self { version: version.unwrap_or(env!("CARGO_PKG_VERSION")).to_owned(), time, is_trial })
    }

    /// In seconds since 1970.
    pub(super) fn seconds(&self) -> u64 {
        u64::try_from(self.time.timestamp()).unwrap_or_default()
    }

    /// The version as deb and rpm order it: `1.0.0~beta.1` comes before `1.0.0`.
    pub(super) fn package_version(&self) -> String {
        self.version.replacen('-', "~", 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_before_a_release_sorts_before_it() {
        let stamp =
            |version: &str| Stamp { version: version.into(), time: DateTime::UNIX_EPOCH, is_trial: true };
        assert_eq!(stamp("1.2.3").package_version(), "1.2.3");
        assert_eq!(stamp("1.2.3-beta.1").package_version(), "1.2.3~beta.1");
    }
}
