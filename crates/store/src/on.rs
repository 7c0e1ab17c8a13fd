//! Where a statement runs.

use sqlx::SqlitePool;

use crate::postgres::Pg;
use crate::tx::Tx;

/// Where a read runs: on the pool, or in a transaction whose own writes it must see.
pub enum On<'a> {
    Sqlite(&'a SqlitePool),
    Postgres(&'a Pg),
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Pg> for On<'a> {
    fn from(pg: &'a Pg) -> Self {
        Self::Postgres(pg)
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}
