//! Commands that need no server: lease documents in files, arguments, keys, this machine's ID.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use testkeep_domain::lease::LeaseKind;
use testkeep_domain::license::VendorKey;

use crate::forger::{claims, now, sign, sign_by, tamper};
use crate::testkeep::{Account, Ended};

fn nobody() -> Account {
    Account::new("", "")
}

fn written(account: &Account, lease: &str) -> String {
    let file = account.home.path().join("KRE.lic");
    fs::write(&file, lease).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn an_offline_license_runs_a_command_without_a_server() {
    let account = nobody();
    let file = written(&account, &format!("{}\n", sign(&claims(LeaseKind::Offline, ""))));
    let ended =
        account.testkeep(&["run", "--lease", &file, "--", "sh", "-c", "echo out; echo err >&2; exit 9"]);
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (9, "out\n", "err\n"));
    let status = account.json(&["status", "--lease", &file], 0);
    assert_eq!((&status["product"], &status["kind"]), (&"KRE".into(), &"offline".into()));
    assert_eq!(status["server_says"]["state"], "not_asked");
}

#[test]
fn a_lease_file_that_is_not_good_runs_nothing() {
    let account = nobody();
    let good = claims(LeaseKind::Offline, "");
    let mut other_machine = good.clone();
    other_machine.machine_id = "f".repeat(32);
    let mut expired = good.clone();
    expired.issued_at = now() - TimeDelta::hours(2);
    expired.expires_at = now() - TimeDelta::seconds(1);
    let stranger = VendorKey::from_seed(&[1; 32]);
    let cases = [
        (tamper(&sign(&good)), 78, "changed after it was signed"),
        (sign(&other_machine), 78, "another machine"),
        (sign_by(&stranger, &good), 78, "does not trust"),
        (sign(&expired), 76, "expired"),
        (String::new(), 78, "not a lease"),
        ("x".repeat(100_000), 78, "longer than"),
    ];
    for (lease, code, said) in cases {
        let file = written(&account, &lease);
        let trace = account.home.path().join("trace");
        let command = ["run", "--lease", &file, "--", "touch", trace.to_str().unwrap()];
        account.testkeep(&command).expect(code, said);
        assert!(!trace.exists(), "{said}");
        account.testkeep(&["status", "--lease", &file]).expect(code, said);
    }
    account.testkeep(&["run", "--lease", "/nowhere", "--", "true"]).expect(64, "cannot be read");
}

#[test]
fn a_lease_that_expires_while_the_command_runs_stops_it() {
    let account = nobody();
    let mut short = claims(LeaseKind::Offline, "");
    short.expires_at = now() + TimeDelta::seconds(4);
    let file = written(&account, &sign(&short));
    let ended = account.testkeep(&["run", "--lease", &file, "--", "sleep", "50"]);
    ended.expect(76, "expired");
    // A command that ignores the request to end is killed after ten seconds.
    short.expires_at = now() + TimeDelta::seconds(4);
    let file = written(&account, &sign(&short));
    let stubborn = "trap 'echo asked' TERM; for i in 1 2 3 4 5 6 7 8 9; do sleep 5; done; echo survived";
    let ended = account.testkeep(&["run", "--lease", &file, "--", "sh", "-c", stubborn]);
    ended.expect(76, "is killed");
    assert_eq!(ended.stdout, "asked\n", "{ended:?}");
}

#[test]
fn commands_that_cannot_be_started_have_the_shells_codes() {
    let account = nobody();
    let file = written(&account, &sign(&claims(LeaseKind::Offline, "")));
    account.testkeep(&["run", "--lease", &file, "--", "/nowhere"]).expect(127, "cannot be started");
    account.testkeep(&["run", "--lease", &file, "--", "/"]).expect(126, "cannot be started");
    let ended = account.testkeep(&["run", "--lease", &file, "--", "sh", "-c", "kill -9 $$"]);
    assert_eq!(ended.code, 137, "{ended:?}");
}

