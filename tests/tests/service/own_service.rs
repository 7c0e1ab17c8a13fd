//! A person's own service, without administrator's rights.

use std::time::Duration;

use testkeep_tests::booted::{BootedMachine, PROGRAM};

use crate::inside::{answers, machine, wait_until_answering};

const PLACE: &str = "/home/ada/testkeep";
const PORT: u16 = 8090;

/// Runs a program as Ada, as a shell that `su` has opened.
fn as_ada(words: &str) -> String {
    format!("cd /home/ada && setpriv --reuid=ada --regid=ada --init-groups env HOME=/home/ada {words}")
}

/// An account whose services linger. Its manager gets the variable that the system's PAM module sets elsewhere.
fn make_ada(machine: &BootedMachine) {
    machine.succeed("useradd --create-home ada");
    machine.write(
        "/etc/systemd/system/user@.service.d/runtime.conf",
        "[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i\n",
    );
    machine.succeed("systemctl daemon-reload");
}

#[test]
fn belongs_to_one_person_and_outlives_the_session() {
    let mut machine = machine();
    make_ada(&machine);
    machine.succeed("loginctl enable-linger ada");
    machine.wait_for(Duration::from_secs(20), "test -S /run/user/$(id -u ada)/systemd/private");
    let file = answers(&machine, PLACE, PORT, "user-service");
    let answers = std::fs::read_to_string(machine.root().join(&file[1..])).unwrap();
    machine.write("/home/ada/answers.toml", &answers.replace("/root/", "/home/ada/"));
    machine.succeed("mv /root/license* /home/ada/; chown -R ada:ada /home/ada");
    machine.succeed(&as_ada(&format!("{PROGRAM} install --answers /home/ada/answers.toml")));
    let status = machine.succeed(&as_ada(&format!("{PLACE}/bin/testkeep-server service status")));
    assert!(status.contains("testkeep (user)") && status.contains("State:    running"), "{status}");
    let pid = machine.succeed(&format!("pgrep -f '{PLACE}/bin/testkeep-server run'"));
    machine.succeed(&format!("kill -9 {pid}"));
    machine.wait_for(Duration::from_secs(3), &format!("test \"$(pgrep -f '{PLACE}/bin/testkeep-server run')\" != '{pid}' && curl -sf http://127.0.0.1:{PORT}/readyz"));
    machine.reboot();
    wait_until_answering(&machine, PORT, Duration::from_secs(20));
    machine.succeed(&as_ada(&format!("{PROGRAM} uninstall --destination {PLACE} --delete-data")));
    assert_eq!(
        machine.succeed("find /home/ada/.config -name '*testkeep*'; pgrep -x testkeep-server; true"),
        ""
    );
    assert_eq!(machine.succeed("ls /var/lib/systemd/linger"), "ada", "lingering was there before");
}
