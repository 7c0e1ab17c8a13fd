//! `testkeep license machine-id`: prints the ID that an admin needs to make an offline license.

use testkeep_client::MachineKey;

use super::failure::Failure;
use super::report;

pub(crate) fn print_machine_id() -> Result<i32, Failure> {
    report::print(MachineKey::of_this_machine()?.as_str());
    Ok(0)
}
