//! Chooses one of several hosts: the first that answers and matches `targetServerType`.

use std::hash::{BuildHasher, RandomState};

use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, Row};
use testkeep_domain::jdbc::{Host, TargetServerType};

use super::problem::Problem;
use super::target::Target;

pub(crate) struct Chosen {
    pub(crate) host: Host,
    pub(crate) connection: PgConnection,
    /// The options with which the connection was made.
    pub(crate) options: PgConnectOptions,
}

/// # Errors
/// The problem of each host, when no host can be used; never empty.
pub(crate) async fn choose(target: &Target, hosts: &[Host]) -> Result<Chosen, Vec<Problem>> {
    let wanted = target.server_type();
    let mut second_choice = None;
    let mut problems = Vec::new();
    for host in in_order(target, hosts) {
        let attempt = match connect_to(target, &host).await {
            Ok(mut chosen) => suits(&mut chosen.connection, wanted)
                .await
                .map(|suits| (chosen, suits))
                .map_err(|error| Problem::explain(&error, target, &host)),
            Err(problem) => Err(problem),
        };
        match attempt {
            Ok((chosen, true)) => return Ok(chosen),
            Ok((chosen, false)) if is_preference(wanted) => {
                second_choice.get_or_insert(chosen);
            }
            Ok((_, false)) => problems.push(Problem::wrong_server_type(&host, wanted)),
            Err(problem) => problems.push(problem),
        }
    }
    second_choice.ok_or(problems)
}

fn in_order(target: &Target, hosts: &[Host]) -> Vec<Host> {
    let mut hosts = hosts.to_vec();
    if target.url().parameters.load_balance_hosts {
        let random = RandomState::new();
        hosts.sort_by_cached_key(|host| random.hash_one(host.to_string()));
    }
    hosts
}

fn is_preference(wanted: TargetServerType) -> bool {
    matches!(wanted, TargetServerType::PreferPrimary | TargetServerType::PreferSecondary)
}

/// A primary accepts writes; a server that is in recovery or read-only by default is a secondary.
pub(crate) async fn suits(
    connection: &mut PgConnection,
    wanted: TargetServerType,
) -> Result<bool, sqlx::Error> {
    if wanted == TargetServerType::Any {
        return Ok(true);
    }
    // SQL without values: behind a pooler a prepared statement may reach another server process.
    let ask = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'";
    let secondary: bool = sqlx::raw_sql(ask).fetch_one(connection).await?.try_get(0)?;
    let wants_secondary = matches!(wanted, TargetServerType::Secondary | TargetServerType::PreferSecondary);
    Ok(secondary == wants_secondary)
}

async fn connect_to(target: &Target, host: &Host) -> Result<Chosen, Problem> {
    let limit = target.connect_timeout();
    tokio::time::timeout(limit, connect_by_any_mode(target, host))
        .await
        .unwrap_or_else(|_elapsed| Err(Problem::no_answer(host, limit)))
}

async fn connect_by_any_mode(target: &Target, host: &Host) -> Result<Chosen, Problem> {
    let mut first_problem = None;
    for mode in target.ssl_attempts() {
        let options = target.options(host, *mode);
        match PgConnection::connect_with(&options).await {
            Ok(connection) => return Ok(Chosen { host: host.clone(), connection, options }),
            Err(error) => {
                let problem = Problem::explain(&error, target, host);
                let other_mode_may_do = problem.is_refused_by_rules() || problem.stage == super::Stage::Tls;
                let problem = first_problem.get_or_insert(problem);
                if !other_mode_may_do {
                    return Err(problem.clone());
                }
            }
        }
    }
    Err(first_problem.unwrap_or_else(|| Problem::no_answer(host, target.connect_timeout())))
}
