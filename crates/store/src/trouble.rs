//! What keeps a database from doing its work, as opposed to a statement that it refuses.
//!
//! Owns the codes of both databases. Decisions rest on codes alone: words depend on language and version.

use std::borrow::Cow;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

/// Why nothing can be read or written at the moment. Later, the same statement may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk of this server, or of the database server, has no space left.
    DiskFull { remote: bool },
    /// The database is a standby, set to read-only, or its file may not be written.
    ReadOnly,
    /// Somebody else holds what is needed, or there is too much to do.
    Busy,
    /// No connection, a lost connection, a server that starts or stops.
    Unreachable,
    /// Files of the database cannot be read or written: a quota, a fault of the disk, a folder that is gone.
    Storage,
    /// The files contradict themselves.
    Damaged,
}

impl Trouble {
    /// `None`: the statement itself is wrong, or what it asks for is not allowed.
    pub fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Database(error) => of_answer(error.as_ref()),
            sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                Some(Self::DiskFull { remote: false })
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::Configuration(_) => Some(Self::Unreachable),
            _ => None,
        }
    }
}

/// The connection, or what its server knows of the transaction, is lost: on another one the same work may succeed.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03" | "57P05" | "25P03")
        }
        _ => false,
    }
}

/// The connection is as it was before the statement: the statement alone failed.
///
/// SQLite ends a transaction by itself on a full disk, a fault of the disk, missing memory and some more, without a
/// word; so everything that is not known to be harmless counts as lost.
pub(crate) fn is_harmless(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) if error.try_downcast_ref::<PgDatabaseError>().is_some() => {
            of_answer(error.as_ref()).is_none()
        }
        sqlx::Error::Database(error) => {
            matches!(sqlite_code(error.as_ref()), ERROR | TOO_BIG | CONSTRAINT | MISMATCH | RANGE)
        }
        sqlx::Error::RowNotFound
        | sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. } => true,
        _ => false,
    }
}

/// The program's own mistake, most likely: worth the statement's text in the log.
pub(crate) fn is_unexpected(error: &sqlx::Error) -> bool {
    let rule = |error: &dyn DatabaseError| !matches!(error.kind(), ErrorKind::Other);
    Trouble::of(error).is_none() && !error.as_database_error().is_some_and(rule)
}

const ERROR: i32 = 1;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const NO_MEMORY: i32 = 7;
const READ_ONLY: i32 = 8;
const INTERRUPT: i32 = 9;
const IO_ERROR: i32 = 10;
/// The extended code `SQLITE_IOERR_SHMSIZE`.
const NO_ROOM_FOR_INDEX: &str = "4874";
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const TOO_BIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const MISMATCH: i32 = 20;
const RANGE: i32 = 25;
const NOT_A_DATABASE: i32 = 26;

/// SQLite's primary code; the rest of an extended one tells details.
fn sqlite_code(error: &dyn DatabaseError) -> i32 {
    error.code().and_then(|code| code.parse::<i32>().ok()).map_or(ERROR, |code| code & 0xff)
}

fn of_answer(error: &dyn DatabaseError) -> Option<Trouble> {
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return of_sqlstate(&error.code().unwrap_or(Cow::Borrowed("")));
    }
    // Said where a full disk keeps the index of the log (…-shm) from growing, and by nothing else that is known.
    if error.code().is_some_and(|code| code == NO_ROOM_FOR_INDEX) {
        return Some(Trouble::DiskFull { remote: false });
    }
    match sqlite_code(error) {
        FULL => Some(Trouble::DiskFull { remote: false }),
        READ_ONLY => Some(Trouble::ReadOnly),
        BUSY | LOCKED | INTERRUPT | NO_MEMORY => Some(Trouble::Busy),
        IO_ERROR | CANNOT_OPEN => Some(Trouble::Storage),
        CORRUPT | NOT_A_DATABASE => Some(Trouble::Damaged),
        _ => None,
    }
}

/// Classes and codes of PostgreSQL, appendix A of its manual.
fn of_sqlstate(code: &str) -> Option<Trouble> {
    match code {
        "53100" => Some(Trouble::DiskFull { remote: true }),
        "25006" => Some(Trouble::ReadOnly),
        // Connections used up, memory, a deadlock, a cancelled statement, a lock that was not free.
        "53200" | "53300" | "53400" | "40001" | "40P01" | "55P03" | "57014" => Some(Trouble::Busy),
        // Password or rules changed, the database was dropped or does not accept connections any more.
        "28000" | "28P01" | "3D000" | "55000" | "25P03" => Some(Trouble::Unreachable),
        "XX001" | "XX002" => Some(Trouble::Damaged),
        code if code.starts_with("08") || code.starts_with("57P") => Some(Trouble::Unreachable),
        code if code.starts_with("53") => Some(Trouble::Busy),
        code if code.starts_with("58") => Some(Trouble::Storage),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlstates() {
        for (code, expected) in [
            ("53100", Some(Trouble::DiskFull { remote: true })),
            ("25006", Some(Trouble::ReadOnly)),
            ("57P01", Some(Trouble::Unreachable)),
            ("57P03", Some(Trouble::Unreachable)),
            ("08006", Some(Trouble::Unreachable)),
            ("53300", Some(Trouble::Busy)),
            ("58030", Some(Trouble::Storage)),
            ("23505", None),
            ("42P01", None),
        ] {
            assert_eq!(of_sqlstate(code), expected, "{code}");
        }
    }
}
