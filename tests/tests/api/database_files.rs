//! The embedded database's files: they can be copied while in use, and damaged or mismatched files are detected.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use testkeep_domain::config::DatabaseConfig;
use testkeep_store::sqlite::examine;
use testkeep_tests::api::{Database, TestServer};
use testkeep_tests::programs::run_server_program;
use tokio::sync::oneshot::error::TryRecvError;

const LIMIT: Duration = Duration::from_mins(1);

fn log_of(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", file.display()))
}

/// Copies both files of a running server, as a crash would leave them. Nothing writes meanwhile.
fn crash_copy(server: &TestServer, folder: &TempDir, name: &str) -> PathBuf {
    let (source, target) = (server.app.layout.database_file(), folder.path().join(name));
    std::fs::copy(&source, &target).unwrap();
    std::fs::copy(log_of(&source), log_of(&target)).unwrap();
    target
}

async fn work(server: &TestServer, name: &str) {
    let answer = server.owner().await.post("/api/v2/organizations", &json!({ "name": name })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

async fn refusal(file: &Path) -> String {
    examine(file, LIMIT).await.expect_err("it must not be used").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_belong_together_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let one = TestServer::start(Database::Sqlite).await;
    one.set_up().await;
    let early = crash_copy(&one, &folder, "early.db");
    examine(&early, LIMIT).await.expect("what a crash leaves is whole");

    // Simulates hours of work.
    for hour in 0..3 {
        one.app.db.renew_mark().await.unwrap();
        work(&one, &format!("Hour {hour}")).await;
        let crashed = crash_copy(&one, &folder, &format!("crash-{hour}.db"));
        examine(&crashed, LIMIT).await.expect("what a crash leaves is whole");
    }
    let whole = folder.path().join("whole.db");
    testkeep_store::sqlite::copy(&one.app.layout.database_file(), &whole).await.unwrap();
    one.app.db.renew_mark().await.unwrap();
    one.app.db.renew_mark().await.unwrap();
    work(&one, "Last").await;
    let late = crash_copy(&one, &folder, "late.db");

    // An older backup was restored, but the log with the last writes is still there.
    std::fs::copy(log_of(&late), log_of(&whole)).unwrap();
    let words = refusal(&whole).await;
    assert!(words.contains("do not belong together") && words.contains("-shm"), "{words}");
    std::fs::remove_file(log_of(&whole)).unwrap();
    examine(&whole, LIMIT).await.expect("the backup alone is whole");

    // The log belongs to another installation.
    let other = TestServer::start(Database::Sqlite).await;
    other.app.db.renew_mark().await.unwrap();
    other.set_up().await;
    let foreign = crash_copy(&other, &folder, "foreign.db");
    let mixed = folder.path().join("mixed.db");
    std::fs::copy(&foreign, &mixed).unwrap();
    std::fs::copy(log_of(&late), log_of(&mixed)).unwrap();
    let one_file = std::fs::metadata(&foreign).unwrap().len() > 0;
    assert!(one_file && refusal(&mixed).await.contains("together"));

    // The database is missing, but its log is there.
    std::fs::write(&mixed, "").unwrap();
    assert!(refusal(&mixed).await.contains("missing or empty"));
    std::fs::remove_file(&mixed).unwrap();
    assert!(refusal(&mixed).await.contains("missing or empty"));
    other.stop_anyhow().await;
    one.stop_anyhow().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_found_at_start_and_nothing_is_changed() {
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    for number in 0..30 {
        work(&server, &format!("Organization {number}")).await;
    }
    let (config, layout) = (server.app.config.clone(), server.app.layout.clone());
    let folder = server.stop_keeping_files().await;
    std::fs::write(layout.config_file(), config.to_toml()).unwrap();
    let file = layout.database_file();
    let good = std::fs::read(&file).unwrap();
    let start = || {
        let output = run_server_program(
            &["run", "--allow-root", "--config", layout.config_file().to_str().unwrap()],
            "",
        );
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };

    let mut holed = good.clone();
    holed[8192..good.len() / 2].fill(0x77);
    for (what, bytes, words) in [
        ("overwritten", holed.as_slice(), "damaged"),
        ("cut off", &good[..good.len() / 2 / 4096 * 4096], "damaged"),
        ("something else", b"<html>no database, but a page of a proxy</html>".as_slice(), "not a database"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let (code, text) = start();
        assert_eq!(code, Some(1), "{what}: {text}");
        assert!(text.contains(words) && text.contains("backup"), "{what}: {text}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{what}: nothing was changed");
    }
    std::fs::write(&file, &good).unwrap();
    examine(&file, LIMIT).await.expect("the good one again");
    drop(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_database_in_use_is_whole() {
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("data").join("testkeep.db");
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    let config = server.config_file();
    let copy = ["database", "copy", "--config", config.to_str().unwrap(), "--to", target.to_str().unwrap()];
    let owner = server.owner().await;
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let writer = tokio::spawn(async move {
        let mut written = 0;
        while stopped.try_recv() == Err(TryRecvError::Empty) {
            let name = json!({ "name": format!("While copying {written}") });
            assert_eq!(owner.post("/api/v2/organizations", &name).await.status, 201);
            written += 1;
        }
        written
    });
    let arguments: Vec<String> = copy.iter().map(ToString::to_string).collect();
    let output = tokio::task::spawn_blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run_server_program(&arguments, "")
    });
    let output = output.await.unwrap();
    drop(stop);
    assert!(writer.await.unwrap() > 0, "the server went on");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!log_of(&target).exists(), "one file is all");

    let again = run_server_program(&copy, "");
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));

    let copied = TestServer::start_in(folder, DatabaseConfig::BuiltIn, Vec::new()).await;
    let answer = copied.owner().await.get("/api/v2/organizations").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    copied.stop_anyhow().await;
    server.stop_anyhow().await;
}
