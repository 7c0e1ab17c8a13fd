//! Lost passwords: the documented SQL in the databases' own programs while the server runs, the command, and the
//! control port.

use std::process::{Command, Output};

use serde_json::{Value, json};
use testkeep_domain::config::DatabaseConfig;
use testkeep_store::sql;
use testkeep_tests::api::{CONTROL_TOKEN, Caller, EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::postgres::Postgres;
use testkeep_tests::programs::run_server_program;

use crate::audit::newest_events;

const ME: &str = "/api/v2/me";
const FOUND: &str = "lost and found";

/// As the original product's manual prints it, including line breaks and the missing semicolon.
const MANUAL: &str = "UPDATE public.user_account
        SET password='<_password_>', password_encrypted=false
        WHERE email = '<_email_>'";

/// The statement in one of our own pages, with its placeholders replaced by the manual's.
fn documented(page: &str) -> String {
    let statement =
        page.split("```").find_map(|block| block.strip_prefix("sql\n")).expect("a page with a statement");
    assert!(
        statement.contains("'the new password'") && statement.contains("'ada@example.com'"),
        "{statement}"
    );
    statement.replace("the new password", "<_password_>").replace("ada@example.com", "<_email_>")
}

fn statements() -> [String; 3] {
    let (readme, install) = (include_str!("../../../README.md"), include_str!("../../../docs/install.md"));
    [MANUAL.into(), documented(readme), documented(install)]
}

/// Runs the statement as an admin would, on the server's database.
fn run(server: &TestServer, statement: &str, password: &str, email: &str) {
    let statement = statement.replace("<_password_>", password).replace("<_email_>", email);
    match &server.app.config.database {
        DatabaseConfig::BuiltIn => {
            let statement = statement.replace("public.", "");
            let file = server.app.layout.database_file();
            let output =
                Command::new("sqlite3").args(["-cmd", ".timeout 10000"]).arg(file).arg(statement).output();
            let output = output.expect("the program sqlite3 is missing; install the package `sqlite3`");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        DatabaseConfig::Postgresql(postgres) => {
            let (_, rest) = postgres.jdbc_url.rsplit_once('/').expect("a database");
            let database = rest.split('?').next().expect("a database");
            // psql prints the number of rows unless it is quiet; an error fails the test.
            Postgres::shared().sql(database, &statement);
        }
    }
}

async fn stored(server: &TestServer) -> (String, bool) {
    sql("SELECT password, password_encrypted FROM user_account WHERE email = $1")
        .bind(EMAIL)
        .fetch_one(&server.app.db)
        .await
        .unwrap()
}

fn is_hash(password: &str) -> bool {
    password.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
}

fn with_token(server: &TestServer, signed_in: &Value) -> Caller {
    let mut caller = server.anonymous();
    caller.bearer = Some(signed_in["token"].as_str().expect("a token").into());
    caller
}

on_both_databases!(the_documented_sql_works_as_it_stands, |server| {
    server.set_up().await;
    let grace = server.person("grace@example.com").await;
    let mut old = PASSWORD.to_owned();
    for (number, statement) in statements().into_iter().enumerate() {
        let before = server.sign_in(EMAIL, &old).await;
        let before = with_token(&server, &before.body);
        // Quotes are doubled, as SQL requires.
        run(&server, &statement, &format!("lost ''n'' found {number}"), EMAIL);
        let new = format!("lost 'n' found {number}");
        assert_eq!(stored(&server).await, (new.clone(), false), "{statement}");
        assert_eq!(server.sign_in(EMAIL, &old).await.code(), "wrong_credentials", "the old one is gone");
        assert_eq!(before.get(ME).await.status, 200, "nothing ends before the next sign-in");
        let signed_in = server.sign_in(EMAIL, &new).await;
        assert_eq!(signed_in.status, 201, "{}", signed_in.body);
        let caller = with_token(&server, &signed_in.body);
        assert_eq!((before.get(ME).await.status, caller.get(ME).await.status), (401, 200));
        let (hash, encrypted) = stored(&server).await;
        assert!(encrypted && is_hash(&hash), "{hash}");
        assert_eq!(server.sign_in(EMAIL, &hash).await.code(), "wrong_credentials", "the hash is no password");
        let events = newest_events(&caller, 2).await;
        assert_eq!(
            (&events[0]["action"], &events[1]["action"]),
            (&json!("sign_in"), &json!("recover_password_by_sql"))
        );
        assert_eq!((&events[1]["actor"], &events[1]["address"]), (&json!(EMAIL), &json!("127.0.0.1")));
        assert!(!events[1].to_string().contains("found"), "{}", events[1]);
        assert_eq!(server.sign_in(EMAIL, &new).await.status, 201);
        assert_eq!(stored(&server).await.0, hash, "stored once");
        old = new;
    }
    assert_eq!(grace.get(ME).await.status, 200, "nobody else is touched");
    server.stop().await;
});

on_both_databases!(a_plain_value_is_compared_and_nothing_else, |server| {
    server.set_up().await;
    run(&server, MANUAL, "", EMAIL);
    assert_eq!(server.sign_in(EMAIL, "").await.code(), "wrong_credentials", "no password is no way in");
    run(&server, MANUAL, "short", EMAIL);
    for wrong in ["", "shor", "short ", "Short", "shortest"] {
        assert_eq!(server.sign_in(EMAIL, wrong).await.code(), "wrong_credentials", "{wrong}");
    }
    assert_eq!(stored(&server).await, ("short".into(), false), "wrong ones change nothing");
    assert_eq!(
        server.sign_in(EMAIL, "short").await.status,
        201,
        "what the admin chose is the admin's business"
    );
    let (hash, _) = stored(&server).await;
    run(&server, MANUAL, &hash, EMAIL);
    assert_eq!(
        server.sign_in(EMAIL, "short").await.code(),
        "wrong_credentials",
        "a hash set as plain is plain"
    );
    server.stop().await;
});

// The first sign-in stores the hash; the other sign-ins must succeed as well.
on_both_databases!(many_sign_in_at_once_with_the_plain_value, |server| {
    server.set_up().await;
    run(&server, MANUAL, FOUND, EMAIL);
    let answers = futures_util::future::join_all((0..9).map(|_| server.sign_in(EMAIL, FOUND))).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(with_token(&server, &answer.body).get(ME).await.status, 200);
    }
    let owner = with_token(&server, &answers[0].body);
    let events = newest_events(&owner, 20).await;
    let recovered = events.iter().filter(|event| event["action"] == "recover_password_by_sql").count();
    assert_eq!(recovered, 1);
    server.stop().await;
});

// A session that is still open can change the password, with the admin's plain value as the current one.
on_both_databases!(a_plain_value_can_be_changed_at_once, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    run(&server, MANUAL, FOUND, EMAIL);
    let change =
        |current: &str| json!({ "current_password": current, "new_password": "staple battery horse" });
    assert_eq!(owner.post("/api/v2/me/password", &change(PASSWORD)).await.status, 422);
    assert_eq!(owner.post("/api/v2/me/password", &change(FOUND)).await.status, 204);
    let (hash, encrypted) = stored(&server).await;
    assert!(encrypted && is_hash(&hash), "{hash}");
    assert_eq!(server.sign_in(EMAIL, FOUND).await.code(), "wrong_credentials");
    let actions: Vec<_> =
        newest_events(&owner, 2).await.iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["change_password", "recover_password_by_sql"]);
    server.stop().await;
});

