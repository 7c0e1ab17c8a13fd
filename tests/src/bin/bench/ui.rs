//! The pages in a browser: bytes, paints, page changes, the palette, and the clicks and keys of an admin's tasks.
//!
//! `tests/web/bench.js` measures, with the release programs and the realistic data; here its lines become rows of the
//! table. Must never fill in a number: what could not be measured is named.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Bench;
use crate::installation::program;
use crate::series::{Samples, Table};

/// A word in the names of all rows, so that `cargo xtask bench ui` prints them.
pub(crate) const NAME: &str = "ui";

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Task(Task),
    Measurement { name: String, unit: String, at_most: Option<f64>, samples: Option<Samples> },
}

#[derive(Deserialize)]
struct Task {
    #[serde(rename = "task")]
    name: String,
    most: Option<u32>,
    /// Read from the components of an earlier commit (`tests/web/tasks.js`); absent: impossible in one go.
    before: Option<Count>,
    #[serde(flatten)]
    now: Option<Count>,
    failed: Option<String>,
}

#[derive(Deserialize)]
struct Count {
    clicks: u32,
    keys: u32,
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

/// The clicks and keys of a task, now and before; fewer is better.
fn print_task(task: &Task) {
    let Task { name, most, before, now, failed } = task;
    let before = before.as_ref().map_or("before: impossible in one go".to_owned(), |before| {
        format!("before {} clicks, {} keys", before.clicks, before.keys)
    });
    let Some(now) = now else {
        let reason = failed.as_deref().unwrap_or_default();
        return println!("{name:<40} FAILED: {reason}   {before}");
    };
    let target = most.map_or(String::new(), |most| {
        format!("≤ {most} clicks {}", if now.clicks <= most { "met" } else { "MISSED" })
    });
    println!("{name:<40} {:>3} clicks {:>4} keys   {before:<30} {target}", now.clicks, now.keys);
}
