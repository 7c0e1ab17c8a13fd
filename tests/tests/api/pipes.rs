//! Named pipes where files are expected: opening one could wait for ever, so the server must not open it. Only Unix has
//! pipes in folders.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::api::{CONTROL_TOKEN, Database, METRICS_TOKEN, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::programs::{ServerFolder, run_server_program};
use uuid::Uuid;

/// Replaces the file at `path` with a pipe.
fn put_pipe(path: &Path) {
    let _gone = std::fs::remove_file(path);
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

fn is_regular(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_file())
}

on_both_databases!(no_worker_waits_for_a_pipe, |server| {
    let layout = server.app.layout.clone();
    let license = Uuid::new_v4();
    std::fs::create_dir_all(layout.licenses()).unwrap();
    let copy = layout.licenses().join(format!("{license}.lic"));
    put_pipe(&copy);
    std::fs::create_dir_all(layout.data()).unwrap();
    std::fs::create_dir_all(layout.log_file().parent().unwrap()).unwrap();
    for path in
        [layout.metrics_token(), layout.authorities(), layout.data().join("readiness.tmp"), layout.log_file()]
    {
        put_pipe(&path);
    }
    let began = Instant::now();
    assert_eq!(server.import(server.license(|terms| terms.license_id = license)).await.status(), 200);
    assert!(is_regular(&copy), "the copy took the pipe's place");
    server.set_up_account().await;

    let anyone = server.anonymous();
    let metrics = || {
        let request = anyone.request("GET", "/metrics").header("x-forwarded-for", "1.2.3.4");
        anyone.send(request.bearer_auth(METRICS_TOKEN))
    };
    // More requests than the server has worker threads.
    for answer in futures_util::future::join_all((0..40).map(|_| metrics())).await {
        assert_eq!(answer.code(), "forbidden", "{}", answer.body);
    }
    assert_eq!(anyone.get("/readyz").await.status, 200);
    let settings = json!({ "host": "127.0.0.1", "port": 1, "protocol": "smtps", "username": "",
                           "sender": "testkeep@example.com" });
    let body = json!({ "recipient": "ada@example.com", "settings": settings });
    let tested = server.owner().await.post("/api/v2/accounts/1/mail-settings/test", &body).await;
    assert!(
        tested.message().contains("ca.pem is a pipe, not a file. Choose a file."),
        "{} {}",
        tested.status,
        tested.body
    );
    let (status, refused) = server.control_with("GET", "/logs", &Value::Null).await;
    assert_eq!((status, &refused["error"]["code"]), (500, &"internal".into()), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());

    // After the file is repaired, it works at once.
    std::fs::remove_file(layout.metrics_token()).unwrap();
    std::fs::write(layout.metrics_token(), METRICS_TOKEN).unwrap();
    assert_eq!(metrics().await.status, 200);
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_as_control_secret_closes_the_control_port_alone() {
    let server = TestServer::start(Database::Sqlite).await;
    let (config, layout) = (server.app.config.clone(), server.app.layout.clone());
    std::fs::write(layout.config_file(), config.to_toml()).unwrap();
    // The server has read its secret.
    server.control("GET", "/status").await;
    put_pipe(&layout.control_token());
    // Programs that send requests to the server read the same file.
    let stop = tokio::task::spawn_blocking(move || {
        run_server_program(&["stop", "--config", layout.config_file().to_str().unwrap()], "")
    });
    let stop = tokio::time::timeout(Duration::from_mins(1), stop).await.expect("an answer").unwrap();
    let words = String::from_utf8_lossy(&stop.stderr).into_owned();
    assert!(!stop.status.success() && words.contains("is a pipe, not a file"), "{words}");
    assert_eq!(server.anonymous().get("/livez").await.status, 200);
    // A new start replaces the pipe with a new secret.
    std::fs::remove_file(server.app.layout.control_token()).unwrap();
    std::fs::write(server.app.layout.control_token(), CONTROL_TOKEN).unwrap();
    server.control("GET", "/status").await;
    server.stop().await;
}

#[test]
fn a_database_file_that_is_none_is_named_at_the_start() {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let layout = folder.layout();
    let config = layout.config_file();
    let database = layout.database_file();
    std::fs::create_dir_all(layout.data()).unwrap();
    for ending in ["", "-wal", "-shm"] {
        for is_pipe in [true, false] {
            let path = database.with_file_name(format!("testkeep.db{ending}"));
            if is_pipe {
                put_pipe(&path);
            } else {
                std::fs::create_dir(&path).unwrap();
            }
            for command in [
                vec!["run", "--allow-root", "--config", config.to_str().unwrap()],
                vec!["audit", "verify", "--config", config.to_str().unwrap()],
            ] {
                let began = Instant::now();
                let output = run_server_program(&command, "");
                let words = String::from_utf8_lossy(&output.stderr).into_owned();
                // A command that only reads reports a missing database if there was none.
                let named = words.contains("a folder, a pipe or a device, not a file")
                    && words.contains("Move it away");
                let fine = named || (command[0] == "audit" && words.contains("There is no database"));
                assert!(fine && !output.status.success(), "{ending} {command:?}: {words}");
                assert!(began.elapsed() < Duration::from_secs(30), "{command:?}");
            }
            if is_pipe { std::fs::remove_file(&path).unwrap() } else { std::fs::remove_dir(&path).unwrap() }
        }
    }
}
