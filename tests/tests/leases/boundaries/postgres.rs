//! PostgreSQL: every connection goes through a relay that kills the server at a chosen message of its writes.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_tests::postgres::{Postgres, USER};
use testkeep_tests::programs::{RunningServer, ServerFolder, free_port};

use super::Victim;
use super::story::STEPS;

/// Tables named in transactions that change seats, assignments or machines. The server's own background work rarely
/// uses them.
const LICENSES: [&str; 2] = ["license_lock", "license_assignment"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// The message does not reach the database.
    Before,
    /// The database commits a change of [`LICENSES`], but its answer is lost.
    AfterCommit,
}

/// Which process to kill at which message.
#[derive(Clone, Copy)]
struct Plan {
    pid: u32,
    /// Number of messages to pass first.
    left: usize,
    when: When,
}

type Planned = Arc<Mutex<Option<Plan>>>;

/// A plan that is cancelled when this value is dropped.
struct Armed(Planned);

impl Armed {
    fn new(planned: &Planned, plan: Plan) -> Self {
        *planned.lock().unwrap() = Some(plan);
        Self(planned.clone())
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    // The process's sockets are closed when it is gone.
    while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The action at a message inside a transaction with a write; takes the plan when its time has come.
fn due(planned: &Planned, commits_licenses: bool) -> Option<Plan> {
    let mut planned = planned.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = planned.as_mut()?;
    if plan.when == When::AfterCommit && !commits_licenses {
        return None;
    }
    if plan.left > 0 {
        plan.left -= 1;
        return None;
    }
    planned.take()
}

/// A socket that is closed for both of its threads when one of them ends, in every case.
struct Closing(TcpStream);

impl Drop for Closing {
    fn drop(&mut self) {
        // The other thread may already have closed it.
        let _closed = self.0.shutdown(Shutdown::Both);
    }
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|part| part == word.as_bytes())
}

/// The prepared statements of one connection: names, and whether their text contains a table of [`LICENSES`].
#[derive(Default)]
struct Statements(HashMap<Vec<u8>, bool>);

impl Statements {
    /// Whether a statement used by these messages contains a table of [`LICENSES`]. Messages that arrive in pieces are
    /// not parsed.
    fn mention_licenses(&mut self, mut bytes: &[u8]) -> bool {
        let mentions = |text: &[u8]| LICENSES.iter().any(|word| contains(text, word));
        let mut found = false;
        while let [kind, a, b, c, d, ..] = *bytes {
            let length = u32::from_be_bytes([a, b, c, d]) as usize + 1;
            let Some(body) = bytes.get(5..length) else { break };
            let mut texts = body.split(|&byte| byte == 0);
            match kind {
                b'Q' => found |= mentions(body),
                // Parse: the statement's name, its text.
                b'P' => {
                    let name = texts.next().unwrap_or_default().to_vec();
                    self.0.insert(name, mentions(texts.next().unwrap_or_default()));
                }
                // Bind: the portal's name, the statement's name.
                b'B' => found |= self.0.get(texts.nth(1).unwrap_or_default()).copied().unwrap_or_default(),
                _ => {}
            }
            bytes = &bytes[length..];
        }
        found
    }
}

/// Passes bytes from the server to the database. `answered` receives every answer; [`answer`] does not pass it on when
/// `mute`.
fn ask(
    mut server: Closing,
    mut database: Closing,
    planned: &Planned,
    mute: &AtomicBool,
    answered: &Receiver<()>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut statements = Statements::default();
    let (mut writes, mut of_licenses) = (false, false);
    loop {
        let length = server.0.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        let bytes = &buffer[..length];
        if contains(bytes, "BEGIN") {
            (writes, of_licenses) = (true, false);
        }
        of_licenses |= statements.mention_licenses(bytes);
        let is_commit = contains(bytes, "COMMIT");
        // A statement is prepared (P) before its first use (B); preparing changes nothing.
        let is_used = bytes[0] == b'B' || bytes[0] == b'Q';
        if writes
            && is_used
            && let Some(plan) = due(planned, is_commit && of_licenses)
        {
            if plan.when == When::AfterCommit {
                while answered.try_recv().is_ok() {}
                mute.store(true, Ordering::SeqCst);
                database.0.write_all(bytes)?;
                answered.recv_timeout(Duration::from_secs(10)).expect("the database answers");
            }
            kill(plan.pid);
            return Ok(());
        }
        writes &= !(is_commit || contains(bytes, "ROLLBACK"));
        database.0.write_all(bytes)?;
    }
}

/// Passes bytes from the database to the server.
fn answer(
    mut database: Closing,
    mut server: Closing,
    mute: &AtomicBool,
    answered: &Sender<()>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = database.0.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        if !mute.load(Ordering::SeqCst) {
            server.0.write_all(&buffer[..length])?;
        }
        let _nobody_listens = answered.send(());
    }
}

