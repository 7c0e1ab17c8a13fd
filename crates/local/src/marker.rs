//! The marker `conf/installation.json`: says that a folder is ours, the state of its installation, and its version.
//!
//! Written before anything else and completed last, so that the next run recognizes a killed one.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use testkeep_domain::Layout;

use crate::files::{self, Access};

const PRODUCT: &str = "testkeep";
/// Name of the lock file beside the marker; held by the run that works in the folder.
pub const LOCK: &str = "installation.lock";
const FILE: &str = "installation.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Started and not finished: running or killed.
    Installing,
    Installed,
    /// Programs removed, data kept.
    Uninstalled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    product: String,
    pub state: State,
    /// The newest version that was installed here.
    pub version: String,
    /// When this version was first installed completely, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_at: Option<String>,
}

impl Marker {
    pub fn new(state: State, version: &str) -> Self {
        Self { product: PRODUCT.into(), state, version: version.into(), installed_at: None }
    }

    /// Whether the marker is of this product.
    pub fn is_ours(&self) -> bool {
        self.product == PRODUCT
    }
}

/// `None` when there is no marker or it is not ours.
pub fn read(layout: &Layout) -> Option<Marker> {
    let folder_is_real = layout.conf().symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let text = files::read_text(&layout.installation_file(), 64 * 1024).ok()?;
    let marker: Marker = serde_json::from_str(&text).ok()?;
    (folder_is_real && marker.is_ours()).then_some(marker)
}

/// Whether a run that was killed before it could write its marker may have left this file in `conf`.
pub fn is_trace(file: &Path) -> bool {
    let is_lock = file.file_name().is_some_and(|name| name == LOCK)
        && file.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0);
    is_lock || files::is_unfinished(file, FILE)
}

pub fn write(layout: &Layout, marker: &Marker) -> io::Result<()> {
    let text = serde_json::to_string_pretty(marker)?;
    files::write_atomic(&layout.installation_file(), format!("{text}\n").as_bytes(), Access::Everyone)
}
