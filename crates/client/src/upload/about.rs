//! What a person or a CI says about a test run: its name, build, branch, commit and environment.

use serde::{Deserialize, Serialize};

/// Labels of one execution; each is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

impl About {
    /// Fills what is absent here from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            build: self.build.or(other.build),
            build_url: self.build_url.or(other.build_url),
            branch: self.branch.or(other.branch),
            commit: self.commit.or(other.commit),
            environment: self.environment.or(other.environment),
        }
    }

    /// The labels that are present, with the names that the server's endpoint gives them.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("name", &self.name),
            ("build", &self.build),
            ("build_url", &self.build_url),
            ("branch", &self.branch),
            ("commit", &self.commit),
            ("environment", &self.environment),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?)))
    }
}