/// Listens in front of PostgreSQL; returns the port.
fn start_relay(planned: Planned) -> u16 {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let database_port = Postgres::shared().port();
    std::thread::spawn(move || {
        for server in listener.incoming() {
            let server = server.unwrap();
            let database = TcpStream::connect(("127.0.0.1", database_port)).unwrap();
            database.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let twice = |stream: TcpStream| (Closing(stream.try_clone().unwrap()), Closing(stream));
            let ((server, asker), (database, answers)) = (twice(server), twice(database));
            let mute = Arc::new(AtomicBool::new(false));
            let (tell, answered) = channel();
            let (planned, muted) = (planned.clone(), mute.clone());
            std::thread::spawn(move || answer(answers, asker, &muted, &tell));
            std::thread::spawn(move || ask(server, database, &planned, &mute, &answered));
        }
    });
    port
}

/// A server that reaches its database through the relay, and the relay's plan.
async fn victim() -> (Victim, Planned) {
    let database = Postgres::shared().create_database();
    let config = |port: u16| {
        DatabaseConfig::Postgresql(PostgresConfig {
            jdbc_url: format!("jdbc:postgresql://127.0.0.1:{port}/{database}?user={USER}"),
            user: USER.into(),
            password: Secret::default(),
        })
    };
    let planned = Planned::default();
    let port = start_relay(planned.clone());
    let victim = Victim::new(ServerFolder::new(config(port)), config(Postgres::shared().port())).await;
    (victim, planned)
}

#[tokio::test(flavor = "multi_thread")]
async fn before_every_statement() {
    let (mut victim, planned) = victim().await;
    let plan = |pid, left| Plan { pid, left, when: When::Before };
    let mut number = 0;
    while victim.dies(async |server| Armed::new(&planned, plan(server.pid(), number))).await {
        number += 1;
    }
    println!("{number} statements; {:?}", victim.cut);
    // A background statement of the server may come between a step's commit and its answer; then that step has
    // happened. If the kill comes at a statement of the step itself, the step has not happened.
    for step in STEPS {
        assert!(victim.cut.contains(&(step, false)), "{step}: {:?}", victim.cut);
    }
}

/// A committed step is kept even if the server never received the confirmation.
#[tokio::test(flavor = "multi_thread")]
async fn after_every_commit() {
    let (mut victim, planned) = victim().await;
    let plan = |pid, left| Plan { pid, left, when: When::AfterCommit };
    for (place, step) in STEPS.into_iter().enumerate() {
        // A keep-alive changes nothing that is compared.
        let wanted = (step, step != "keep-alive");
        // The server itself ends expired leases: that commit may come first.
        for left in [0, 0, 1, 2, 3].into_iter().cycle().take(20) {
            if victim.cut.contains(&wanted) {
                break;
            }
            let arm = async |server: &RunningServer| Armed::new(&planned, plan(server.pid(), left));
            victim.dies_in(place, arm).await;
        }
        assert!(victim.cut.contains(&wanted), "{step}: {:?}", victim.cut);
    }
    println!("{} kills; {:?}", victim.rounds, victim.cut);
}
