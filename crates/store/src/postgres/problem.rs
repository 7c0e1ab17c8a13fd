//! A failed connection: the stage, the reason, and what to do.

use std::time::Duration;

use serde::Serialize;
use testkeep_domain::jdbc::{Host, TargetServerType};
use utoipa::ToSchema;

/// The stages of connecting, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Url,
    Dns,
    Tcp,
    Tls,
    Login,
    Database,
    Rights,
    Version,
    Contents,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub stage: Stage,
    /// Stable word for programs.
    pub code: &'static str,
    pub message: String,
}

impl Problem {
    pub(crate) fn new(stage: Stage, code: &'static str, message: impl Into<String>) -> Self {
        Self { stage, code, message: message.into() }
    }

    /// The problem of the host that got furthest; its message is followed by those of the other hosts.
    pub(crate) fn of_several(mut problems: Vec<Self>) -> Self {
        let furthest =
            (0..problems.len()).rev().max_by_key(|index| problems[*index].stage).unwrap_or_default();
        if problems.is_empty() {
            return Self::new(Stage::Url, "url", "The JDBC URL names no host.");
        }
        let mut problem = problems.remove(furthest);
        for other in problems {
            problem.message = format!("{} {}", problem.message, other.message);
        }
        problem
    }

    pub(crate) fn is_refused_by_rules(&self) -> bool {
        matches!(self.code, "refused_by_rules" | "tls_demanded" | "login_refused")
    }

    /// Whether waiting may solve the problem: the server may be starting, or the network may not be ready yet.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self.code,
            "starting"
                | "refused"
                | "timeout"
                | "unreachable"
                | "unknown_host"
                | "closed"
                | "too_many_connections"
        )
    }

    pub(crate) fn no_answer(host: &Host, limit: Duration) -> Self {
        let message = format!(
            "{host} did not complete the connection within {} s. Check that PostgreSQL runs there and that no firewall is in the way.",
            limit.as_secs()
        );
        Self::new(Stage::Tcp, "timeout", message)
    }

    pub(crate) fn wrong_server_type(host: &Host, wanted: TargetServerType) -> Self {
        let message = match wanted {
            TargetServerType::Secondary => {
                format!("{host} is a primary server; the URL asks for a secondary. Change targetServerType.")
            }
            _ => format!(
                "{host} only reads (a secondary server); the URL asks for a primary. Name the primary server too."
            ),
        };
        Self::new(Stage::Login, "wrong_server_type", message)
    }
}
