//! One listener: accepts connections while there are free slots, and serves HTTP/1 on each.
//!
//! A connection uses bounded memory, whatever its peer does: one request at a time, headers and bodies of bounded size,
//! and no new request before the peer has read the answers to the earlier ones.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use super::GRACE;
use super::activity::{Activity, IDLE};
use super::bodies::{AnswerBody, RequestBody, Room, Unread};
use super::slots::{Slot, Slots};
use super::stream::Watched;
use crate::Error;
use crate::http::streamed::Streamed;

/// Bytes for the request line with all headers, and for data that is read or written ahead.
const BUFFER: usize = 64 * 1024;
/// Number of pipelined requests (sent before the last answer) that run at the same time, over all connections. They
/// cost their sender nothing, so at least one core must be left for other requests.
const PIPELINED: usize = 1;
/// Maximum number of header lines.
const HEADERS: usize = 100;

const NO_SLOT: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 71\r\n\r\n\
    The server has too many connections. Try again, or ask the server admin";

/// State that all connections of one listener share.
struct Listener {
    router: Router,
    slots: Arc<Slots>,
    room: Room,
    pipelined: Semaphore,
    http: http1::Builder,
}

pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    slots: Arc<Slots>,
    mut stopped: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let watching = tokio::spawn(slots.clone().keep_watch());
    let shared = Arc::new(Listener {
        router,
        slots,
        room: Room::new(),
        pipelined: Semaphore::new(PIPELINED),
        http: http(),
    });
    loop {
        let next = async { Some((shared.slots.socket().await?, listener.accept().await)) };
        let accepted = tokio::select! {
            next = next => next,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Some((socket, Ok((stream, peer)))) => shared.begin(stream, peer, socket, graceful.watcher()),
            Some((_, Err(error))) => {
                // Most likely there are no free file handles. The pause lets other connections end.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            None => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests took too long and were cut off");
    }
    watching.abort();
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // `activity` has stricter time limits.
    http.timer(TokioTimer::new()).header_read_timeout(IDLE + IDLE);
    http.max_buf_size(BUFFER).max_headers(HEADERS);
    http
}

impl Listener {
    fn begin(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        socket: OwnedSemaphorePermit,
        watcher: Watcher,
    ) {
        let activity = Arc::new(Activity::new());
        match self.slots.admit(peer.ip(), &activity) {
            Some(slot) => {
                tokio::spawn(self.clone().serve(stream, peer, activity, watcher, (slot, socket)));
            }
            None => refuse(stream),
        }
    }

    async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        activity: Arc<Activity>,
        watcher: Watcher,
        held: (Slot, OwnedSemaphorePermit),
    ) {
        let service = hyper::service::service_fn({
            let (listener, activity) = (self.clone(), activity.clone());
            move |request| listener.clone().answer(request, peer, activity.clone())
        });
        let stream = TokioIo::new(Watched { stream, activity: activity.clone() });
        let connection = watcher.watch(self.http.serve_connection(stream, service));
        tokio::select! {
            ended = connection => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "connection ended early");
                }
            }
            () = activity.until_end() => tracing::debug!(%peer, "connection ended: its peer took too long, or another one needs the slot"),
        }
        drop(held);
    }

    async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        activity: Arc<Activity>,
    ) -> Result<Response<AnswerBody>, Infallible> {
        activity.wait_until_taken().await;
        // Acquired before the work begins, so that a waiting connection can be closed to make room. It fails only when
        // the semaphore is closed, which never happens.
        let _turn = if activity.is_pipelined() { self.pipelined.acquire().await.ok() } else { None };
        activity.begin_work();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (streamed, unread) = (Streamed::default(), Unread::default());
        request.extensions_mut().insert(streamed.clone());
        let request =
            request.map(|body| RequestBody::wrap(body, &activity, &self.room, streamed, unread.clone()));
        let mut response = self.router.clone().oneshot(request).await?;
        if activity.answers() {
            response = no_room();
        }
        if unread.is_large() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body: Body| AnswerBody::new(body, activity)))
    }
}

fn no_room() -> axum::response::Response {
    Error::TooMany {
        message: "The server receives too many large requests at this moment. Try again in a few seconds."
            .into(),
        retry_after_seconds: 5,
    }
    .into_response()
}

/// Sends the refusal if the system accepts it without waiting, and closes the connection.
fn refuse(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        // The peer may not read it.
        let _told = stream.write(NO_SLOT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_is_http() {
        let text = std::str::from_utf8(NO_SLOT).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
    }
}
