//! `testkeep`: what people and their automation run against a Testkeep server.
//!
//! Parses arguments and prints; everything about licenses is in the library. Exit codes: `cli/failure.rs`.

mod cli;

fn main() {
    let code = cli::run();
    // Not `ExitCode`, which has no room for what commands end with on Windows.
    std::process::exit(code);
}
