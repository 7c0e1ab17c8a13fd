//! Reasons why a database cannot work at the moment, as opposed to a statement that it refuses.
//!
//! Owns the error codes of both databases. Must never decide by an error's text: it depends on language and version.

use std::borrow::Cow;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

/// Why the database cannot read or write at the moment. The same statement may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk of this server, or of the database server, has no space left.
    DiskFull { remote: bool },
    /// The database is a standby, set to read-only, or its file may not be written.
    ReadOnly,
    /// Another transaction holds a lock, or the database is overloaded.
    Busy,
    /// There is no connection, it was lost, or the server is starting or stopping.
    Unreachable,
    /// Files of the database cannot be read or written: a disk quota, a faulty disk, a missing folder.
    Storage,
    /// The contents of the files are inconsistent.
    Damaged,
}

impl Trouble {
    /// `None`: the statement itself is wrong or not allowed.
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

/// The connection is lost, or the server has lost the transaction. The same work may succeed on another connection.
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

/// Only the statement failed; the connection and its transaction are as before.
///
/// SQLite silently ends a transaction on a full disk, a faulty disk, missing memory and in some other cases. So every
/// error that is not known to be harmless counts as harmful.
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

/// Probably a mistake in this program: the statement's text belongs in the log.
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

/// SQLite's primary error code: the lowest byte of the extended code.
fn sqlite_code(error: &dyn DatabaseError) -> i32 {
    error.code().and_then(|code| code.parse::<i32>().ok()).map_or(ERROR, |code| code & 0xff)
}

fn of_answer(error: &dyn DatabaseError) -> Option<Trouble> {
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return of_sqlstate(&error.code().unwrap_or(Cow::Borrowed("")));
    }
    // The only known cause: the disk is full, so the index of the log (…-shm) cannot grow.
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

/// Source: PostgreSQL's manual, appendix A (error codes and their classes).
fn of_sqlstate(code: &str) -> Option<Trouble> {
    match code {
        "53100" => Some(Trouble::DiskFull { remote: true }),
        "25006" => Some(Trouble::ReadOnly),
        // Out of memory, out of connections, another limit, serialization failure, deadlock, lock not free, cancelled.
        "53200" | "53300" | "53400" | "40001" | "40P01" | "55P03" | "57014" => Some(Trouble::Busy),
        // The password or the access rules changed, the database was dropped or accepts no
        // connections any more, or the server ended an idle transaction.
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
