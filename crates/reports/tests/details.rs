//! What the small files of a Katalon run say about it.

use testkeep_reports::RunDetails;

fn read(files: &[(&str, &str)]) -> RunDetails {
    RunDetails::read(files.iter().map(|(name, text)| (*name, text.as_bytes())))
}

#[test]
fn of_a_reporter() {
    let metadata = r#"{"framework":"jest","language":"javascript","version":"29.1","buildLabel":"build 7",
        "buildUrl":"https://ada:pw@ci.example/7","sessionId":"s-1","reportFolder":"/w/r"}"#;
    let execution = r#"{"uuid":"e-1","parentUuid":"","status":"FAILED","host":"ada - ci-1"}"#;
    for files in [
        [("r/execution.json", execution), ("r/metadata.json", metadata)],
        [("metadata.json", metadata), ("execution.json", execution)],
    ] {
        let details = read(&files);
        assert_eq!(details.session_id.as_deref(), Some("s-1"));
        assert_eq!(details.build_label.as_deref(), Some("build 7"));
        assert_eq!(details.build_url.as_deref(), Some("https://ada:[redacted]@ci.example/7"));
        assert_eq!(details.execution_uuid.as_deref(), Some("e-1"));
        assert_eq!(
            (details.framework.as_deref(), details.host.as_deref()),
            (Some("jest"), Some("ada - ci-1"))
        );
    }
    let worker = read(&[("execution.json", execution), ("metadata.json", r#"{"executionUuid":"all"}"#)]);
    assert_eq!(worker.execution_uuid.as_deref(), Some("all"));
}

#[test]
fn of_katalon_studio() {
    let properties = r#"{"id":"Test Suites/Smoke","name":"Smoke","source":"C:\\p\\Smoke.ts","buildLabel":"7","buildURL":null,
        "host":{"hostName":"ada - pc","os":"Windows 11","hostAddress":"10.0.0.1"},
        "execution":{"general":{"executionProfile":"staging"}},"testops":{"testOpsReleaseId":"42"}}"#;
    let details = read(&[
        ("Smoke\\20261128_100000\\execution.properties", properties),
        ("execution.uuid", "0b1c2d3e-0000-4000-8000-000000000001\r\n"),
        ("tsc_id.txt", " c-1 "),
    ]);
    assert_eq!(details.session_id.as_deref(), Some("0b1c2d3e-0000-4000-8000-000000000001"));
    assert_eq!(
        (details.name.as_deref(), details.source.as_deref()),
        (Some("Smoke"), Some("Test Suites/Smoke"))
    );
    assert_eq!((details.profile.as_deref(), details.release_id), (Some("staging"), Some(42)));
    assert_eq!((details.os.as_deref(), details.collection_id.as_deref()), (Some("Windows 11"), Some("c-1")));
    assert_eq!((details.build_label.as_deref(), details.build_url), (Some("7"), None));
    let flat =
        read(&[("execution.properties", r#"{"testops.testOpsReleaseId":5,"executionProfile":"default"}"#)]);
    assert_eq!((flat.release_id, flat.profile.as_deref()), (Some(5), Some("default")));
}

#[test]
fn of_a_collection() {
    let collection = "<ReportCollectionEntity><reportItemDescriptions><ReportItemDescription>\
        <reportLocation>Reports/1/Smoke/1</reportLocation></ReportItemDescription></reportItemDescriptions>\
        <reportLocation>Reports/1/Full/1</reportLocation></ReportCollectionEntity>";
    let details = read(&[("20261128_100000.rp", collection)]);
    assert_eq!(details.report_locations, ["Reports/1/Smoke/1", "Reports/1/Full/1"]);
}

#[test]
fn damaged_files_say_nothing() {
    let deep = "{\"a\":".repeat(100);
    let details = read(&[
        ("metadata.json", "{\"framework\":"),
        ("execution.properties", &deep),
        ("execution.json", "[null]"),
        ("execution.uuid", "two words"),
        ("a.rp", "<a><reportLocation>"),
        ("other.json", "{\"sessionId\":\"x\"}"),
    ]);
    assert_eq!(details, RunDetails::default());
}
