//! A mail server whose answers a test changes while it runs: refuses at any command, limits connections, and records
//! what it received.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct State {
    /// By command, including `GREETING` and `.` (the end of a message); commands that are missing here get a good
    /// answer.
    answers: HashMap<&'static str, &'static str>,
    /// Number of messages that are still taken; `None`: no limit.
    room: Option<usize>,
    commands: Vec<String>,
    taken: Vec<String>,
    sessions: usize,
    open: usize,
    most_open: usize,
}

#[derive(Clone)]
pub(crate) struct MoodyServer {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

impl MoodyServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                tokio::spawn(async move {
                    server.begin();
                    let _hung_up = server.converse(stream).await;
                    server.lock().open -= 1;
                });
            }
        });
        server
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        let mut state = self.lock();
        state.sessions += 1;
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
    }

    pub(crate) fn answer(&self, command: &'static str, answer: &'static str) {
        self.lock().answers.insert(command, answer);
    }

    pub(crate) fn answer_well(&self) {
        self.lock().answers.clear();
    }

    /// Takes `room` messages from now on, and refuses the rest with 452.
    pub(crate) fn take(&self, room: usize) {
        self.lock().room = Some(room);
    }

    /// The recipients of the taken messages, in order.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.lock().taken.clone()
    }

    pub(crate) fn sessions(&self) -> usize {
        self.lock().sessions
    }

    /// Number of open sessions.
    pub(crate) fn open(&self) -> usize {
        self.lock().open
    }

    /// Largest number of sessions at once since the last call.
    pub(crate) fn most_open(&self) -> usize {
        let mut state = self.lock();
        let open = state.open;
        std::mem::replace(&mut state.most_open, open)
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.lock().commands.clone()
    }

    fn answer_to(&self, command: &str, line: &str) -> String {
        let mut state = self.lock();
        state.commands.push(line.to_owned());
        if let Some(answer) = state.answers.get(command) {
            return format!("{answer}\r\n");
        }
        let full = state.room == Some(0);
        let well = match command {
            "EHLO" => "250-moody\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            "AUTH" => "235 2.7.0 Welcome",
            "DATA" => "354 go on",
            "RCPT" if full => "452 4.5.3 Too many mails for now",
            _ => "250 2.0.0 Fine",
        };
        format!("{well}\r\n")
    }

    async fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let greeting = self.answer_to("GREETING", "");
        let greeting = if greeting.starts_with("250") { "220 moody\r\n".into() } else { greeting };
        stream.write_all(greeting.as_bytes()).await?;
        let (mut line, mut recipient, mut in_message) = (String::new(), String::new(), false);
        while stream.read_line(&mut line).await? > 0 {
            let text = line.trim_end().to_owned();
            line.clear();
            if in_message && text != "." {
                continue;
            }
            let command = text.split([' ', ':']).next().unwrap_or_default().to_owned();
            let answer = self.answer_to(&command, &text);
            let well = answer.starts_with(['2', '3']);
            match command.as_str() {
                "RCPT" => recipient = text.trim_start_matches("RCPT TO:").trim_matches(['<', '>']).to_owned(),
                "DATA" => in_message = well,
                "." => in_message = false,
                _ => {}
            }
            if command == "." && well {
                let mut state = self.lock();
                state.taken.push(recipient.clone());
                state.room = state.room.map(|room| room.saturating_sub(1));
            }
            stream.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }
}
