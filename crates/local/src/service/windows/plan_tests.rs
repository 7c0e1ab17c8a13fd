use super::*;

fn plan(name: &str) -> ServicePlan {
    ServicePlan::of(&Layout::new("/Testkeep"), name, Some("/uploads".into()))
}

#[test]
fn the_program_is_started_with_its_configuration_and_the_name() {
    let plan = plan("testkeep");
    let layout = Layout::new("/Testkeep");
    assert_eq!(plan.program, layout.server_program());
    let config = layout.config_file().into_os_string();
    let words: Vec<OsString> =
        ["run".into(), "--config".into(), config, "--as-service".into(), "testkeep".into()].into();
    assert_eq!(plan.arguments, words, "the first word is the one that running servers are recognized by");
}

#[test]
fn the_account_is_the_services_own() {
    assert_eq!(plan("testkeep-qa").account, "NT SERVICE\\testkeep-qa");
}

#[test]
fn the_account_changes_its_folders_and_never_its_program() {
    let grants = plan("testkeep").grants;
    let with = |right: Right| -> Vec<PathBuf> {
        let found = grants.iter().filter(|grant| grant.right == right);
        found.map(|grant| grant.folder.clone()).collect()
    };
    let changed = ["conf", "data", "licenses", "logs", "backups"].map(|name| format!("/Testkeep/{name}"));
    let changed: Vec<PathBuf> = changed.into_iter().map(PathBuf::from).chain(["/uploads".into()]).collect();
    assert_eq!(with(Right::Change), changed);
    assert_eq!(with(Right::Run), [PathBuf::from("/Testkeep/bin")]);
}

#[test]
fn pauses_grow_to_a_minute() {
    let plan = plan("testkeep");
    assert!(plan.pauses.is_sorted() && plan.pauses[0] < Duration::from_secs(1), "{:?}", plan.pauses);
    let last = *plan.pauses.last().unwrap();
    assert_eq!(last, Duration::from_mins(1));
    assert!(plan.failures_forgotten_after > last, "or the pauses would never grow");
}

#[test]
fn a_shutdown_waits_longer_than_a_stop_takes() {
    assert!(plan("testkeep").shutdown_waits > Duration::from_secs(15));
}

#[test]
fn people_see_which_installation_it_is() {
    assert_eq!(plan("testkeep").display_name, "Testkeep");
    assert_eq!(plan("testkeep-qa").display_name, "Testkeep (qa)");
    assert!(plan("testkeep").description.contains("/Testkeep"));
}

#[test]
fn events_have_a_source_of_the_same_name() {
    let source = plan("testkeep-qa").event_source;
    assert_eq!(source.key, "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\testkeep-qa");
    assert!(source.numbers.contains(&("TypesSupported", 7)));
}
