//! Tests a PostgreSQL database step by step, so that the failing step shows an admin what to do.
//!
//! Owns the steps from the text of the URL to the contents of the database, each timed, all within [`LIMIT`]. Must
//! never change anything: it creates a table to test its rights and rolls that back.

use std::time::{Duration, Instant};

use serde::Serialize;
use testkeep_domain::Level;
use testkeep_domain::config::PostgresConfig;
use utoipa::ToSchema;

pub mod create;
mod inside;
mod network;

use crate::postgres::choice::{Chosen, choose};
use crate::postgres::{Problem, Stage, Target, pooler};
use create::Plan;
pub use create::{CreateError, Created, DEFAULT_DATABASE, create_database};

const POOLER: &str = "A pooler in transaction mode (such as pgbouncer) stands in between. That works: Testkeep then keeps \
    no prepared statements.";

/// Time limit of all steps together.
pub const LIMIT: Duration = Duration::from_secs(15);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    pub name: Stage,
    pub level: Level,
    /// Stable word for programs; `fine` when the step found nothing to report.
    #[serde(skip)]
    pub code: &'static str,
    pub message: String,
    pub elapsed_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The steps that ran. The last one is the one that failed, if any.
    pub steps: Vec<Step>,
    /// For example `15.18`.
    pub server_version: Option<String>,
}

impl Probe {
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.level != Level::Error)
    }
}

/// The result of a step that did not fail.
pub(crate) struct Good {
    level: Level,
    code: &'static str,
    message: String,
}

impl Good {
    pub(crate) fn ok(message: impl Into<String>) -> Self {
        Self::new(Level::Ok, "fine", message)
    }

    pub(crate) fn new(level: Level, code: &'static str, message: impl Into<String>) -> Self {
        Self { level, code, message: message.into() }
    }
}

/// Tests the database as setup would use it. `create`: setup will create the database if it is missing.
pub async fn probe(config: &PostgresConfig, create: bool) -> Probe {
    let mut run = Run {
        steps: Vec::new(),
        server_version: None,
        started: Instant::now(),
        step_started: Instant::now(),
    };
    if let Err(problem) = run.all(config, create).await {
        run.record(problem.stage, Level::Error, problem.code, problem.message);
    }
    Probe { steps: run.steps, server_version: run.server_version }
}

struct Run {
    steps: Vec<Step>,
    server_version: Option<String>,
    started: Instant,
    step_started: Instant,
}

impl Run {
    async fn all(&mut self, config: &PostgresConfig, create: bool) -> Result<(), Problem> {
        let mut target = Target::new(config)?;
        if create && target.url().database.is_none() {
            target = target.with_database(DEFAULT_DATABASE);
        }
        self.good(Stage::Url, url(&target, config));
        let (resolved, good) = self.within(Stage::Dns, network::resolve(target.hosts())).await?;
        self.good(Stage::Dns, good);
        let (reached, good) = self.within(Stage::Tcp, network::reach(resolved)).await?;
        self.good(Stage::Tcp, good);
        let (hosts, good) = self.within(Stage::Tls, network::speak(reached, &target)).await?;
        let login = async { choose(&target, &hosts).await.map_err(Problem::of_several) };
        let login = self.within(Stage::Login, login).await;
        if let Err(problem) = &login
            && problem.stage <= Stage::Tls
        {
            return Err(Problem { stage: Stage::Tls, ..problem.clone() });
        }
        self.good(Stage::Tls, good);
        match login {
            Ok(chosen) => self.inside(chosen, &target, create).await,
            Err(problem) if problem.code == "database_missing" => {
                self.missing(problem, &target, create).await
            }
            Err(problem) => Err(self.past_login(problem, &target)),
        }
    }

