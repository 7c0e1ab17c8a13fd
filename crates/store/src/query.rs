//! One statement with its values, which runs on either database.
//!
//! In sqlx a query has the type of its database, and the `Any` driver supports booleans and timestamps on one of our
//! two only. So a statement stays text and values until the connection is known. Must never build SQL from parts.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, FromRow, Postgres, Sqlite};

use crate::on::On;
use crate::postgres::options::within;
use crate::trouble::is_unexpected;
use crate::tx::Lent;
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

/// A macro, because a generic function would need many trait bounds.
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

/// Runs a read with the driver's method of this name. If the connection is lost, the read runs once more on another.
macro_rules! fetch {
    ($query:expr, $on:expr, $fetch:ident) => {
        match $on {
            On::Sqlite(pool) => {
                let mut lent = Lent::new(pool.acquire().await?);
                let result = $query.sqlite()?.$fetch(lent.start()?).await;
                lent.end(result)
            }
            On::Postgres(pg) => {
                let mut last = false;
                loop {
                    let patience = pg.patience(last);
                    let result = match pg.lend_for_read(patience).await {
                        Ok(mut lent) => {
                            let query = $query.postgres(pg.may_prepare())?;
                            let result = within(patience, query.$fetch(lent.start()?)).await;
                            lent.end(result)
                        }
                        Err(error) => Err(error),
                    };
                    match result {
                        Err(error) if !last && pg.was_lost(&error) => last = true,
                        result => break result,
                    }
                }
            }
            On::Tx(Tx::Sqlite(lent)) => {
                let result = $query.sqlite()?.$fetch(lent.start()?).await;
                lent.end(result)
            }
            On::Tx(Tx::Postgres(lent, options)) => {
                let query = $query.postgres(options.may_prepare)?;
                let result = within(options.answer_within, query.$fetch(lent.start()?)).await;
                lent.end(result)
            }
        }
    };
}

fn tell(statement: &str, error: &sqlx::Error) {
    if is_unexpected(error) {
        tracing::error!(statement, %error, "a statement failed");
    }
}

#[must_use = "a statement does nothing until it is run"]
pub struct Query {
    text: &'static str,
    /// The text for PostgreSQL, if it differs.
    on_postgres: Option<&'static str>,
    values: Vec<Value>,
    planned_for_values: bool,
}

/// A statement that is put together from parts, in the text of each database.
#[derive(Clone, Copy, Debug)]
pub struct Both {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Both {
    /// One text for both databases.
    pub(crate) const fn same(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }

    pub(crate) fn query(self) -> Query {
        sql(self.sqlite).on_postgres(self.postgres)
    }
}

/// A statement. `$1`, `$2`, … are the values in the order in which they are bound.
pub fn sql(text: &'static str) -> Query {
    Query::new(text)
}

impl Query {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text, on_postgres: None, values: Vec::new(), planned_for_values: false }
    }

    /// Sets another text for PostgreSQL, with the same values: for operations that the two databases write differently.
    pub fn on_postgres(self, text: &'static str) -> Self {
        Self { on_postgres: Some(text), ..self }
    }

    fn postgres_text(&self) -> &'static str {
        self.on_postgres.unwrap_or(self.text)
    }

    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds five values of a list in this order: search pattern, sort column, descending (boolean), limit, offset.
    pub fn bind_list(self, list: &List) -> Self {
        self.bind(list.pattern())
            .bind(list.sort.as_str())
            .bind(list.descending)
            .bind(list.limit)
            .bind(list.offset)
    }

    /// PostgreSQL makes a new plan for each run instead of one plan for all values. For lists: their best plan depends
    /// on the search and the sort column.
    pub fn planned_for_values(self) -> Self {
        Self { planned_for_values: true, ..self }
    }

    /// Runs a write; returns how many rows it inserted, changed or deleted.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, sqlx::Error> {
        let result = match tx {
            Tx::Sqlite(lent) => {
                let query = sqlx::query_with(self.text, self.sqlite_arguments()?);
                let result = query.execute(lent.start()?).await;
                lent.end(result).map(|done| done.rows_affected())
            }
            Tx::Postgres(lent, options) => {
                let arguments = self.postgres_arguments()?;
                let query = sqlx::query_with(self.postgres_text(), arguments).persistent(options.may_prepare);
                let result = within(options.answer_within, query.execute(lent.start()?)).await;
                lent.end(result).map(|done| done.rows_affected())
            }
        };
        self.told(result)
    }

    pub async fn fetch_all<T: Record>(self, on: impl Into<On<'_>>) -> Result<Vec<T>, sqlx::Error> {
        let result = fetch!(self, on.into(), fetch_all);
        self.told(result)
    }

    pub async fn fetch_optional<T: Record>(self, on: impl Into<On<'_>>) -> Result<Option<T>, sqlx::Error> {
        let result = fetch!(self, on.into(), fetch_optional);
        self.told(result)
    }

    /// # Errors
    /// [`sqlx::Error::RowNotFound`] when there is no row.
    pub async fn fetch_one<T: Record>(self, on: impl Into<On<'_>>) -> Result<T, sqlx::Error> {
        let text = self.text;
        let found = self.fetch_optional(on).await?;
        found.ok_or(sqlx::Error::RowNotFound).inspect_err(|error| tell(text, error))
    }

    /// Logs a failed statement if its text helps to find the cause.
    fn told<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        result.inspect_err(|error| tell(self.text, error))
    }

    fn sqlite<T: Record>(
        &self,
    ) -> Result<sqlx::query::QueryAs<'static, Sqlite, T, SqliteArguments>, sqlx::Error> {
        Ok(sqlx::query_as_with(self.text, self.sqlite_arguments()?))
    }

    fn postgres<T: Record>(
        &self,
        may_prepare: bool,
    ) -> Result<sqlx::query::QueryAs<'static, Postgres, T, PgArguments>, sqlx::Error> {
        let query = sqlx::query_as_with(self.postgres_text(), self.postgres_arguments()?);
        Ok(query.persistent(may_prepare && !self.planned_for_values))
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
