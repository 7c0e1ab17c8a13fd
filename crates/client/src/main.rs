//! `testkeep`: the command line that people and CI run against a Testkeep server.
//!
//! Parses arguments and prints; everything about licenses is in the library. Exit codes: `cli/failure.rs`.

mod cli;

fn main() {
    let code = cli::run();
    // Not `ExitCode`: it cannot hold the larger exit codes of commands on Windows.
    std::process::exit(code);
}
