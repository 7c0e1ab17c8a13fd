//! An installation inside a booted machine.

use std::time::Duration;

use serde_json::Value;
use testkeep_domain::Clock;
use testkeep_domain::machine::MachineId;
use testkeep_tests::api::license_by;
use testkeep_tests::booted::{BootedMachine, PROGRAM};
use testkeep_tests::programs::{demo_key, server_program};

pub(crate) const HTTP_PORT: u16 = 8080;
/// A service that ended must answer again within this time.
pub(crate) const BACK_WITHIN: Duration = Duration::from_secs(2);

pub(crate) fn machine() -> BootedMachine {
    BootedMachine::boot(&server_program())
}

/// Writes answers and a license for the machine to `/root`; returns the path of the answers.
pub(crate) fn answers(machine: &BootedMachine, destination: &str, http_port: u16, mode: &str) -> String {
    let id = machine.succeed(&format!("{PROGRAM} machine-id"));
    let id = MachineId::parse(&id).expect("a Machine ID");
    let license = license_by(&demo_key(), Clock::system().now(), |terms| terms.machine_id = id);
    let name = destination.replace('/', "-");
    let (file, license_file) = (format!("/root/answers{name}.toml"), format!("/root/license{name}.lic"));
    machine.write(&license_file, &license);
    let control_port = http_port + 1;
    let text = format!(
        "destination = '{destination}'\nhttp_port = {http_port}\ncontrol_port = {control_port}\n\
         server_url = 'http://localhost:{http_port}'\nlicense_file = '{license_file}'\n[database]\n\
         kind = 'built-in'\n[default_account]\nemail = 'ada@example.com'\npassword = 'correct horse battery'\n\
         first_name = 'Ada'\nlast_name = 'Lovelace'\n[service]\nmode = '{mode}'\n"
    );
    machine.write(&file, &text);
    machine.succeed(&format!("chmod 600 '{file}' '{license_file}'"));
    file
}

/// The answer of `service status --json` of the installed program.
pub(crate) fn status(machine: &BootedMachine, destination: &str) -> Value {
    let text = machine.succeed(&format!("{destination}/bin/testkeep-server service status --json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn wait_until_answering(machine: &BootedMachine, port: u16, within: Duration) -> Duration {
    machine.wait_for(within, &format!("curl -sf --max-time 1 http://127.0.0.1:{port}/readyz"))
}

/// A script that succeeds when the service's process is no longer `pid` and answers.
pub(crate) fn wait_until_replaced(
    machine: &BootedMachine,
    name: &str,
    pid: &Value,
    within: Duration,
) -> Duration {
    let script = format!(
        "p=$(systemctl show -p MainPID --value {name}); test \"$p\" != 0 && test \"$p\" != {pid} && \
         curl -sf --max-time 1 http://127.0.0.1:{HTTP_PORT}/livez"
    );
    machine.wait_for(within, &script)
}
