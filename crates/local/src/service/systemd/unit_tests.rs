use super::*;

fn unit() -> Unit {
    let destination = PathBuf::from("/opt/testkeep");
    Unit {
        program: destination.join("bin/testkeep-server"),
        config_file: destination.join("conf/testkeep.toml"),
        lowest_port: 8005,
        writable: vec![destination.join("data"), destination.join("logs")],
        account: Some("testkeep".into()),
        version: 252,
        made_lingering: false,
        destination,
    }
}

fn lines(unit: &Unit) -> Vec<String> {
    text(unit).lines().map(ToOwned::to_owned).collect()
}

#[test]
fn a_system_service_has_its_account_and_its_sandbox() {
    let lines = lines(&unit());
    for line in [
        "ExecStart=\"/opt/testkeep/bin/testkeep-server\" run --config \"/opt/testkeep/conf/testkeep.toml\"",
        "User=testkeep",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateUsers=yes",
        "CapabilityBoundingSet=",
        "ReadWritePaths=\"-/opt/testkeep/data\"",
        "WantedBy=multi-user.target",
        "Destination=/opt/testkeep",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line} is missing in {lines:#?}");
    }
}

#[test]
fn a_privileged_port_brings_its_one_capability() {
    let text = text(&Unit { lowest_port: 443, ..unit() });
    assert!(text.contains("AmbientCapabilities=CAP_NET_BIND_SERVICE"));
    assert!(!text.contains("PrivateUsers"), "the capability would not reach the machine's ports");
    assert!(!super::text(&Unit { lowest_port: 1024, ..unit() }).contains("Ambient"));
}

#[test]
fn older_versions_get_no_keys_that_they_do_not_know() {
    assert!(!text(&unit()).contains("RestartSteps"));
    let newer = text(&Unit { version: 254, ..unit() });
    assert!(newer.contains("RestartSteps=") && newer.contains("StartLimitIntervalSec=0"));
}

#[test]
fn a_persons_service_has_no_account() {
    let text = text(&Unit { account: None, made_lingering: true, ..unit() });
    assert!(
        text.contains("WantedBy=default.target")
            && text.ends_with("MadeLingering=yes\n")
            && !text.contains("User="),
        "{text}"
    );
    assert!(!text.contains("ProtectSystem"), "a person's manager may not set it up");
}

#[test]
fn odd_paths_stay_one_word() {
    let destination = PathBuf::from("/srv/100% $HOME \"x\"");
    let odd = Unit {
        program: destination.join("bin/testkeep-server"),
        writable: vec![destination.join("data")],
        destination,
        ..unit()
    };
    let text = text(&odd);
    assert!(text.contains("ExecStart=\"/srv/100%% $$HOME \\\"x\\\"/bin/testkeep-server\" run"), "{text}");
    assert!(text.contains("ReadWritePaths=\"-/srv/100%% $HOME \\\"x\\\"/data\""), "{text}");
    assert!(text.contains("WorkingDirectory=/srv/100%% $HOME"), "{text}");
}

#[test]
fn folders_in_homes_stay_visible() {
    let inside = Unit { writable: vec!["/home/ada/uploads".into()], ..unit() };
    assert!(text(&inside).contains("ProtectHome=read-only"));
}
