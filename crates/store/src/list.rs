//! Parameters of every list (search, order, page), and the statements of lists that may grow large.
//!
//! A list that may grow large has one statement for each order and direction ([`orders`]), each with an index. A page
//! begins after a [`Seek`], the position of a row in the order. So the last page costs as much as the first, and rows
//! that are added or removed elsewhere do not shift a page. Page numbers work for the first [`OFFSET_MAX`] rows.

use testkeep_domain::text::fold;

use crate::Time;
use crate::on::On;
use crate::query::{Query, Record};

/// The maximum number of rows that are counted, and that page numbers reach. Later rows need a [`Seek`].
pub const OFFSET_MAX: i64 = 10_000;

/// The request for one page of a list.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The search text as a person typed it; empty: all rows.
    pub search: String,
    /// The name of a column. Each list documents the names that it supports.
    pub sort: String,
    pub descending: bool,
    /// Maximum number of rows of the page.
    pub limit: i64,
    pub offset: i64,
    /// The page begins directly after this row, or ends directly before it. `None`: the page begins at `offset`.
    pub seek: Option<Seek>,
}

/// The position of a row in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seek {
    pub key: SeekKey,
    /// The id of the row. It decides the order of rows with equal keys.
    pub id: i64,
    /// `true`: the page ends before the row. `false`: the page begins after it.
    pub backwards: bool,
}

/// The value by which a row is sorted. Its order is that of the databases, because folded texts and words are compared
/// by their bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeekKey {
    Text(String),
    Time(Time),
    Amount(i64),
    Number,
}

impl SeekKey {
    /// Whether both databases can compare with the key. `false` for a forged key that no row can have.
    pub fn is_comparable(&self) -> bool {
        match self {
            Self::Text(text) => !text.contains('\0'),
            Self::Time(time) => (FIRST_SECOND..=LAST_SECOND).contains(&time.timestamp()),
            Self::Amount(_) | Self::Number => true,
        }
    }
}

/// The rows of a page, and the positions of the next and the previous page.
#[derive(Debug)]
pub struct Slice<T> {
    pub rows: Vec<T>,
    pub next: Option<Seek>,
    pub previous: Option<Seek>,
}

impl<T> Slice<T> {
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Slice<U> {
        let rows = self.rows.into_iter().map(change).collect();
        Slice { rows, next: self.next, previous: self.previous }
    }

    /// # Errors
    /// The first error of `change`.
    pub fn try_map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Slice<U>, E> {
        let rows = self.rows.into_iter().map(change).collect::<Result<_, _>>()?;
        Ok(Slice { rows, next: self.next, previous: self.previous })
    }
}

/// The number of rows, counted up to [`OFFSET_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    pub count: i64,
    /// `false`: there are more rows than `count`.
    pub exact: bool,
}

impl From<i64> for Total {
    fn from(count: i64) -> Self {
        Self { count, exact: true }
    }
}

impl Total {
    /// Runs a counting statement. Its last parameter, the maximum count, is bound here.
    pub(crate) async fn fetch(query: Query, on: impl Into<On<'_>>) -> Result<Self, sqlx::Error> {
        let query = query.bind(OFFSET_MAX + 1).planned_for_values();
        let (counted,): (i64,) = query.fetch_one(on).await?;
        Ok(Self::up_to_max(counted))
    }

    fn up_to_max(counted: i64) -> Self {
        Self { count: counted.min(OFFSET_MAX), exact: counted <= OFFSET_MAX }
    }
}

/// One order of a list, made by [`orders`]: its statements and the kind of its key.
pub(crate) struct Order {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) ascending: &'static str,
    pub(crate) descending: &'static str,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// One of a few words of the product in ASCII letters. Any order of the database sorts them correctly.
    Word,
    Time,
    /// A whole number, for example a duration.
    Amount,
    /// The order is that of the row ids.
    Number,
}

/// The statements of a list, one for each order and direction.
///
/// `$1` is the key and `$2` the id of the row before the page, `$3` the limit, `$4` the offset. The list's own values
/// begin at `$5`. The statement first chooses the keys and ids of the page from the one table `from` with the condition
/// `only`, and reads the rows of the page afterwards: otherwise PostgreSQL joins the other tables to all rows before
/// the page. `rows` is the text of the columns; `joins` adds the tables of these columns to `page.seek_id`, always by
/// `LEFT JOIN`, because with `JOIN` SQLite may read another table before the page.
///
/// `NAME, PART within "…"` makes a second list `PART` with one more condition. One statement with an optional condition
/// could not use the index.
macro_rules! orders {
    ($name:ident, rows: $rows:expr, from: $from:literal, joins: $joins:literal, only: $only:literal, id: $id:literal,
     $($order:literal => $kind:ident $key:literal),+ $(,)?) => {
        $crate::list::order_texts! { $name, [$rows, $from, $joins], [$only], $id, $($order => $kind $key),+ }
    };
    ($name:ident, $part:ident within $within:literal, rows: $rows:expr, from: $from:literal, joins: $joins:literal,
     only: $only:literal, id: $id:literal, $($order:literal => $kind:ident $key:literal),+ $(,)?) => {
        $crate::list::order_texts! { $name, [$rows, $from, $joins], [$only], $id, $($order => $kind $key),+ }
        $crate::list::order_texts! { $part, [$rows, $from, $joins], [$only, " AND ", $within], $id, $($order => $kind $key),+ }
    };
}
pub(crate) use orders;

