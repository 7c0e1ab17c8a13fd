//! Whether any server is there: nothing listens where the database should be, as opposed to one that is busy.
//!
//! A request that waits for a connection asks this, so that it stops waiting when no server is there. One look serves all
//! of them: it opens a connection and closes it. A server that accepts the connection counts as there, however busy it is.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use testkeep_domain::jdbc::Host;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// A look is good for so long.
const FRESH: Duration = Duration::from_millis(500);
/// A machine that says nothing is not known to be without a server.
const WITHIN: Duration = Duration::from_millis(500);

/// When it was looked last, and whether nothing was there.
#[derive(Debug, Default)]
pub(super) struct Gone(Mutex<Option<(Instant, bool)>>);

impl Gone {
    /// Ends once every host refuses connections; never while one takes them.
    pub(super) async fn noticed(&self, hosts: &[Host]) {
        while !self.look(hosts).await {
            tokio::time::sleep(FRESH).await;
        }
    }

    async fn look(&self, hosts: &[Host]) -> bool {
        let mut last = self.0.lock().await;
        if let Some((at, gone)) = *last
            && at.elapsed() < FRESH
        {
            return gone;
        }
        let gone = all_refuse(hosts).await;
        *last = Some((Instant::now(), gone));
        gone
    }
}

async fn all_refuse(hosts: &[Host]) -> bool {
    for host in hosts {
        let tried = TcpStream::connect((host.host.as_str(), host.port));
        let refused = matches!(
            tokio::time::timeout(WITHIN, tried).await,
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused
        );
        if !refused {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_accepts_is_there_and_what_refuses_is_not() {
        let there = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = |port: u16| Host { host: "127.0.0.1".into(), port };
        let (listening, gone) = (host(there.local_addr().unwrap().port()), Gone::default());
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            host(listener.local_addr().unwrap().port())
        };
        assert!(!all_refuse(&[closed.clone(), listening.clone()]).await, "one of them is enough");
        assert!(all_refuse(std::slice::from_ref(&closed)).await);
        let waits =
            tokio::time::timeout(Duration::from_millis(1200), gone.noticed(std::slice::from_ref(&listening)));
        assert!(waits.await.is_err(), "it waits on while somebody accepts");
        drop(there);
        tokio::time::timeout(Duration::from_secs(5), gone.noticed(&[closed, listening]))
            .await
            .expect("noticed");
    }
}
