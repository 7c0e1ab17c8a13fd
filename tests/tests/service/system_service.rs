//! A service of the whole machine, from its silent installation to its removal.

use std::time::Duration;

use testkeep_tests::booted::{BootedMachine, PROGRAM};

use crate::inside::{
    BACK_WITHIN, HTTP_PORT, answers, machine, status, wait_until_answering, wait_until_replaced,
};

const PLACE: &str = "/opt/testkeep";
const BOOT: Duration = Duration::from_secs(20);

/// One machine for all of it, because each step is about the service that the step before has left.
#[test]
fn lives_from_installation_to_removal() {
    let mut machine = machine();
    installs_silently(&machine);
    has_little_rights(&machine);
    is_back_after_a_kill(&machine);
    finishes_running_requests(&machine);
    is_started_again_when_it_hangs(&machine);
    obeys_the_older_commands(&machine);
    lets_root_work_as_its_account(&machine);
    is_repaired_by_another_installation(&machine);
    starts_at_boot(&mut machine);
    is_removed_without_a_trace(&machine);
}

fn installs_silently(machine: &BootedMachine) {
    let answers = answers(machine, PLACE, HTTP_PORT, "service");
    let report = machine.succeed(&format!("{PROGRAM} install --answers {answers}"));
    assert!(report.contains("register_service done"), "{report}");
    let status = status(machine, PLACE);
    assert_eq!(
        (&status["kind"], &status["name"], &status["state"], &status["account"]),
        (&"system".into(), &"testkeep".into(), &"running".into(), &"testkeep".into()),
        "{status}"
    );
    assert_eq!(status["enabled"], true, "{status}");
    // The license is bound to the machine: inside its sandbox the server must see the same machine as root does.
    let sign_in = format!(
        "curl -s -H 'content-type: application/json' -d '{{\"email\":\"ada@example.com\",\"password\":\"correct horse \
         battery\"}}' http://127.0.0.1:{HTTP_PORT}/api/v2/sessions"
    );
    let session: serde_json::Value = serde_json::from_str(&machine.succeed(&sign_in)).unwrap();
    let token = session["token"].as_str().unwrap_or_else(|| panic!("{session}"));
    let ask =
        format!("curl -s -H 'authorization: Bearer {token}' http://127.0.0.1:{HTTP_PORT}/api/v2/status");
    let server: serde_json::Value = serde_json::from_str(&machine.succeed(&ask)).unwrap();
    assert_eq!(server["license"]["state"], "active", "{server}");
}

fn has_little_rights(machine: &BootedMachine) {
    let verified = machine.run("systemd-analyze verify /etc/systemd/system/testkeep.service");
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "", "systemd understands every line");
    let pid = status(machine, PLACE)["pid"].to_string();
    assert_eq!(machine.succeed(&format!("stat -c %U /proc/{pid}")), "testkeep");
    assert_eq!(machine.succeed(&format!("grep CapEff /proc/{pid}/status")), "CapEff:\t0000000000000000");
    for (path, owner) in
        [("data", "testkeep"), ("conf/secret.key", "testkeep"), ("bin", "root"), ("", "root")]
    {
        assert_eq!(machine.succeed(&format!("stat -c %U {PLACE}/{path}")), owner, "{path}");
    }
    let judged = machine.succeed("systemd-analyze security --no-pager testkeep.service");
    let last = judged.lines().last().unwrap();
    let exposure = last.split_whitespace().find_map(|word| word.parse::<f32>().ok()).expect("a number");
    assert!(exposure <= 1.5, "{judged}");
}

fn is_back_after_a_kill(machine: &BootedMachine) {
    let before = status(machine, PLACE);
    machine.succeed(&format!("kill -9 {}", before["pid"]));
    let took = wait_until_replaced(machine, "testkeep", &before["pid"], BACK_WITHIN);
    println!("back after {took:?}");
    assert_eq!(status(machine, PLACE)["restarts"], 1);
}

/// A request whose body arrives only after the stop was asked for is answered.
fn finishes_running_requests(machine: &BootedMachine) {
    let body = "{\"email\":\"ada@example.com\",\"password\":\"correct horse battery\"}";
    let (first, rest) = body.split_at(20);
    let length = body.len();
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{HTTP_PORT}
         printf 'POST /api/v2/sessions HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\n' >&3
         printf 'Content-Length: {length}\\r\\nConnection: close\\r\\n\\r\\n%s' '{first}' >&3
         systemctl stop testkeep & stop=$!
         until test \"$(systemctl is-active testkeep)\" = deactivating; do :; done
         printf '%s' '{rest}' >&3
         cat <&3
         wait $stop"
    );
    let answer = machine.succeed(&script);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(status(machine, PLACE)["state"], "stopped");
    let log = machine.succeed(&format!("tail -n 1 {PLACE}/logs/testkeep.log"));
    assert!(log.ends_with(" stopped"), "{log}");
    assert!(
        machine.succeed("journalctl -u testkeep --no-pager").contains(" INFO ready"),
        "journald has it too"
    );
}

