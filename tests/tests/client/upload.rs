//! `testkeep upload` with the real server: executions, repeated uploads, refusals, and uploads that are kept.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::place::Place;
use crate::testkeep::{Account, Ended};

const JUNIT: &str = r#"<testsuite name="s"><testcase name="a"/><testcase name="b"><failure message="no"/></testcase></testsuite>"#;

async fn project(place: &Place) -> String {
    let path = format!("/api/v2/organizations/{}/projects", place.organization);
    place.owner.create(&path, &json!({ "name": "Web shop" })).await.to_string()
}

fn write(account: &Account, name: &str, content: &[u8]) -> String {
    let path: PathBuf = account.home.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn run(account: &Account, words: &[&str]) -> Ended {
    Ended::of(account.bare(&["upload"]).args(words).output().unwrap())
}

/// The objects of `--json`; the exit code must be `code`, the outcomes `outcomes`.
#[track_caller]
fn uploaded(account: &Account, words: &[&str], code: i32, outcomes: &[&str]) -> Vec<Value> {
    let ended = run(account, &[words, &["--json"]].concat());
    assert_eq!(ended.code, code, "{ended:?}");
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(found, outcomes, "{ended:?}");
    lines
}

/// The execution, after its files are read.
async fn read(place: &Place, upload: &Value) -> Value {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let answer = place.owner.get(&format!("/api/v2/executions/{}", upload["execution_id"])).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let execution = answer.body["execution"].clone();
        if execution["state"] != "reading" {
            return execution;
        }
        assert!(Instant::now() < until, "{execution}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_folders_become_executions_once() {
    let place = Place::usual().await;
    let (account, project) = (place.account(), project(&place).await);
    let file = write(&account, "out/TEST-a.xml", JUNIT.as_bytes());
    let words = [&file, "--project", &project, "--strict", "--branch", "main", "--name", "Nightly"];
    let first = uploaded(&account, &words, 0, &["uploaded"]).remove(0);
    assert_eq!((&first["number"], &first["state"]), (&json!(1), &json!("reading")));
    assert!(first["url"].as_str().unwrap().starts_with(place.url()), "{first}");
    let execution = read(&place, &first).await;
    assert_eq!((&execution["name"], &execution["branch"]), (&json!("Nightly"), &json!("main")));
    assert_eq!((&execution["counts"]["passed"], &execution["counts"]["failed"]), (&json!(1), &json!(1)));
    let again = uploaded(&account, &words, 0, &["uploaded_before"]).remove(0);
    assert_eq!(again["execution_id"], first["execution_id"]);

    write(&account, "out/sub/TEST-b.xml", JUNIT.as_bytes());
    write(&account, "out/notes.txt", b"no report");
    let folder = account.home.path().join("out");
    let folder = folder.to_str().unwrap();
    let whole =
        uploaded(&account, &[folder, "--project", "Web shop", "--strict"], 0, &["uploaded"]).remove(0);
    assert_eq!((&whole["files"], &whole["number"]), (&json!(3), &json!(2)));
    let execution = read(&place, &whole).await;
    assert_eq!(
        (&execution["state"], &execution["counts"]["total"]),
        (&json!("done"), &json!(4)),
        "{execution}"
    );
    let pattern = format!("{folder}/**/TEST-*.xml");
    let ended = run(&account, &[&pattern, "--project", &project]);
    assert!(ended.stdout.starts_with("reports.tar.gz is uploaded: execution 3, http"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_fails_a_build_only_when_asked() {
    let place = Place::usual().await;
    let (account, project) = (place.account(), project(&place).await);
    // Larger than what fits on the way: the answer comes before the end of the body.
    let noise: Vec<u8> =
        std::iter::repeat_with(uuid::Uuid::new_v4).take(300_000).flat_map(uuid::Uuid::into_bytes).collect();
    let large = write(&account, "large.xml", &noise);
    uploaded(&account, &[&large, "--project", "987654"], 0, &["refused"]);
    uploaded(&account, &[&large, "--project", "No such", "--strict"], 77, &["refused"]);
    let stranger = Account::new(place.url(), &format!("tkk_{}", "0".repeat(64)));
    let words = [&large, "--project", &project, "--strict"];
    let refused = uploaded(&stranger, &words, 77, &["refused"]).remove(0);
    assert!(refused["message"].as_str().unwrap().contains("refused the API key"), "{refused}");
    let empty = write(&account, "empty.xml", b"");
    uploaded(&account, &[&empty, "--project", &project], 0, &["refused"]);
    run(&account, &["nothing-*.xml", "--project", &project]).expect(2, "No file was found for nothing-*.xml");
    run(&account, &[&large]).expect(2, "--project");
    let unread = uploaded(&account, &words, 0, &["uploaded"]).remove(0);
    assert_eq!(read(&place, &unread).await["state"], "unreadable");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_uploaded_while_the_server_is_away_arrives_later() {
    let mut place = Place::usual().await;
    let (account, project) = (place.account(), project(&place).await);
    let first = write(&account, "first.xml", JUNIT.as_bytes());
    let second = write(&account, "second.xml", JUNIT.as_bytes());
    place.kill_server();
    let now = ["--project", &project, "--retry-for", "0"];
    uploaded(&account, &[&[&*first], &now[..]].concat(), 0, &["kept"]);
    run(&account, &[&[&*first, "--strict"], &now[..]].concat())
        .expect(69, "the next `testkeep upload` sends it");
    place.start_server();
    let all = uploaded(&account, &[&second, "--project", &project, "--strict"], 0, &["uploaded", "uploaded"]);
    let told: Vec<_> =
        all.iter().map(|upload| (&upload["file"], &upload["number"], &upload["was_kept"])).collect();
    let expected =
        [(json!("first.xml"), json!(1), json!(true)), (json!("second.xml"), json!(2), json!(false))];
    assert_eq!(told, expected.iter().map(|(file, number, kept)| (file, number, kept)).collect::<Vec<_>>());
    for upload in &all {
        assert_eq!(read(&place, upload).await["counts"]["total"], 2);
    }
    uploaded(&account, &["--spooled", "--strict"], 0, &[]);
}
