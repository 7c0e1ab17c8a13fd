//! A request to sign in, from a page or from a licensed program.

use std::net::IpAddr;

use testkeep_domain::Secret;

/// The kind of client that begins a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionKind {
    /// A person in a browser or in the desktop program: each sign-in opens a session.
    Person,
    /// A licensed program, which sends the password every few minutes: all its sign-ins share one session.
    Program,
}

pub(crate) struct SignIn {
    pub kind: SessionKind,
    pub email: String,
    pub password: Secret,
    pub address: IpAddr,
    pub user_agent: String,
    /// The session token that the browser had before. That session ends, no matter which person it belongs to.
    pub replaces: Option<String>,
    /// The cookie that identifies the browser ([`crate::identity::device`]).
    pub device: Option<String>,
}
