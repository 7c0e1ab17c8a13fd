//! The pages in a browser: bytes, paints, page changes, the palette, and the clicks and keys of an admin's tasks.
//!
//! `tests/web/bench.js` measures, with the release programs and the realistic data; here its lines become rows of the
//! table. Must never fill in a number: what could not be measured is named.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Bench;
use crate::installation::program;
use crate::series::{Samples, Table, print_task};

/// A word in the names of all rows, so that `cargo xtask bench ui` prints them.
pub(crate) const NAME: &str = "ui";

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Task(Task),
    Measurement { name: String, unit: String, at_most: Option<f64>, samples: Option<Samples> },
}

#[derive(Deserialize)]
pub(crate) struct Task {
    pub(crate) task: String,
    pub(crate) most: Option<u32>,
    pub(crate) before: Count,
    #[serde(flatten)]
    pub(crate) now: Option<Count>,
    pub(crate) failed: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Count {
    pub(crate) clicks: u32,
    pub(crate) keys: u32,
}

pub(crate) async fn measure(table: &mut Table, bench: &Bench) {
    if !table.wants(NAME) {
        return;
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/web");
    let mut command = Command::new("node");
    command.arg("bench.js").current_dir(folder).stdout(Stdio::piped());
    command.env("TESTKEEP_SERVER_BIN", program(&bench.programs, "testkeep-server"));
    command.env("TESTKEEP_LICENSE_BIN", program(&bench.programs, "testkeep-license"));
    let mut node = command.spawn().expect("node starts");
    for line in BufReader::new(node.stdout.take().expect("its output")).lines() {
        let line = line.expect("a line");
        match serde_json::from_str(&line).expect("a measurement") {
            Line::Task(task) => print_task(&task),
            Line::Measurement { name, unit, at_most, samples } => {
                let name = format!("{NAME}: {name}");
                table.row(&name, "", &unit, at_most, async { samples }).await;
            }
        }
    }
    assert!(node.wait().expect("an end").success(), "bench.js failed");
}
