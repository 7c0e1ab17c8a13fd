//! Detects that no database server is running, as opposed to a busy one.
//!
//! A request that waits for a connection uses this to stop waiting when no server is running. The check opens a TCP
//! connection and closes it; all waiting requests share its result. A server that accepts the connection counts as
//! running, however busy it is.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use testkeep_domain::jdbc::Host;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// How long the result of a check stays valid.
const FRESH: Duration = Duration::from_millis(500);
/// Time limit of a check. A machine that does not answer in time does not count as one without a server.
const WITHIN: Duration = Duration::from_millis(500);

/// The time of the last check, and whether all hosts refused the connection.
#[derive(Debug, Default)]
pub(super) struct Gone(Mutex<Option<(Instant, bool)>>);

impl Gone {
    /// Returns as soon as all hosts refuse connections; waits as long as one does not.
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
