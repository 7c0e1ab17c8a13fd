//! One statement with its values, run on whichever database is there.
//!
//! sqlx types its queries by database, and its `Any` driver lacks booleans and timestamps on one of ours; so a
//! statement is kept as text and values until the connection is known. Must never build SQL from parts.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, FromRow, Postgres, Sqlite};

use crate::db::On;
use crate::{List, Time, Tx};

/// A row type that both databases can fill; `#[derive(sqlx::FromRow)]` is enough.
pub trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl<T> Record for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

#[derive(Clone, Debug)]
pub enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Boolean(bool),
    Time(Option<Time>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($type:ty => $make:expr),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                $make(value)
            }
        })*
    };
}

value_from! {
    i64 => |v| Self::Integer(Some(v)),
    Option<i64> => Self::Integer,
    &str => |v: &str| Self::Text(Some(v.to_owned())),
    String => |v| Self::Text(Some(v)),
    Option<String> => Self::Text,
    bool => Self::Boolean,
    Time => |v| Self::Time(Some(v)),
    Option<Time> => Self::Time,
    &[u8] => |v: &[u8]| Self::Bytes(Some(v.to_vec())),
    Option<Vec<u8>> => Self::Bytes,
}

/// Generic code would need a page of bounds for what is the same text.
macro_rules! add_all {
    ($values:expr, $arguments:expr) => {
        for value in $values.iter().cloned() {
            match value {
                Value::Integer(v) => $arguments.add(v),
                Value::Text(v) => $arguments.add(v),
                Value::Boolean(v) => $arguments.add(v),
                Value::Time(v) => $arguments.add(v),
                Value::Bytes(v) => $arguments.add(v),
            }
            .map_err(sqlx::Error::Encode)?;
        }
    };
}

#[must_use = "a statement does nothing until it is run"]
pub struct Query {
    text: &'static str,
    values: Vec<Value>,
    planned_for_values: bool,
}

/// A statement; `$1`, `$2`, … stand for the values in the order they are bound.
pub fn sql(text: &'static str) -> Query {
    Query { text, values: Vec::new(), planned_for_values: false }
}

impl Query {
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds a list's search pattern, sort column, whether it descends, limit and offset, in this order.
    pub fn bind_list(self, list: &List) -> Self {
        self.bind(list.pattern())
            .bind(list.sort.as_str())
            .bind(list.descending)
            .bind(list.limit)
            .bind(list.offset)
    }

    /// PostgreSQL plans it anew each time instead of once for all values: for lists, where search and sort column
    /// decide what has to be done at all.
    pub fn planned_for_values(self) -> Self {
        Self { planned_for_values: true, ..self }
    }

    /// Runs a write; returns how many rows it touched.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, sqlx::Error> {
        Ok(match tx {
            Tx::Sqlite(tx) => {
                let arguments = self.sqlite_arguments()?;
                sqlx::query_with(self.text, arguments).execute(&mut **tx).await?.rows_affected()
            }
            Tx::Postgres(tx) => {
                let arguments = self.postgres_arguments()?;
                sqlx::query_with(self.text, arguments).execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    pub async fn fetch_all<T: Record>(self, on: impl Into<On<'_>>) -> Result<Vec<T>, sqlx::Error> {
        match on.into() {
            On::Sqlite(pool) => self.sqlite()?.fetch_all(pool).await,
            On::Postgres(pool) => self.postgres()?.fetch_all(pool).await,
            On::Tx(Tx::Sqlite(tx)) => self.sqlite()?.fetch_all(&mut **tx).await,
            On::Tx(Tx::Postgres(tx)) => self.postgres()?.fetch_all(&mut **tx).await,
        }
    }

    pub async fn fetch_optional<T: Record>(self, on: impl Into<On<'_>>) -> Result<Option<T>, sqlx::Error> {
        match on.into() {
            On::Sqlite(pool) => self.sqlite()?.fetch_optional(pool).await,
            On::Postgres(pool) => self.postgres()?.fetch_optional(pool).await,
            On::Tx(Tx::Sqlite(tx)) => self.sqlite()?.fetch_optional(&mut **tx).await,
            On::Tx(Tx::Postgres(tx)) => self.postgres()?.fetch_optional(&mut **tx).await,
        }
    }

    /// # Errors
    /// [`sqlx::Error::RowNotFound`] when there is no row.
    pub async fn fetch_one<T: Record>(self, on: impl Into<On<'_>>) -> Result<T, sqlx::Error> {
        self.fetch_optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }

    fn sqlite<T: Record>(
        &self,
    ) -> Result<sqlx::query::QueryAs<'static, Sqlite, T, SqliteArguments>, sqlx::Error> {
        Ok(sqlx::query_as_with(self.text, self.sqlite_arguments()?))
    }

    fn postgres<T: Record>(
        &self,
    ) -> Result<sqlx::query::QueryAs<'static, Postgres, T, PgArguments>, sqlx::Error> {
        let query = sqlx::query_as_with(self.text, self.postgres_arguments()?);
        Ok(query.persistent(!self.planned_for_values))
    }

    fn sqlite_arguments(&self) -> Result<SqliteArguments, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        add_all!(self.values, arguments);
        Ok(arguments)
    }

    fn postgres_arguments(&self) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        add_all!(self.values, arguments);
        Ok(arguments)
    }
}