    async fn inside(&mut self, mut chosen: Chosen, target: &Target, create: bool) -> Result<(), Problem> {
        self.good(Stage::Login, signed_in(target, &chosen.host));
        let connection = &mut chosen.connection;
        let good = self.within(Stage::Database, inside::database(connection, target)).await?;
        self.good(Stage::Database, good);
        let new_password =
            create && self.within(Stage::Rights, create::role_gets_new_password(connection, target)).await?;
        let good = if new_password {
            create::new_password_note(target)
        } else {
            self.within(Stage::Rights, inside::rights(connection, target)).await?
        };
        self.good(Stage::Rights, good);
        let (version, mut good) = self.within(Stage::Version, inside::version(connection)).await?;
        self.server_version = Some(version);
        if pooler::find(connection, &chosen.options).await.unwrap_or_default() {
            good = Good::new(Level::Info, "pooler", format!("{} {POOLER}", good.message));
        }
        self.good(Stage::Version, good);
        let good = self.within(Stage::Contents, inside::contents(connection, target)).await?;
        self.good(Stage::Contents, good);
        Ok(())
    }

    /// The remaining steps when the login works but the database does not exist.
    async fn missing(&mut self, problem: Problem, target: &Target, create: bool) -> Result<(), Problem> {
        if !create {
            return Err(self.past_login(problem, target));
        }
        let (mut chosen, plan) = self.within(Stage::Database, create::plan(target)).await?;
        self.good(Stage::Login, signed_in(target, &chosen.host));
        let owner = match plan {
            Plan::NotAllowed => return Err(create::not_allowed(target)),
            Plan::Create { role: Some(role) } => role,
            _ => target.user().to_owned(),
        };
        let database = target.database();
        self.good(
            Stage::Database,
            Good::new(
                Level::Info,
                "will_be_created",
                format!("Database “{database}” does not exist yet; setup creates it."),
            ),
        );
        self.good(Stage::Rights, Good::ok(format!("“{owner}” will own the new database.")));
        let (version, good) = self.within(Stage::Version, inside::version(&mut chosen.connection)).await?;
        self.server_version = Some(version);
        self.good(Stage::Version, good);
        self.good(Stage::Contents, Good::ok("The new database will be empty."));
        Ok(())
    }

    /// Records a successful login if the problem came after the login; returns the problem.
    fn past_login(&mut self, problem: Problem, target: &Target) -> Problem {
        if problem.stage == Stage::Database {
            self.good(Stage::Login, Good::ok(format!("“{}” may log in.", target.user())));
        }
        problem
    }

    fn good(&mut self, stage: Stage, good: Good) {
        self.record(stage, good.level, good.code, good.message);
    }

    fn record(&mut self, name: Stage, level: Level, code: &'static str, message: String) {
        let elapsed_ms = u64::try_from(self.step_started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.steps.push(Step { name, level, code, message, elapsed_ms });
        self.step_started = Instant::now();
    }

    async fn within<T>(
        &self,
        stage: Stage,
        step: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let left = LIMIT.saturating_sub(self.started.elapsed());
        tokio::time::timeout(left, step).await.unwrap_or_else(|_elapsed| {
            let message = format!(
                "The test was given up after {} s. Check that the server is not overloaded and that no firewall is in the way.",
                LIMIT.as_secs()
            );
            Err(Problem::new(stage, "timeout", message))
        })
    }
}

fn url(target: &Target, config: &PostgresConfig) -> Good {
    let hosts: Vec<String> = target.hosts().iter().map(ToString::to_string).collect();
    let mut message =
        format!("Database “{}” at {} as “{}”.", target.database(), hosts.join(", "), target.user());
    for note in &target.url().notes {
        message = format!("{message} {note}");
    }
    if !config.user.is_empty() && config.user != target.user() {
        let text = format!(
            "{message} The URL names the user “{}”, which takes precedence over “{}”.",
            target.user(),
            config.user
        );
        return Good::new(Level::Warning, "other_user", text);
    }
    Good::ok(message)
}

fn signed_in(target: &Target, host: &testkeep_domain::jdbc::Host) -> Good {
    Good::ok(format!("Logged in as “{}” at {host}.", target.user()))
}
