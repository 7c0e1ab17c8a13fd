//! Connects to a mail server by its name.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;

/// A host may have several addresses, and the first may never answer. After this time the next one is tried in
/// parallel.
const NEXT_AFTER: Duration = Duration::from_millis(2500);

/// # Errors
/// A sentence, or a part of one.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| {
        format!("{host} is not known: {error}. Check the spelling, or enter the address.")
    })?;
    Ok(found.collect())
}

/// Connects to the first address that answers. The next one is tried when one has failed, or has not answered for a
/// while.
///
/// # Errors
/// The error of the last address.
pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), String> {
    let mut next = addresses.iter().copied();
    let mut tries = FuturesUnordered::new();
    let mut last = String::from("there is no address");
    let mut more = true;
    loop {
        match next.next() {
            Some(address) => tries.push(async move { (TcpStream::connect(address).await, address) }),
            None => more = false,
        }
        let answered = tokio::select! {
            answered = tries.next() => answered,
            () = tokio::time::sleep(NEXT_AFTER), if more => continue,
        };
        match answered {
            Some((Ok(stream), address)) => return Ok((stream, address)),
            Some((Err(error), address)) => last = format!("{address}: {error}"),
            None => return Err(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::net::TcpListener;

    use super::*;

    /// An address that never answers and never refuses, because its queue is full.
    #[cfg(target_os = "linux")]
    async fn dead() -> (SocketAddr, Vec<TcpStream>, TcpListener) {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        while let Ok(Ok(stream)) =
            tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
        {
            held.push(stream);
        }
        (address, held, listener)
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_next_address_is_tried_soon() {
        let (silent, _held, _silent_listener) = dead().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap();
        let started = Instant::now();
        let (_stream, address) = connect(&[silent, alive]).await.unwrap();
        assert_eq!(address, alive);
        // The system itself would give up after two minutes.
        assert!((2..10).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn what_refuses_costs_no_time() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap();
        let started = Instant::now();
        assert_eq!(connect(&[closed, closed, alive]).await.unwrap().1, alive);
        assert!(started.elapsed() < NEXT_AFTER);
        assert!(connect(&[closed]).await.unwrap_err().contains(&closed.to_string()));
        assert!(connect(&[]).await.is_err());
    }
}
