//! `machine-id`.

use std::process::ExitCode;

use serde_json::json;

use super::{Failure, print};

#[derive(clap::Args)]
pub(super) struct MachineIdArguments {
    /// Include the factors that the ID is made from.
    #[arg(long)]
    json: bool,
}

pub(super) fn print_machine_id(arguments: &MachineIdArguments) -> Result<ExitCode, Failure> {
    let machine_id = testkeep_setup::machine::machine_id();
    if !arguments.json {
        return print(&format!("{machine_id}\n"));
    }
    print(&format!("{:#}\n", json!({ "machine_id": machine_id, "factors": machine_id.factors() })))
}
