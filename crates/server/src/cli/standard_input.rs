//! Reads passwords and JDBC URLs from standard input, so that no other account of the machine sees them.
//!
//! Must never accept a secret that may differ from the typed one: an uncertain encoding is refused by name.

use std::io::{self, BufRead, IsTerminal as _};
use std::time::Duration;

use testkeep_domain::Secret;
use testkeep_domain::encoding::{LineError, Lines};
use tokio::sync::oneshot;

use super::Failure;

/// Maximum number of bytes of all lines together.
const MOST: usize = 16 * 1024;
/// Lines that were written together arrive within this time.
const FOLLOWS_WITHIN: Duration = Duration::from_millis(300);

/// Reads one line, without its end.
pub(super) async fn read_password() -> Result<Secret, Failure> {
    let [password] = read_secrets(["password"]).await?;
    Ok(password)
}

/// Reads one line for each name, in this order. A missing line is empty. More lines are refused, because a secret that
/// contains a line break must not be cut.
pub(super) async fn read_secrets<const N: usize>(names: [&'static str; N]) -> Result<[Secret; N], Failure> {
    let (send, read) = oneshot::channel();
    let (send_more, more) = oneshot::channel();
    // No code waits for this thread to end, because the writer may keep the pipe open.
    tokio::task::spawn_blocking(move || {
        let mut lines = Lines::new(io::stdin().lock(), MOST);
        let _gone = send.send(read_each(&mut lines, names));
        // On a terminal, more lines may be input for another program.
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