fn is_started_again_when_it_hangs(machine: &BootedMachine) {
    machine.write("/etc/systemd/system/testkeep.service.d/fast.conf", "[Service]\nWatchdogSec=1500ms\n");
    machine.succeed("systemctl daemon-reload");
    machine.succeed(&format!("{PLACE}/bin/testkeep-server service start"));
    let before = status(machine, PLACE);
    machine.succeed(&format!("kill -STOP {}", before["pid"]));
    wait_until_replaced(machine, "testkeep", &before["pid"], Duration::from_secs(10));
    assert!(machine.succeed("journalctl -u testkeep --no-pager").contains("Watchdog timeout"));
    machine.succeed("rm -r /etc/systemd/system/testkeep.service.d; systemctl daemon-reload");
}

fn obeys_the_older_commands(machine: &BootedMachine) {
    let command = |verb: &str| {
        machine.succeed(&format!("{PLACE}/bin/testkeep-server {verb} --config {PLACE}/conf/testkeep.toml"))
    };
    assert_eq!(command("stop"), "Stopped.");
    assert_eq!(
        machine.fail(3, "systemctl is-active testkeep").lines().next().unwrap().trim(),
        "exit status: 3 inactive"
    );
    assert!(command("start").starts_with("Running at http://localhost:8080 (process "));
    assert_eq!(machine.succeed("systemctl is-active testkeep"), "active");
    for (verb, enabled) in [("disable", false), ("enable", true)] {
        machine.succeed(&format!("{PLACE}/bin/testkeep-server service {verb}"));
        assert_eq!(status(machine, PLACE)["enabled"], enabled);
    }
    let words = machine.succeed(&format!("{PLACE}/bin/testkeep-server service restart"));
    assert!(words.contains("State:    running") && words.contains("Account:  testkeep"), "{words}");
}

/// Files that root's commands make belong to the server.
fn lets_root_work_as_its_account(machine: &BootedMachine) {
    let config = format!("--config {PLACE}/conf/testkeep.toml");
    machine.succeed(&format!(
        "echo 'another horse battery' | {PLACE}/bin/testkeep-server account reset-password {config} --email \
         ada@example.com --password-stdin"
    ));
    machine.succeed(&format!("{PLACE}/bin/testkeep-server audit verify {config}"));
    assert_eq!(
        machine.succeed(&format!("find {PLACE}/data {PLACE}/licenses {PLACE}/logs ! -user testkeep")),
        ""
    );
}

fn is_repaired_by_another_installation(machine: &BootedMachine) {
    machine.succeed(&format!("systemctl stop testkeep; rm {PLACE}/conf/metrics.token"));
    let answers = answers(machine, PLACE, HTTP_PORT, "service");
    machine.succeed(&format!("sed -i '/service/,$d' {answers}"));
    machine.succeed(&format!("{PROGRAM} install --answers {answers}"));
    let status = status(machine, PLACE);
    assert_eq!(
        (&status["kind"], &status["state"]),
        (&"system".into(), &"running".into()),
        "it stays a service"
    );
    assert_eq!(machine.succeed(&format!("find {PLACE}/conf {PLACE}/data ! -user testkeep")), "");
}

fn starts_at_boot(machine: &mut BootedMachine) {
    machine.reboot();
    wait_until_answering(machine, HTTP_PORT, BOOT);
    assert_eq!(status(machine, PLACE)["state"], "running");
}

fn is_removed_without_a_trace(machine: &BootedMachine) {
    machine.succeed(&format!("{PROGRAM} uninstall --destination {PLACE} --delete-data"));
    let traces = "find /etc/systemd /opt /var/lib/systemd -name '*testkeep*'; grep testkeep /etc/passwd /etc/group; true";
    assert_eq!(machine.succeed(traces), "");
    machine.fail(4, "systemctl status testkeep.service");
}

/// The server gets the one right that it needs for a port that browsers know.
#[test]
fn a_low_port_needs_one_capability() {
    let machine = machine();
    let answers = answers(&machine, "/srv/low port", 443, "service");
    machine.succeed(&format!("{PROGRAM} install --answers '{answers}'"));
    let pid = machine.succeed("systemctl show -p MainPID --value testkeep-low-port");
    assert_eq!(machine.succeed(&format!("stat -c %U /proc/{pid}")), "testkeep-low-port");
    assert_eq!(machine.succeed(&format!("grep CapEff /proc/{pid}/status")), "CapEff:\t0000000000000400");
    machine.succeed("curl -sf http://127.0.0.1:443/readyz");
    let verified = machine.run("systemd-analyze verify /etc/systemd/system/testkeep-low-port.service");
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "");
}
