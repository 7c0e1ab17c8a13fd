//! Checkout, status and release with the real server: the state file, the server's live sessions, and that both agree.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use testkeep_domain::license::{LeaseSecret, Product, Quota};

use crate::forger::tamper;
use crate::place::Place;
use crate::testkeep::{Account, MACHINE};

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_is_taken_noted_shown_and_given_back() {
    let place = Place::usual().await;
    let account = place.account();
    account.testkeep(&["status"]).expect(76, "Nothing is held");
    let taken = account.json(&["checkout"], 0);
    let sessions = place.sessions("KRE").await;
    assert_eq!(sessions.len(), 1);
    assert_eq!((&sessions[0]["id"], &sessions[0]["machine_key"]), (&taken["id"], &json!(MACHINE)));
    assert_eq!((&taken["product"], &taken["kind"]), (&json!("KRE"), &json!("online")));
    let status = account.json(&["status"], 0);
    assert_eq!((&status["server_says"]["state"], &status["held"]), (&json!("live"), &json!(true)));
    let noted = fs::read_to_string(account.state_file()).unwrap();
    assert!(!noted.contains("tkk_"), "the API key is in the state file");
    let again = account.json(&["checkout"], 0);
    assert_eq!(again["id"], taken["id"], "the same session goes on");
    assert_eq!(place.sessions("KRE").await.len(), 1);
    let released = account.json(&["release"], 0);
    assert_eq!((&released["released"], &released["id"]), (&json!(true), &taken["id"]));
    assert_eq!(place.sessions("KRE").await.len(), 0);
    assert_eq!(account.json(&["release"], 0)["released"], false);
    assert!(!account.state_file().exists());
    account.testkeep(&["run", "--held", "--", "true"]).expect(76, "Nothing is held");
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_of_agents_that_are_gone_are_listed_and_ended() {
    let place = Place::usual().await;
    let (gone, other) = (place.account(), place.account());
    let taken = gone.json(&["checkout"], 0);
    let id = taken["id"].to_string();
    let listed = other.json(&["status", "--all"], 0);
    assert_eq!(
        (listed["sessions"].as_array().unwrap().len(), &listed["sessions"][0]["id"]),
        (1, &taken["id"])
    );
    assert_eq!(other.json(&["release", "--id", &id], 0)["id"], taken["id"]);
    assert_eq!(place.sessions("KRE").await.len(), 0);
    assert_eq!(other.json(&["status", "--all"], 0)["sessions"], json!([]));
    assert_eq!(gone.json(&["status"], 76)["server_says"]["state"], "ended");
    other.testkeep(&["release", "--id", "4711"]).expect(77, "has no session 4711");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borrowed_seat_works_without_the_server_and_comes_back_early() {
    let mut place = Place::usual().await;
    let account = place.account();
    let taken = account.json(&["checkout", "--borrow", "5"], 0);
    assert_eq!(taken["kind"], "borrowed");
    account.testkeep(&["checkout"]).expect(64, "notes another seat");
    place.kill_server();
    let ended = account.testkeep(&["run", "--held", "--", "sh", "-c", "echo worked; exit 3"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (3, "worked\n"), "{ended:?}");
    let status = account.json(&["status"], 0);
    assert_eq!(status["server_says"]["state"], "unreachable");
    account.testkeep(&["release"]).expect(69, "cannot be reached");
    assert!(account.state_file().exists(), "a seat that was not given back is still noted");
    place.start_server();
    assert_eq!(place.sessions("KRE").await[0]["kind"], "borrowed");
    assert_eq!(account.testkeep(&["release"]).code, 0);
    assert_eq!(place.sessions("KRE").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_server_have_their_codes() {
    let place = Place::with(|terms| {
        terms.products.insert(Product::Kre, Quota { quota: 1, machine_quota: 5 });
    })
    .await;
    let (first, second) = (place.account(), place.account());
    assert_eq!(first.testkeep(&["checkout"]).code, 0);
    second.testkeep(&["checkout"]).expect(75, "ada@example.com");
    assert!(!second.state_file().exists(), "who has nothing has nothing noted");
    second.testkeep(&["run", "--", "touch", "/nowhere/at/all"]).expect(75, "in use");
    second.testkeep(&["checkout", "--package", "KSE"]).expect(77, "no KSE license");
    second.testkeep(&["checkout", "--organization", "4711"]).expect(77, "");
    let stranger = Account::new(place.url(), &format!("tkk_{}", "0".repeat(64)));
    stranger.testkeep(&["checkout"]).expect(77, "refused the API key");
    first.testkeep(&["release", "--server", "http://127.0.0.1:1"]).expect(64, "not of http://127.0.0.1:1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_is_used_elsewhere_has_ended_here() {
    let place = Place::usual().await;
    place.assign("KSE").await;
    let (here, elsewhere) = (place.account(), place.account().on_machine(&"f".repeat(32)));
    assert_eq!(here.json(&["checkout", "--package", "KSE"], 0)["product"], "KSE");
    assert_eq!(elsewhere.json(&["checkout", "--package", "KSE"], 0)["machine_id"], "f".repeat(32));
    let status = here.json(&["status"], 76);
    assert_eq!((&status["server_says"]["state"], &status["held"]), (&json!("ended"), &json!(false)));
    here.testkeep(&["checkout", "--package", "KSE"]).expect(76, "another machine");
    assert!(!here.state_file().exists(), "the next checkout is a new session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_file_that_was_changed_is_not_believed() {
    let place = Place::usual().await;
    let account = place.account();
    account.json(&["checkout"], 0);
    let noted = fs::read_to_string(account.state_file()).unwrap();
    let document = serde_json::from_str::<serde_json::Value>(&noted).unwrap()["lease"]["document"].clone();
    let document = document.as_str().unwrap();
    fs::write(account.state_file(), noted.replace(document, &tamper(document))).unwrap();
    account.testkeep(&["status"]).expect(78, "changed after it was signed");
    account.testkeep(&["run", "--held", "--", "true"]).expect(78, "changed after it was signed");
    // It can still be given back.
    assert_eq!(account.testkeep(&["release"]).code, 0);
    assert_eq!(place.sessions("KRE").await.len(), 0);
    fs::write(account.state_file(), "{}").unwrap();
    account.testkeep(&["status"]).expect(70, "not a state file");
}

/// A proxy in front of a server that passes requests on and drops the first `lost` answers.
fn swallow(server: &str, lost: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let target = server.strip_prefix("http://").unwrap().to_owned();
    let swallowed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&swallowed);
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut request = [0; 16 * 1024];
            let length = client.read(&mut request).unwrap_or_default();
            let Ok(mut server) = TcpStream::connect(&target) else { continue };
            // The server does not check the host; the connection ends with the answer.
            let text =
                String::from_utf8_lossy(&request[..length]).replacen("\r\n", "\r\nconnection: close\r\n", 1);
            server.write_all(text.as_bytes()).unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).unwrap();
            if counter.fetch_add(1, Ordering::SeqCst) >= lost {
                client.write_all(&answer).unwrap();
            }
        }
    });
    (url, swallowed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_costs_no_seat() {
    let place = Place::usual().await;
    let (url, swallowed) = swallow(place.url(), 2);
    let account = Account::new(&url, &place.key);
    let taken = account.json(&["checkout"], 0);
    assert_eq!(swallowed.load(Ordering::SeqCst), 3, "two answers were lost");
    let sessions = place.sessions("KRE").await;
    assert_eq!((sessions.len(), &sessions[0]["id"]), (1, &taken["id"]));
    assert_eq!(account.testkeep(&["release"]).code, 0);

    // All answers of one command are lost: the next command finds the seat, or gives it back.
    let (url, _) = swallow(place.url(), 3);
    let account = Account::new(&url, &place.key);
    account.testkeep(&["checkout"]).expect(69, "cannot be reached");
    assert_eq!(place.sessions("KRE").await.len(), 1);
    account.testkeep(&["status"]).expect(76, "the answer was lost");
    assert_eq!(account.testkeep(&["release"]).code, 0);
    assert_eq!(place.sessions("KRE").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_offline_license_runs_here() {
    let place = Place::usual().await;
    let account = place.account();
    let file = account.home.path().join("KRE.lic");
    fs::write(&file, place.offline_license(MACHINE).await).unwrap();
    let words = ["run", "--lease", file.to_str().unwrap(), "--", "true"];
    let ended = account.testkeep(&words);
    assert_eq!(ended.code, 0, "{ended:?}");
    fs::write(&file, place.offline_license(&"f".repeat(32)).await).unwrap();
    account.testkeep(&words).expect(78, "another machine");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_license_for_existing_clients_is_named_so() {
    let both = vec![LeaseSecret::eddsa([11; 32]), testkeep_tests::api::client_key()];
    let place = Place::with(|terms| terms.lease_keys = both).await;
    let account = place.account();
    assert_eq!(account.testkeep(&["run", "--", "true"]).code, 0, "leases are signed with EdDSA");
    let file = account.home.path().join("KRE.lic");
    fs::write(&file, place.offline_license(MACHINE).await).unwrap();
    let words = ["run", "--lease", file.to_str().unwrap(), "--", "true"];
    account.testkeep(&words).expect(78, "RS256");
    fs::write(&file, place.offline_license_for(MACHINE, true).await).unwrap();
    assert_eq!(account.testkeep(&words).code, 0, "one that was made for our client");
}
