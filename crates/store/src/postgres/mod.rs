//! Opens a pool of PostgreSQL connections from a JDBC URL.
//!
//! Owns the choice among several hosts (in order, honoring `targetServerType`), TLS, timeouts, the differences behind a
//! pooler, and the messages when connecting fails. The host is chosen when the pool is opened. With several hosts a
//! task chooses again every `hostRecheckSeconds`, and the pool opens new connections there. Must never show a password.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgPool};
use testkeep_domain::config::PostgresConfig;
use testkeep_domain::jdbc::{Host, JdbcUrl, TargetServerType};

pub(crate) mod choice;
pub(crate) mod explain;
mod gone;
pub(crate) mod options;
pub(crate) mod pool;
pub(crate) mod pooler;
pub(crate) mod problem;
pub(crate) mod target;

use crate::Db;
use choice::{choose, suits};
pub use pool::Pg;
use pool::{LIFE_SIGN, Watch};
pub use problem::{Problem, Stage};
pub use target::Target;

/// Maximum number of connections of one server. PostgreSQL by default allows 100 for all its clients together.
pub const DEFAULT_CONNECTIONS: u32 = 10;
/// Maximum wait for a free or new connection of the pool.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);
/// The pause between attempts while the server is not reachable yet.
const AGAIN: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_mins(10);
/// With `tcpKeepAlive`, idle connections are tested at this interval. Firewalls drop a connection after five idle
/// minutes or more.
const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// None of the hosts could be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub struct ConnectError(pub Problem);

/// Opens a pool of [`DEFAULT_CONNECTIONS`], after one connection has succeeded.
///
/// # Errors
/// The URL is refused, or no host can be used: then the problem of the host that got furthest.
pub async fn open(config: &PostgresConfig) -> Result<Db, ConnectError> {
    connect(config, DEFAULT_CONNECTIONS).await.map(Db::Postgres)
}

/// As [`open`], with the given number of connections.
pub async fn connect(config: &PostgresConfig, connections: u32) -> Result<Pg, ConnectError> {
    let target = Target::new(config).map_err(ConnectError)?;
    let limit = target.login_timeout();
    let chosen = tokio::time::timeout(limit, choose(&target, target.hosts()))
        .await
        .map_err(|_elapsed| ConnectError(Problem::slow_login(&target, limit)))?
        .map_err(|problems| ConnectError(Problem::of_several(problems)))?;
    let wanted = target.server_type();
    let pooled = !target.prepares() || pooler::is_in_between(chosen.connection, &chosen.options).await;
    let watch = Arc::new(Watch::default());
    let pool = PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(WAIT_FOR_CONNECTION.min(target.connect_timeout()).min(target.login_timeout()))
        .idle_timeout(IDLE)
        .test_before_acquire(false)
        .before_acquire({
            let watch = watch.clone();
            move |connection, rest| {
                let watch = watch.clone();
                Box::pin(async move { watch.check_life(connection, rest.idle_for).await })
            }
        })
        .after_connect(move |connection, _| Box::pin(check_server_type(connection, wanted)))
        .connect_lazy_with(chosen.options);
    if target.hosts().len() > 1 {
        tokio::spawn(follow(pool.clone(), target.clone(), chosen.host));
    }
    if target.keeps_alive() {
        tokio::spawn(keep_alive(pool.clone()));
    }
    Ok(Pg::new(pool, target, pooled, watch))
}

/// Waits until the database answers, because it may still be starting. Calls `told` with the problem, each time the
/// problem changes.
///
/// # Errors
/// At once for a problem that waiting cannot solve, for example a wrong password; after `patience` for any other.
pub async fn wait_until_there(
    config: &PostgresConfig,
    patience: Duration,
    mut told: impl FnMut(&Problem),
) -> Result<(), ConnectError> {
    let target = Target::new(config).map_err(ConnectError)?;
    let until = tokio::time::Instant::now() + patience;
    let mut last = None;
    loop {
        let Err(problems) = choose(&target, target.hosts()).await else { return Ok(()) };
        let problem = Problem::of_several(problems);
        if !problem.may_pass() || tokio::time::Instant::now() + AGAIN > until {
            return Err(ConnectError(problem));
        }
        if last.as_ref() != Some(&problem) {
            told(&problem);
            last = Some(problem);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Host, port and database in a form for people, without login or parameters.
pub fn describe(config: &PostgresConfig) -> String {
    let Ok(url) = JdbcUrl::parse(&config.jdbc_url) else { return "a JDBC URL that cannot be read".into() };
    let hosts: Vec<String> = url.hosts.iter().map(ToString::to_string).collect();
    format!("{}/{}", hosts.join(","), url.database_for(&config.user))
}

/// Refuses a connection to a server that has changed between primary and secondary since it was chosen.
async fn check_server_type(
    connection: &mut sqlx::PgConnection,
    wanted: TargetServerType,
) -> Result<(), sqlx::Error> {
    match wanted {
        TargetServerType::Primary | TargetServerType::Secondary if !suits(connection, wanted).await? => Err(
            sqlx::Error::Configuration("the server is not of the wanted targetServerType any more".into()),
        ),
        _ => Ok(()),
    }
}

/// Lets the pool open new connections at the host that the choice gives now. Ends when the pool is closed.
async fn follow(pool: PgPool, target: Target, mut current: Host) {
    loop {
        tokio::select! {
            () = pool.close_event() => return,
            () = tokio::time::sleep(target.recheck()) => {}
        }
        let Ok(chosen) = choose(&target, target.hosts()).await else { continue };
        if chosen.host != current {
            tracing::warn!(from = %current, to = %chosen.host, "the database is now used at another host");
            pool.set_connect_options(chosen.options);
            current = chosen.host;
        }
    }
}

/// Tests every idle connection at the interval [`KEEP_ALIVE`]. Ends when the pool is closed.
async fn keep_alive(pool: PgPool) {
    loop {
        tokio::select! {
            () = pool.close_event() => return,
            () = tokio::time::sleep(KEEP_ALIVE) => {}
        }
        let mut resting = Vec::new();
        for _ in 0..pool.num_idle() {
            resting.extend(pool.try_acquire());
        }
        for mut connection in resting {
            if options::within(LIFE_SIGN, connection.ping()).await.is_err() {
                drop(connection.detach());
            }
        }
    }
}