macro_rules! order_texts {
    ($name:ident, $tables:tt, $only:tt, $id:literal, $($order:literal => $kind:ident $key:literal),+) => {
        pub(crate) const $name: &[$crate::list::Order] = &[$($crate::list::Order {
            name: $order,
            kind: $crate::list::Kind::$kind,
            ascending: $crate::list::order_text!($tables, " > ", " ASC", $only, $id, $kind $key),
            descending: $crate::list::order_text!($tables, " < ", " DESC", $only, $id, $kind $key),
        }),+];
    };
}
pub(crate) use order_texts;

macro_rules! order_text {
    ([$rows:expr, $from:literal, $joins:literal], $beyond:literal, $direction:literal, [$($only:literal),+],
     $id:literal, $kind:ident $key:literal) => {
        concat!("SELECT page.seek_key, page.seek_id, ", $rows, " FROM (SELECT ", $key, " AS seek_key, ", $id,
                " AS seek_id FROM ", $from, " WHERE (", $key, ", ", $id, ")", $beyond, "($1, $2) AND ", $($only,)+
                " ORDER BY ", $crate::list::sorted!($kind $key, $id, $direction), " LIMIT $3 OFFSET $4) page ", $joins)
    };
}
pub(crate) use order_text;

/// The columns of ORDER BY. For `Number` the id appears once: with two equal columns, SQLite sorts the rows again.
macro_rules! sorted {
    (Number $key:literal, $id:literal, $direction:literal) => {
        concat!($id, $direction)
    };
    ($kind:ident $key:literal, $id:literal, $direction:literal) => {
        concat!($key, $direction, ", ", $id, $direction)
    };
}
pub(crate) use sorted;

/// Sorts after any text, on both databases.
const LAST_TEXT: &str = "\u{10FFFF}\u{10FFFF}";

const LAST_WORD: &str = "zzzz";
/// The start of year 1 and the end of year 9999. Both databases store and sort these times.
const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

fn second(timestamp: i64) -> Time {
    Time::from_timestamp(timestamp, 0).unwrap_or_default()
}

impl Kind {
    /// A position before every row; with `descending`, after every row.
    fn end(self, descending: bool) -> (SeekKey, i64) {
        let id = if descending { i64::MAX } else { i64::MIN };
        let key = match self {
            Self::Text => SeekKey::Text(if descending { LAST_TEXT.into() } else { String::new() }),
            Self::Word => SeekKey::Text(if descending { LAST_WORD.into() } else { String::new() }),
            Self::Time => SeekKey::Time(second(if descending { LAST_SECOND } else { FIRST_SECOND })),
            Self::Amount => SeekKey::Amount(id),
            Self::Number => SeekKey::Number,
        };
        (key, id)
    }

    fn is_of(self, key: &SeekKey) -> bool {
        matches!(
            (self, key),
            (Self::Text | Self::Word, SeekKey::Text(_))
                | (Self::Time, SeekKey::Time(_))
                | (Self::Amount, SeekKey::Amount(_))
                | (Self::Number, SeekKey::Number)
        )
    }
}

#[derive(sqlx::FromRow)]
struct ByText<T> {
    seek_key: String,
    seek_id: i64,
    #[sqlx(flatten)]
    row: T,
}

#[derive(sqlx::FromRow)]
struct ByTime<T> {
    seek_key: Time,
    seek_id: i64,
    #[sqlx(flatten)]
    row: T,
}

#[derive(sqlx::FromRow)]
struct ByAmount<T> {
    seek_key: i64,
    seek_id: i64,
    #[sqlx(flatten)]
    row: T,
}

#[derive(sqlx::FromRow)]
struct ByNumber<T> {
    seek_id: i64,
    #[sqlx(flatten)]
    row: T,
}

impl List {
    /// The search as a pattern for `folded LIKE … ESCAPE '!'`; `%` when the search is empty.
    pub fn pattern(&self) -> String {
        let text = fold(&self.search);
        if text.is_empty() {
            return "%".into();
        }
        let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        format!("%{escaped}%")
    }

