//! The list of parts with their results and times; the last output of `cargo xtask test`.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::Outcome;
use crate::process;

/// Number of tests that are named because they took longest.
const SHOWN: usize = 12;

pub(super) struct Overview {
    rows: Vec<Row>,
    shaky: Vec<String>,
    longest: Vec<(String, Duration)>,
    started: Instant,
}

struct Row {
    name: &'static str,
    state: &'static str,
    words: String,
    elapsed: Duration,
}

impl Overview {
    pub(super) fn new() -> Self {
        Self { rows: Vec::new(), shaky: Vec::new(), longest: Vec::new(), started: Instant::now() }
    }

    /// Runs a preparation that all later parts need: its failure ends the run.
    pub(super) fn prepare(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let started = Instant::now();
        work()?;
        self.rows.push(Row { name, state: "ready", words: String::new(), elapsed: started.elapsed() });
        Ok(())
    }

    pub(super) fn part(&mut self, name: &'static str, work: impl FnOnce() -> Result<Outcome>) {
        process::headline(&format!("Tests: {name}"));
        let started = Instant::now();
        let (state, words) = match work() {
            Ok(Outcome::Passed { words, shaky, longest }) => {
                self.shaky.extend(shaky.into_iter().map(|test| format!("{name}: {test}")));
                self.longest.extend(longest);
                ("passed", words)
            }
            Ok(Outcome::Skipped(reason)) => ("SKIPPED", reason),
            Err(error) => ("FAILED", format!("{error:#}")),
        };
        if state != "passed" {
            eprintln!("\n{state}: {name}: {words}");
        }
        self.rows.push(Row { name, state, words, elapsed: started.elapsed() });
    }

    /// # Errors
    /// A part failed.
    pub(super) fn finish(self) -> Result<()> {
        println!("\n── Overview");
        for Row { name, state, words, elapsed } in &self.rows {
            let line = words.lines().next().unwrap_or_default();
            println!("{name:<10} {state:<8} {:>6.1} s  {line}", elapsed.as_secs_f64());
        }
        println!("{:<10} {:<8} {:>6.1} s", "all", "", self.started.elapsed().as_secs_f64());
        self.print_longest();
        if !self.shaky.is_empty() {
            println!("\n── Failed, then passed alone; mend the test or what it found");
            self.shaky.iter().for_each(|test| println!("{test}"));
        }
        let failed: Vec<_> =
            self.rows.iter().filter(|row| row.state == "FAILED").map(|row| row.name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    fn print_longest(&self) {
        let mut longest: Vec<_> = self.longest.iter().collect();
        longest.sort_by_key(|(_, time)| Reverse(*time));
        println!("\n── Took longest");
        for (name, time) in longest.into_iter().take(SHOWN) {
            println!("{:>6.1} s  {name}", time.as_secs_f64());
        }
    }
}