fn reset_by_command(server: &TestServer, email: &str, password: impl AsRef<[u8]>) -> Output {
    let file = server.config_file();
    let config = file.to_str().unwrap();
    let arguments = ["account", "reset-password", "--config", config, "--email", email, "--password-stdin"];
    run_server_program(&arguments, password)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

on_both_databases!(the_command_works_beside_the_server, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let grace = server.person("grace@example.com").await;
    let (before, _) = stored(&server).await;
    for (email, password, words) in [
        ("ada", FOUND, "not an email address"),
        ("nobody@example.com", FOUND, "Nobody here has the address nobody@example.com"),
        (EMAIL, "short\n", "at least 8 characters"),
        (EMAIL, "\n", "at least 8 characters"),
        (EMAIL, "", "at least 8 characters"),
        (EMAIL, "a good password\nand a second line\n", "more lines than expected"),
        (EMAIL, "a good password\r\n\r\n", "Send one line, the password"),
    ] {
        let refused = reset_by_command(&server, email, password);
        assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(2), String::new()));
        assert!(text(&refused.stderr).contains(words), "{}", text(&refused.stderr));
    }
    assert_eq!((stored(&server).await.0, owner.get(ME).await.status), (before, 200));
    let done = reset_by_command(&server, " ADA@example.com ", format!("{FOUND}\r\n"));
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(!text(&done.stdout).contains(FOUND));
    assert_eq!((owner.get(ME).await.status, grace.get(ME).await.status), (401, 200));
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.code(), "wrong_credentials");
    let signed_in = server.sign_in(EMAIL, FOUND).await;
    assert_eq!(signed_in.status, 201, "{}", signed_in.body);
    assert_reset_by(&with_token(&server, &signed_in.body), "console").await;
    server.stop().await;
});

/// The two bytes of a UTF-16 unit.
type ToBytes = fn(u16) -> [u8; 2];