    /// Reads one page with the statements of `orders`. `bind` binds the list's own values, from `$5` on.
    pub(crate) async fn fetch<T: Record>(
        &self,
        orders: &'static [Order],
        bind: impl FnOnce(Query) -> Query,
        on: impl Into<On<'_>>,
    ) -> Result<Slice<T>, sqlx::Error> {
        let order = orders.iter().find(|order| order.name == self.sort).or(orders.first());
        let order = order.ok_or(sqlx::Error::RowNotFound)?;
        let seek = self.seek.as_ref().filter(|seek| order.kind.is_of(&seek.key));
        let backwards = seek.is_some_and(|seek| seek.backwards);
        let descending = self.descending != backwards;
        let (key, id) = match seek {
            Some(seek) => (seek.key.clone(), seek.id),
            None => order.kind.end(descending),
        };
        let query = Query::new(if descending { order.descending } else { order.ascending });
        let query = match key {
            SeekKey::Text(text) => query.bind(text),
            SeekKey::Time(time) => query.bind(time),
            SeekKey::Amount(amount) => query.bind(amount),
            SeekKey::Number => query.bind(id),
        };
        // One extra row shows whether there is another page.
        let query = query.bind(id).bind(self.limit.saturating_add(1)).bind(self.offset);
        let query = bind(query).planned_for_values();
        let mut keyed: Vec<(SeekKey, i64, T)> = match order.kind {
            Kind::Text | Kind::Word => {
                let rows: Vec<ByText<T>> = query.fetch_all(on).await?;
                rows.into_iter().map(|it| (SeekKey::Text(it.seek_key), it.seek_id, it.row)).collect()
            }
            Kind::Time => {
                let rows: Vec<ByTime<T>> = query.fetch_all(on).await?;
                rows.into_iter().map(|it| (SeekKey::Time(it.seek_key), it.seek_id, it.row)).collect()
            }
            Kind::Amount => {
                let rows: Vec<ByAmount<T>> = query.fetch_all(on).await?;
                rows.into_iter().map(|it| (SeekKey::Amount(it.seek_key), it.seek_id, it.row)).collect()
            }
            Kind::Number => {
                let rows: Vec<ByNumber<T>> = query.fetch_all(on).await?;
                rows.into_iter().map(|it| (SeekKey::Number, it.seek_id, it.row)).collect()
            }
        };
        // The joins may have changed the order of the page's rows.
        keyed.sort_by(|(a, a_id, _), (b, b_id, _)| (a, a_id).cmp(&(b, b_id)));
        if descending {
            keyed.reverse();
        }
        Ok(self.slice(keyed, backwards))
    }

    /// `keyed`: the rows in reading direction; one more than the page holds if there are further rows.
    fn slice<T>(&self, mut keyed: Vec<(SeekKey, i64, T)>, backwards: bool) -> Slice<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = keyed.len() > limit;
        keyed.truncate(limit);
        if backwards {
            keyed.reverse();
        }
        let place = |row: Option<&(SeekKey, i64, T)>, backwards| {
            row.map(|(key, id, _)| Seek { key: key.clone(), id: *id, backwards })
        };
        let is_first = self.seek.is_none() && self.offset == 0;
        let next = place(keyed.last(), false).filter(|_| backwards || more);
        let previous = place(keyed.first(), true).filter(|_| if backwards { more } else { !is_first });
        Slice { rows: keyed.into_iter().map(|(_, _, row)| row).collect(), next, previous }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_wildcards_literally() {
        let search = |text: &str| List { search: text.into(), ..List::default() }.pattern();
        assert_eq!(search("  "), "%");
        assert_eq!(search(" Ada_L%"), "%ada!_l!%%");
        assert_eq!(search("ÖKO Straße"), "%öko strasse%");
    }

    fn page(seek: Option<Seek>, ids: &[i64], backwards: bool) -> (Vec<i64>, Option<i64>, Option<i64>) {
        let list = List { limit: 2, seek, ..List::default() };
        let keyed = ids.iter().map(|id| (SeekKey::Number, *id, *id)).collect();
        let slice = list.slice(keyed, backwards);
        (slice.rows, slice.next.map(|seek| seek.id), slice.previous.map(|seek| seek.id))
    }

    #[test]
    fn a_page_tells_where_the_pages_beside_it_begin() {
        let at = |id, backwards| Some(Seek { key: SeekKey::Number, id, backwards });
        assert_eq!(page(None, &[], false), (vec![], None, None));
        assert_eq!(page(None, &[1, 2], false), (vec![1, 2], None, None));
        assert_eq!(page(None, &[1, 2, 3], false), (vec![1, 2], Some(2), None));
        assert_eq!(page(at(2, false), &[3, 4, 5], false), (vec![3, 4], Some(4), Some(3)));
        assert_eq!(page(at(4, false), &[5], false), (vec![5], None, Some(5)));
        assert_eq!(page(at(5, true), &[4, 3, 2], true), (vec![3, 4], Some(4), Some(3)));
        assert_eq!(page(at(3, true), &[2, 1], true), (vec![1, 2], Some(2), None));
    }

    #[test]
    fn counting_stops() {
        assert_eq!(Total::up_to_max(10_000), Total { count: 10_000, exact: true });
        assert_eq!(Total::up_to_max(10_001), Total { count: 10_000, exact: false });
    }
}
