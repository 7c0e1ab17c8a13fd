//! Simulates a firewall: forwards connections, and can drop them silently, without a reset.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards to a port of this machine as long as the test's runtime lives.
pub struct Forwarder {
    port: u16,
    forgotten: Arc<watch::Sender<u64>>,
}

impl Forwarder {
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let forgotten = Arc::new(watch::Sender::new(0));
        tokio::spawn({
            let forgotten = forgotten.clone();
            async move {
                while let Ok((inner, _)) = listener.accept().await {
                    tokio::spawn(forward(inner, target, forgotten.subscribe()));
                }
            }
        });
        Self { port, forgotten }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the present connections carry no bytes, and neither side is notified. New connections work.
    pub fn forget(&self) {
        self.forgotten.send_modify(|times| *times += 1);
    }
}

async fn forward(mut inner: TcpStream, target: u16, mut forgotten: watch::Receiver<u64>) {
    let Ok(mut outer) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    tokio::select! {
        _ended = copy_bidirectional(&mut inner, &mut outer) => {}
        _ = forgotten.changed() => std::future::pending::<()>().await,
    }
}
