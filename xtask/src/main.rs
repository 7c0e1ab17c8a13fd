//! `cargo xtask`: everything that a developer or the CI does with this repository, in seven verbs.
//!
//! Owns what is installed, built, run and checked, and in which order. Must never contain product logic: a verb only
//! runs the programs themselves.

mod builds;
mod demo;
mod ensure;
mod process;
mod verbs;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use verbs::{bench, check, dist, generate, mutants, run, test};
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Runs, tests and builds Testkeep")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build a demo and open the wizard. Without a display: install and run a server, and print how to sign in
    Run {
        /// Run the product's main path without a window
        #[arg(long)]
        headless: bool,
        /// Print one JSON line about the running server, then stop it and remove everything
        #[arg(long, requires = "headless")]
        once: bool,
    },
    /// Run every test: Rust, both databases, desktop, browser, Windows under Wine
    Test {
        /// Only this part
        part: Option<test::Part>,
        /// Only tests whose name contains this (unit, api and desktop)
        filter: Option<String>,
    },
    /// Format, lints, dependency rules, types, generated files
    Check,
    /// Generate openapi.json from the server and the UI's types from it
    Gen,
    /// Build the release programs and packages, for one vendor's public key
    Dist(dist::Options),
    /// Measure start, installation, memory and sign-in on both databases
    Bench {
        /// Only measurements whose name contains this
        name: Option<String>,
    },
    /// Put small faults into a crate and count how many its own tests find
    Mutants {
        /// The crate
        #[arg(value_name = "CRATE", default_value = "testkeep-domain")]
        krate: String,
        /// Try about this many faults, evenly spread over the crate, instead of all
        #[arg(long, value_name = "N")]
        sample: Option<usize>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = Workspace::locate().and_then(|workspace| match arguments.verb {
        Verb::Run { headless, once } => run::run(&workspace, headless, once),
        Verb::Test { part, filter } => test::run(&workspace, part, filter.as_deref()),
        Verb::Check => check::run(&workspace),
        Verb::Gen => generate::run(&workspace),
        Verb::Dist(options) => dist::run(&workspace, &options),
        Verb::Bench { name } => bench::run(&workspace, name.as_deref()),
        Verb::Mutants { krate, sample } => mutants::run(&workspace, &krate, sample),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ncargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
