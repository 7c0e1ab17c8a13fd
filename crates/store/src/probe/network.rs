//! The steps of the test on the network: resolving names, TCP, and the answer to the request for TLS.
//!
//! Several hosts are tested at the same time. One working host is enough; the message mentions the others.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use testkeep_domain::Level;
use testkeep_domain::jdbc::{Host, SslMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Good;
use crate::postgres::explain::{no_tls, not_postgresql, unknown_host, unreachable_host};
use crate::postgres::{Problem, Stage, Target};

const NAME_LIMIT: Duration = Duration::from_secs(5);
const CONNECT_LIMIT: Duration = Duration::from_secs(4);
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// PostgreSQL's request for TLS: the length 8 and the number 80877103.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

pub(super) struct Resolved(Host, Vec<SocketAddr>);
pub(super) struct Reached(Host, SocketAddr);

pub(super) async fn resolve(hosts: &[Host]) -> Result<(Vec<Resolved>, Good), Problem> {
    let results = all(hosts.to_vec(), |host| async move {
        let name = (host.host.clone(), host.port);
        let found = match timeout(NAME_LIMIT, tokio::net::lookup_host(name)).await {
            Ok(found) => found.map(Iterator::collect::<Vec<_>>),
            Err(_elapsed) => Err(io::Error::new(io::ErrorKind::TimedOut, "the name server does not answer")),
        };
        match found {
            Ok(addresses) if !addresses.is_empty() => Ok(Resolved(host, addresses)),
            Ok(_) => Err(unknown_host(&host, "none found")),
            Err(error) => Err(unknown_host(&host, &error.to_string())),
        }
    });
    sum_up(results.await, |Resolved(host, addresses)| {
        if addresses.iter().all(|address| address.ip().to_string() == host.host) {
            return format!("{} is an address; there is no name to look up.", host.host);
        }
        let addresses: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
        format!("{} is {}.", host.host, addresses.join(", "))
    })
}

pub(super) async fn reach(hosts: Vec<Resolved>) -> Result<(Vec<Reached>, Good), Problem> {
    let results = all(hosts, |Resolved(host, addresses)| async move {
        match connect(&addresses).await {
            Ok(address) => Ok(Reached(host, address)),
            Err(error) => Err(unreachable_host(&host, &error)),
        }
    });
    sum_up(results.await, |Reached(host, _)| format!("{host} answers."))
}

/// Returns the first address that accepts a connection. All attempts share one time limit.
async fn connect(addresses: &[SocketAddr]) -> io::Result<SocketAddr> {
    let first = async {
        let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(_stream) => return Ok(*address),
                Err(error) => last_error = error,
            }
        }
        Err(last_error)
    };
    timeout(CONNECT_LIMIT, first).await.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()))
}

/// The hosts that speak PostgreSQL and satisfy the `sslmode` of the URL.
pub(super) async fn speak(hosts: Vec<Reached>, target: &Target) -> Result<(Vec<Host>, Good), Problem> {
    let demanded = matches!(target.ssl_mode(), SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull);
    let refusing = target.ssl_mode() == SslMode::Disable;
    let asking = target.clone();
    let results = all(hosts, move |Reached(host, address)| {
        let target = asking.clone();
        async move {
            match timeout(ANSWER_LIMIT, ask_for_tls(address)).await {
                Ok(Ok(b'S')) => Ok((host, true)),
                Ok(Ok(b'N')) if demanded => Err(no_tls(&target, &host)),
                Ok(Ok(b'N' | b'E')) => Ok((host, false)),
                Ok(Ok(b'H')) => Err(not_postgresql(&host, "it may be a web server")),
                Ok(Ok(_)) => Err(not_postgresql(&host, "it speaks another protocol")),
                Ok(Err(_)) | Err(_) => Err(silent(&host, address).await),
            }
        }
    });
    let (hosts, good) = sum_up(results.await, |(host, offers)| match (offers, refusing) {
        (_, true) => format!("{host} is used without TLS, as the URL says."),
        (true, _) => format!("{host} offers TLS."),
        (false, _) => format!("{host} offers no TLS; the connection is not encrypted."),
    })?;
    Ok((hosts.into_iter().map(|(host, _)| host).collect(), good))
}

async fn ask_for_tls(address: SocketAddr) -> io::Result<u8> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&TLS_REQUEST).await?;
    stream.read_u8().await
}

/// The problem of a server that did not answer. A web server waits for a whole line: sending one distinguishes it from
/// a server that never answers.
async fn silent(host: &Host, address: SocketAddr) -> Problem {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await.map(|_| answer)
    };
    match timeout(Duration::from_secs(1), ask).await {
        Ok(Ok(answer)) if &answer == b"HTTP/" => not_postgresql(host, "it is a web server"),
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            not_postgresql(host, "it closes the connection")
        }
        _ => {
            let message = format!(
                "{host} accepts connections but does not answer as PostgreSQL. Check the port, and whether the server is overloaded or a proxy waits for its backend."
            );
            Problem::new(Stage::Tls, "silent", message)
        }
    }
}

/// Runs `work` for all hosts at the same time and returns the results in the order of the hosts.
async fn all<I, T, F>(items: Vec<I>, mut work: impl FnMut(I) -> F) -> Vec<Result<T, Problem>>
where
    F: Future<Output = Result<T, Problem>> + Send + 'static,
    T: Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (index, item) in items.into_iter().enumerate() {
        let future = work(item);
        tasks.spawn(async move { (index, future.await) });
    }
    let mut results = tasks.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn sum_up<T>(
    results: Vec<Result<T, Problem>>,
    say: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Good), Problem> {
    let (mut fine, mut problems) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => fine.push(value),
            Err(problem) => problems.push(problem),
        }
    }
    if fine.is_empty() {
        return Err(Problem::of_several(problems));
    }
    let mut sentences: Vec<String> = fine.iter().map(say).collect();
    let level = if problems.is_empty() { Level::Ok } else { Level::Warning };
    let code = problems.first().map_or("fine", |problem| problem.code);
    sentences.extend(problems.into_iter().map(|problem| problem.message));
    Ok((fine, Good::new(level, code, sentences.join(" "))))
}