// Input as PowerShell, cmd and Windows editors pipe it is read correctly or refused with a message; it must never set a
// different password.
on_both_databases!(a_piped_password_is_the_one_that_was_typed, |server| {
    server.set_up().await;
    let utf16 = |text: &str, bytes: ToBytes| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let (little, big): (ToBytes, ToBytes) = (u16::to_le_bytes, u16::to_be_bytes);
    let ways: [fn(&str) -> Vec<u8>; 5] = [
        |line| line.as_bytes().to_vec(),
        |line| format!("\u{feff}{line}\r\n").into_bytes(),
        |line| line.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        |line| format!("\u{feff}{line}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        |line| format!("\u{feff}{line}\n").encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ];
    for (number, bytes) in ways.into_iter().enumerate() {
        let password = format!("Grüße {number} aus Köln Ω");
        let done = reset_by_command(&server, EMAIL, bytes(&password));
        assert_eq!(done.status.code(), Some(0), "{number}: {}", text(&done.stderr));
        assert_eq!(server.sign_in(EMAIL, &password).await.status, 201, "{number}");
    }
    let (before, _) = stored(&server).await;
    for (bytes, words) in [
        (b"Gr\xfc\xdfe aus K\xf6ln\r\n".to_vec(), "Windows-1252"),
        (b"Gr\x81\xe1e aus K\x94ln\r\n".to_vec(), "console's code page"),
        ("Gr\u{fffd}\u{fffd}e aus K\u{fffd}ln\n".into(), "lost characters"),
        (utf16("Пароль без метки\r\n", little), "UTF-16"),
        (utf16("Пароль без метки\n", big), "on standard input was not taken"),
        (utf16("\u{feff}correct horse", little)[..25].to_vec(), "cut off"),
        (b"\xff\xfe\0\0c\0\0\0o\0\0\0".to_vec(), "UTF-32"),
        (b"correct\0horse\n".to_vec(), "zero bytes"),
        (b"correct\x1b[Dhorse\n".to_vec(), "U+001B"),
        (vec![b'x'; 100_000], "longer than"),
    ] {
        let refused = reset_by_command(&server, EMAIL, &bytes);
        assert_eq!(refused.status.code(), Some(2), "{words}: {}", text(&refused.stderr));
        assert!(text(&refused.stderr).contains(words), "{words}: {}", text(&refused.stderr));
    }
    assert_eq!(stored(&server).await.0, before, "nothing was set");
    server.stop().await;
});

async fn assert_reset_by(owner: &Caller, actor: &str) {
    let event = &newest_events(owner, 2).await[1];
    assert_eq!((&event["action"], &event["actor"]), (&json!("reset_password"), &json!(actor)));
    assert_eq!((&event["target_name"], &event["actor_id"]), (&json!(EMAIL), &Value::Null));
    assert!(!event.to_string().contains(FOUND));
}

async fn reset_at_control_port(server: &TestServer, body: &Value) -> (u16, Value) {
    server.control_with("POST", "/reset-password", body).await
}

on_both_databases!(the_manager_resets_at_the_control_port, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let body = json!({ "email": EMAIL, "password": FOUND });
    for stranger in ["", "wrong", CONTROL_TOKEN, owner.bearer.as_deref().unwrap()] {
        let request = reqwest::Client::new().post(format!("{}/reset-password", server.control_url));
        let answer = request.bearer_auth(stranger).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 403);
    }
    // The public HTTP port has no such endpoint.
    let anyone = server.anonymous();
    anyone.send(anyone.request("POST", "/reset-password").bearer_auth(CONTROL_TOKEN).json(&body)).await;
    for (body, field) in [
        (json!({ "email": "ada", "password": FOUND }), Some("email")),
        (json!({ "email": "nobody@example.com", "password": FOUND }), Some("email")),
        (json!({ "email": EMAIL, "password": "short" }), Some("password")),
        (json!({ "email": EMAIL }), None),
        (json!([]), None),
    ] {
        let (status, answer) = reset_at_control_port(&server, &body).await;
        assert_eq!((status, &answer["error"]["code"]), (422, &json!("invalid")), "{body}");
        assert!(field.is_none_or(|field| answer["error"]["fields"][field].is_string()), "{answer}");
    }
    assert_eq!(owner.get(ME).await.status, 200);
    assert_eq!(reset_at_control_port(&server, &body).await.0, 204);
    assert_eq!(owner.get(ME).await.code(), "unauthorized");
    let signed_in = server.sign_in(EMAIL, FOUND).await;
    assert_eq!(signed_in.status, 201, "{}", signed_in.body);
    assert_reset_by(&with_token(&server, &signed_in.body), "control port").await;
    server.stop().await;
});
