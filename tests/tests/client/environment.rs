//! Environment variables of a command, messages when proxy variables are set, and cleaning up after a killed `run`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::place::Place;
use crate::testkeep::{Account, Ended};

const PATIENCE: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn a_command_never_gets_the_api_key() {
    let place = Place::usual().await;
    let account = place.account();
    let key = account.home.path().join("key");
    fs::write(
        &key,
        format!("\u{feff}{}\r\n", account.key).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
    )
    .unwrap();
    for more in [vec![], vec!["--api-key-file", key.to_str().unwrap()]] {
        let words =
            [&["run"][..], &more, &["--", "sh", "-c", "env; cat /proc/$$/environ | tr '\\0' '\\n'"]].concat();
        let ended = account.testkeep(&words);
        ended.expect(0, "");
        assert!(ended.stdout.contains("HOME=") && ended.stdout.contains("TESTKEEP_SERVER="), "{ended:?}");
        assert!(!ended.stdout.contains("API_KEY") && !ended.stdout.contains(&account.key), "{ended:?}");
    }
}

fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn number_in(file: &Path) -> String {
    wait_until("no number was written", || fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n')));
    fs::read_to_string(file).unwrap().trim().to_owned()
}

/// Killed as by `kill -9`, the out-of-memory killer, or an impatient CI agent.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_leaves_neither_command_nor_seat() {
    let place = Place::usual().await;
    let account = place.account();
    let numbers = ["shell", "child"].map(|name| account.home.path().join(name));
    let [shell, child] = numbers.each_ref().map(|file| file.display());
    let script = format!(
        "echo $$ >{shell}; sh -c 'echo $$ >{child}; while :; do sleep 0.1; done' & echo started >&2; wait; sleep 60"
    );
    let mut running = account.start(&["run", "--", "sh", "-c", &script]);
    running.says("started");
    let numbers = numbers.map(|file| number_in(&file));
    assert_eq!(place.sessions("KRE").await.len(), 1);
    running.signal("KILL");
    running.says("testkeep was killed");
    for number in &numbers {
        wait_until("it goes on without a seat", || !is_alive(number));
    }
    let until = Instant::now() + PATIENCE;
    while !place.sessions("KRE").await.is_empty() {
        assert!(Instant::now() < until, "the seat is still taken");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Killing all processes by name must not kill the watcher.
#[tokio::test(flavor = "multi_thread")]
async fn the_watcher_survives_its_name_and_its_group_and_leaves_in_peace() {
    let place = Place::usual().await;
    let account = place.account();
    let number = account.home.path().join("number");
    let script = format!("echo $$ >{}; exec sleep 60", number.display());
    let mut running = account.start(&["run", "--", "sh", "-c", &script]);
    let number = number_in(&number);
    let watcher = || children(running.pid()).into_iter().find(|pid| *pid != number);
    wait_until("there is no watcher", || watcher().is_some_and(|pid| name(&pid) == "seat-watch"));
    let watcher = watcher().unwrap();
    for signal in ["INT", "TERM", "HUP"] {
        assert!(Command::new("kill").args(["-s", signal, &watcher]).status().unwrap().success());
    }
    running.signal("KILL");
    running.says("testkeep was killed");
    wait_until("it goes on without a seat", || !is_alive(&number));
    wait_until("the watcher stays", || !is_alive(&watcher));

    let peaceful = account.testkeep(&["run", "--", "sh", "-c", "exit 7"]);
    assert_eq!((peaceful.code, peaceful.stderr.as_str()), (7, ""), "{peaceful:?}");
}

fn children(parent: u32) -> Vec<String> {
    let output = Command::new("ps").args(["-o", "pid=", "--ppid", &parent.to_string()]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

fn name(pid: &str) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

/// Failures of name, port and TLS: people behind a proxy see at once that the proxy is not used.
#[test]
fn names_the_proxy_variables_when_a_server_cannot_be_reached() {
    let key = format!("tkk_{}", "0".repeat(64));
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls = format!("https://{}", plain.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in plain.incoming().flatten() {
            let _closed = std::io::Write::write_all(&mut &stream, b"HTTP/1.0 400 Bad Request\r\n\r\n");
        }
    });
    for server in ["http://no-such-host.invalid:8080", "http://127.0.0.1:9", &no_tls] {
        let account = Account::new(server, &key);
        let mut command = account.command(&["checkout"]);
        command.env("https_proxy", "http://ada:S3cret@proxy.example.com:3128").env("NO_PROXY", "localhost");
        let ended = Ended::of(command.output().unwrap());
        ended.expect(69, "NO_PROXY, https_proxy");
        assert!(ended.stderr.contains("uses no proxy") && !ended.stderr.contains("S3cret"), "{ended:?}");
        let without = account.testkeep(&["checkout"]);
        assert!(without.code == 69 && !without.stderr.to_lowercase().contains("proxy"), "{without:?}");
    }
}