#[test]
fn signals_reach_the_command() {
    let account = nobody();
    let file = written(&account, &sign(&claims(LeaseKind::Offline, "")));
    for (name, code) in [("TERM", 3), ("INT", 4), ("HUP", 5)] {
        let script = "trap 'exit 3' TERM; trap 'exit 4' INT; trap 'exit 5' HUP; echo ready >&2; \
                      while :; do sleep 0.1; done";
        let mut running = account.start(&["run", "--lease", &file, "--", "sh", "-c", script]);
        running.says("ready");
        running.signal(name);
        assert_eq!(running.ends().code, code, "{name}");
    }
}

#[test]
fn arguments_that_are_missing_or_wrong_are_named() {
    let no_server = Account::new("", &format!("tkk_{}", "0".repeat(64)));
    no_server.testkeep(&["run", "--", "true"]).expect(64, "TESTKEEP_SERVER");
    no_server.testkeep(&["checkout", "--server", "ftp://a"]).expect(64, "http://");
    let no_key = Account::new("http://127.0.0.1:1", "");
    no_key.testkeep(&["checkout"]).expect(64, "TESTKEEP_API_KEY");
    let bad_key = Account::new("http://127.0.0.1:1", "tkk_secret_secret");
    let ended = bad_key.testkeep(&["checkout"]);
    ended.expect(64, "not an API key");
    assert!(!ended.stderr.contains("secret_secret"), "{ended:?}");
    no_server.testkeep(&["checkout", "--borrow", "31", "--server", "http://a"]).expect(64, "31");
    no_server.testkeep(&["checkout", "--package", "XYZ", "--server", "http://a"]).expect(64, "XYZ");
    no_server.testkeep(&["run", "--server", "http://a"]).expect(64, "COMMAND");
    no_server.testkeep(&["checkout", "--server", "http://a", "--ca", "/nowhere"]).expect(64, "/nowhere");
    let empty = written(&no_server, "");
    no_server.testkeep(&["checkout", "--server", "http://a", "--ca", &empty]).expect(64, "certificate");
    let mut other_vendor = no_server.bare(&["license", "status", "--vendor-key", &empty]);
    Ended::of(other_vendor.output().unwrap()).expect(64, "not a key file");
}

#[test]
fn help_names_every_exit_code_and_keeps_the_key_off_the_command_line() {
    for verb in ["checkout", "release", "status", "run"] {
        let help = Ended::of(nobody().bare(&["license", verb, "--help"]).output().unwrap());
        assert_eq!(help.code, 0);
        for code in ["64", "69", "70", "75", "76", "77", "78", "126", "127", "130"] {
            assert!(help.stdout.contains(code), "{verb}: {code}");
        }
        assert!(help.stdout.contains("can read the arguments of every program"), "{verb}");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/license-client.md");
    let page = fs::read_to_string(page).unwrap();
    for code in
        ["| 0 |", "| 64 |", "| 69 |", "| 70 |", "| 75 |", "| 76 |", "| 77 |", "| 78 |", "| 126, 127 |"]
    {
        assert!(page.contains(code), "docs/license-client.md does not have {code}");
    }
}

#[test]
fn a_machine_has_one_id_for_each_account() {
    let id = || nobody().testkeep(&["machine-id"]).stdout;
    let first = id();
    let digits = first.trim_end();
    assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{first}");
    assert_eq!(first, id());
}

#[test]
fn this_build_trusts_the_demo_key_and_says_so() {
    let account = nobody();
    let version = Ended::of(account.bare(&["--version"]).output().unwrap());
    assert!(version.stdout.contains("demo"), "{version:?}: build it with --features testkeep-client/demo");
    let file = written(&account, &sign(&claims(LeaseKind::Offline, "")));
    let words = ["license", "status", "--lease", &file, "--json", "--machine-id", crate::testkeep::MACHINE];
    let ended = Ended::of(account.bare(&words).output().unwrap());
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("\"demo\":true"), "{ended:?}");
}
