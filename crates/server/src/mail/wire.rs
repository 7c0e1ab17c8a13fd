//! Reads and writes lines of a mail server's connection, with limits that apply before anything is parsed.
//!
//! A reply has at most [`REPLY_LINES`] lines of at most [`LINE`] bytes each, and a whole conversation has at most
//! [`CONVERSATION`] bytes. Each byte is read once, so a server that never ends a reply costs no more than these bytes.
//! Must never show data that is not a reply, because it may come from another service.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Maximum length of a line in bytes. RFC 5321 allows 512; some servers send longer lines.
const LINE: usize = 1024;
const REPLY_LINES: usize = 100;
const CONVERSATION: usize = 64 * 1024;
const CHUNK: usize = 1024;

/// Why there is no reply, or a reply that is a refusal.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection ended or failed.
    Lost(String),
    /// The server sent more than a mail server does.
    Endless,
    /// The answer is not SMTP.
    Strange,
    /// The server refused with 4xx or 5xx.
    Refused(Reply),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Lost(format!("The connection was lost: {error}."))
    }
}

/// The reply of a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The reply code, 200 to 599.
    pub(super) code: u16,
    /// The lines without the code. Control characters are removed.
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) fn is_positive(&self) -> bool {
        self.code < 400
    }

    /// The reply as one text, for example “550 5.1.1 No such mailbox”; parts that every line repeats appear once.
    pub(super) fn in_words(&self) -> String {
        let mut words = self.code.to_string();
        let first = self.lines.first().map_or("", String::as_str);
        let status = first.split(' ').next().filter(|word| is_status(word)).unwrap_or_default();
        for (index, line) in self.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            let rest = line.strip_prefix(status).filter(|_| index > 0 && !status.is_empty());
            words.push(' ');
            words.push_str(rest.unwrap_or(line).trim_start());
        }
        words
    }

    /// The enhanced status code, for example `5.7.1` (RFC 3463); empty when there is none.
    pub(super) fn status(&self) -> &str {
        let first = self.lines.first().and_then(|line| line.split(' ').next());
        first.filter(|word| is_status(word)).unwrap_or_default()
    }
}

fn is_status(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let digits =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts.iter().all(digits)
}

/// A connection that sends and receives lines.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    chunk: Vec<u8>,
    /// The received bytes that are not parsed yet: `chunk[start..end]`.
    start: usize,
    end: usize,
    /// Number of bytes that the server may still send.
    left: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, chunk: vec![0; CHUNK], start: 0, end: 0, left: CONVERSATION }
    }

    /// Returns the stream, on which TLS then begins. `None`: the server sent data before its turn. After the start of
    /// TLS it would be taken as encrypted (CVE-2011-0411 and similar).
    pub(super) fn into_stream(self) -> Option<S> {
        (self.start == self.end).then_some(self.stream)
    }

    /// Sends one command, given without its line end. A refusal is an error.
    pub(super) async fn ask(&mut self, command: &str) -> Result<Reply, Fault> {
        self.say(format!("{command}\r\n").as_bytes()).await?;
        self.reply().await
    }

    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// # Errors
    /// Any [`Fault`].
    pub(super) async fn reply(&mut self) -> Result<Reply, Fault> {
        let mut reply: Option<Reply> = None;
        for _ in 0..REPLY_LINES {
            let line = self.line().await?;
            let (code, last, text) = parse(&line).ok_or(Fault::Strange)?;
            let reply = reply.get_or_insert_with(|| Reply { code, lines: Vec::new() });
            if reply.code != code {
                return Err(Fault::Strange);
            }
            reply.lines.push(text);
            if last {
                let reply = reply.clone();
                return if reply.is_positive() { Ok(reply) } else { Err(Fault::Refused(reply)) };
            }
        }
        Err(Fault::Endless)
    }

    /// Returns a line without its end.
    async fn line(&mut self) -> Result<Vec<u8>, Fault> {
        let mut line = Vec::new();
        loop {
            let fresh = &self.chunk[self.start..self.end];
            let end = fresh.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&fresh[..end.unwrap_or(fresh.len())]);
            self.start += end.map_or(fresh.len(), |end| end + 1);
            if line.len() > LINE {
                return Err(Fault::Endless);
            }
            if end.is_some() {
                line.pop_if(|byte| *byte == b'\r');
                return Ok(line);
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), Fault> {
        let read = self.stream.read(&mut self.chunk).await?;
        if read == 0 {
            return Err(Fault::Lost("The server closed the connection.".into()));
        }
        self.left = self.left.checked_sub(read).ok_or(Fault::Endless)?;
        (self.start, self.end) = (0, read);
        Ok(())
    }
}

