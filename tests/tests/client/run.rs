//! `run` with the real server: the command's exit code, the seat while it runs, and what happens when either is lost.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::testkeep::Account;

/// A command that runs until the file `done` exists, then ends with code 5.
fn until_done(account: &Account) -> (String, PathBuf) {
    let done = account.home.path().join("done");
    let script = format!("echo started >&2; while [ ! -e {} ]; do sleep 0.1; done; exit 5", done.display());
    (script, done)
}

fn touch(file: &Path) {
    fs::write(file, "").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_a_seat_while_it_runs_and_its_code_is_passed_on() {
    let place = Place::usual().await;
    let account = place.account();
    let (script, done) = until_done(&account);
    let mut running = account.start(&["run", "--", "sh", "-c", &script]);
    running.says("started");
    assert_eq!(place.sessions("KRE").await.len(), 1);
    touch(&done);
    let ended = running.ends();
    assert_eq!((ended.code, ended.stderr.as_str()), (5, "started"), "{ended:?}");
    assert_eq!(place.sessions("KRE").await.len(), 0);
    account.testkeep(&["run", "--", "/nowhere"]).expect(127, "cannot be started");
    assert_eq!(account.testkeep(&["run", "--", "sh", "-c", "kill -9 $$"]).code, 137);
    let mut stopped = account.start(&["run", "--", "sh", "-c", "echo started >&2; exec sleep 50"]);
    stopped.says("started");
    stopped.signal("TERM");
    assert_eq!(stopped.ends().code, 143);
    assert_eq!(place.sessions("KRE").await.len(), 0, "given back whatever happened");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_goes_on_while_the_server_is_away_and_renewals_when_it_is_back() {
    let mut place = Place::ending_in(40, 1).await;
    let account = place.account();
    let (script, done) = until_done(&account);
    let mut running = account.start(&["run", "--", "sh", "-c", &script]);
    running.says("started");
    place.kill_server();
    running.says("The command continues: the seat is valid until");
    place.start_server();
    running.says("The server answers again; the seat is renewed");
    let session = place.sessions("KRE").await.remove(0);
    assert_ne!(session["renewed_at"], session["started_at"], "the server has it renewed: {session}");
    touch(&done);
    assert_eq!(running.ends().code, 5);
    assert_eq!(place.sessions("KRE").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_is_stopped_at_the_leases_signed_end() {
    let mut place = Place::ending_in(20, 1).await;
    let account = place.account();
    let (script, _) = until_done(&account);
    let mut running = account.start(&["run", "--", "sh", "-c", &script]);
    running.says("started");
    place.kill_server();
    running.says("The command continues: the seat is valid until");
    let ended = running.ends();
    ended.expect(76, "The lease expired");
    assert!(ended.stderr.contains("without a renewal"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_seat_stops_the_command() {
    let place = Place::ending_in(40, 1).await;
    let account = place.account();
    let (script, _) = until_done(&account);
    let mut running = account.start(&["run", "--", "sh", "-c", &script]);
    running.says("started");
    let session = place.sessions("KRE").await.remove(0);
    place.revoke("KRE", &session["id"]).await;
    let ended = running.ends();
    ended.expect(76, "revoked by");
    assert!(ended.stderr.contains("The command is stopped"), "{ended:?}");
    assert_eq!(place.sessions("KRE").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_seat_stops_what_the_command_started() {
    let place = Place::ending_in(40, 1).await;
    let account = place.account();
    let beats = account.home.path().join("beats");
    // A shell that waits for a second one, as in build tools.
    let child = format!("while :; do echo >>{}; sleep 0.05; done", beats.display());
    let mut running =
        account.start(&["run", "--", "sh", "-c", &format!("echo started >&2; sh -c '{child}'; :")]);
    running.says("started");
    let session = place.sessions("KRE").await.remove(0);
    place.revoke("KRE", &session["id"]).await;
    running.ends().expect(76, "revoked by");
    let length = || fs::metadata(&beats).unwrap().len();
    let at_the_end = length();
    assert!(at_the_end > 0, "it ran");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(length(), at_the_end, "it goes on without a seat");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_stops_the_command() {
    let place = Place::ending_in(40, 1).await;
    let account = place.account();
    let (script, _) = until_done(&account);
    let mut running = account.start(&["run", "--", "sh", "-c", &script]);
    running.says("started");
    let keys = place.owner.get("/api/v2/me/api-keys").await.body;
    let path = format!("/api/v2/me/api-keys/{}", keys["items"][0]["id"]);
    assert_eq!(place.owner.delete(&path).await.status, 204);
    running.ends().expect(76, "refused the API key");
}
