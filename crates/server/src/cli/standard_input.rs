//! What a command is told on standard input, so that no other account of the machine sees it: passwords, JDBC URLs.
//!
//! Never takes a secret that differs from what was typed: an encoding that is not certain is refused by name.

use std::io::{self, BufRead, IsTerminal as _};
use std::time::Duration;

use testkeep_domain::Secret;
use testkeep_domain::encoding::{LineError, Lines};
use tokio::sync::oneshot;

use super::Failure;

/// Bytes of all lines together.
const MOST: usize = 16 * 1024;
/// What was written together arrives together.
const FOLLOWS_WITHIN: Duration = Duration::from_millis(300);

/// One line, without its end.
pub(super) async fn read_password() -> Result<Secret, Failure> {
    let [password] = read_secrets(["password"]).await?;
    Ok(password)
}

/// One line for each name, in this order; a line that is missing is empty. More lines are refused: a secret with a line
/// break in it must not be cut off without a word.
pub(super) async fn read_secrets<const N: usize>(names: [&'static str; N]) -> Result<[Secret; N], Failure> {
    let (send, read) = oneshot::channel();
    let (send_more, more) = oneshot::channel();
    // Nobody waits for this thread: whoever writes may keep the pipe open.
    tokio::task::spawn_blocking(move || {
        let mut lines = Lines::new(io::stdin().lock(), MOST);
        let _gone = send.send(read_each(&mut lines, names));
        // On a terminal nothing follows that was not typed for somebody else.
        if !io::stdin().is_terminal() {
            let _gone = send_more.send(!matches!(lines.next_line(), Ok(None)));
        }
    });
    let read = read.await.map_err(|error| Failure::Failed(error.to_string()))??;
    match tokio::time::timeout(FOLLOWS_WITHIN, more).await {
        Ok(Ok(true)) => Err(Failure::Refused(too_many(&names))),
        _ => Ok(read),
    }
}

fn read_each<const N: usize>(
    lines: &mut Lines<impl BufRead>,
    names: [&'static str; N],
) -> Result<[Secret; N], Failure> {
    let mut read = names.map(|_| Secret::default());
    for (place, name) in read.iter_mut().zip(names) {
        *place = secret(lines.next_line(), name)?;
    }
    Ok(read)
}

fn too_many(names: &[&str]) -> String {
    let expected = match names {
        [name] => format!("one line, the {name}"),
        names => format!("{} lines, {}", names.len(), names.join(" and ")),
    };
    format!(
        "Standard input has more lines than expected, so nothing of it was taken. Send {expected}, and nothing after it."
    )
}

fn secret(line: Result<Option<String>, LineError>, name: &str) -> Result<Secret, Failure> {
    let refuse = |problem: &dyn std::fmt::Display| {
        Failure::Refused(format!("The {name} on standard input was not taken. {problem}"))
    };
    let line = line.map_err(|error| refuse(&error))?.unwrap_or_default();
    if line.contains(char::REPLACEMENT_CHARACTER) {
        return Err(refuse(
            &"It lost characters when another program changed its encoding. Send it as UTF-8.",
        ));
    }
    match line.chars().find(|c| c.is_control() || *c == '\u{feff}') {
        Some(found) => Err(refuse(&format!(
            "It holds the control character U+{:04X}, which nobody types. Send it as UTF-8, as one line.",
            u32::from(found)
        ))),
        None => Ok(Secret::new(line)),
    }
}