/// Returns the code, whether the line is the last of the reply, and the text; `None`: the line is not SMTP.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let (code, rest) = line.split_at_checked(3)?;
    let code =
        std::str::from_utf8(code).ok().filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?;
    let code = code.parse().ok().filter(|code| (200..600).contains(code))?;
    let (separator, text) = rest.split_first().unwrap_or((&b' ', &[]));
    let last = match separator {
        b' ' => true,
        b'-' => false,
        _ => return None,
    };
    let text: String = String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).collect();
    Some((code, last, text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::ReadBuf;

    use super::*;

    /// A stream that repeats the same bytes, some at a time, and counts the bytes that were read.
    struct Endless {
        pattern: &'static [u8],
        at_once: usize,
        taken: usize,
        reads: usize,
    }

    impl AsyncRead for Endless {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            for _ in 0..self.at_once.min(buffer.remaining()) {
                buffer.put_slice(&[self.pattern[self.taken % self.pattern.len()]]);
                self.taken += 1;
            }
            self.reads += 1;
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Endless {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn endless(pattern: &'static [u8], at_once: usize) -> Wire<Endless> {
        Wire::new(Endless { pattern, at_once, taken: 0, reads: 0 })
    }

    async fn replies(text: &'static str) -> Result<Reply, Fault> {
        let (mut there, here) = tokio::io::duplex(64 * 1024);
        there.write_all(text.as_bytes()).await.unwrap();
        drop(there);
        Wire::new(here).reply().await
    }

    #[tokio::test]
    async fn endless_answers_end_after_a_few_bytes() {
        for at_once in [1, 7, 1024, usize::MAX] {
            for pattern in
                [&b"250-x\r\n"[..], b"250-\r\n", b"x", b"2", b"\0", b"250-mail.example.com says much\n"]
            {
                let mut wire = endless(pattern, at_once);
                let fault = wire.reply().await.unwrap_err();
                assert!(matches!(fault, Fault::Endless | Fault::Strange), "{fault:?}");
                let most = LINE.max(REPLY_LINES * pattern.len()) + CHUNK;
                assert!(wire.stream.taken <= most, "{} bytes of {pattern:?}", wire.stream.taken);
                assert!(wire.stream.reads <= wire.stream.taken, "a read takes a byte at least");
            }
        }
    }

    #[tokio::test]
    async fn endless_replies_end_the_conversation() {
        let mut wire = endless(b"250 ok\r\n", 1024);
        let mut replies = 0;
        while wire.reply().await.is_ok() {
            replies += 1;
        }
        assert!(wire.stream.taken <= CONVERSATION + CHUNK, "{} bytes", wire.stream.taken);
        assert!(replies > 1000);
    }

    #[tokio::test]
    async fn reads_replies() {
        let reply = replies("250-mail.example.com\r\n250-AUTH PLAIN\r\n250 SMTPUTF8\r\n").await.unwrap();
        assert_eq!(reply.lines, ["mail.example.com", "AUTH PLAIN", "SMTPUTF8"]);
        assert_eq!(replies("354\n").await.unwrap().code, 354);
        let Err(Fault::Refused(reply)) = replies("550-5.7.1 Not\r\n550 5.7.1 today\u{1b}[31m\r\n").await
        else {
            panic!("a refusal");
        };
        assert_eq!((reply.in_words().as_str(), reply.status()), ("550 5.7.1 Not today[31m", "5.7.1"));
        let Err(Fault::Refused(reply)) = replies("421 \r\n").await else { panic!("a refusal") };
        assert_eq!((reply.in_words().as_str(), reply.status()), ("421", ""));
    }

    #[tokio::test]
    async fn tells_other_protocols() {
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "SSH-2.0-OpenSSH_9.6\r\n",
            "-ERR unknown command\r\n",
            "* OK IMAP4 ready\r\n",
            "25\r\n",
            "999 no\r\n",
            "220*hello\r\n",
            "250-one\r\n251 two\r\n",
            "\r\n",
        ] {
            assert!(matches!(replies(text).await, Err(Fault::Strange)), "{text}");
        }
        assert!(matches!(replies("220-never ends\r\n").await, Err(Fault::Lost(_))));
    }
}
