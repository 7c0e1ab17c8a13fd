//! Parameters and pages of lists.
//!
//! A page is chosen by its number or by a cursor. Must never accept a cursor of another order.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use testkeep_store::list::{OFFSET_MAX, Seek, SeekKey, Slice, Total};
use testkeep_store::{List, Time};
use utoipa::{IntoParams, ToSchema};

use crate::Error;
use crate::api::query::UrlQuery;

const PAGE_SIZE: i64 = 50;
const PAGE_SIZE_MAX: i64 = 200;
/// Maximum length of a search, in bytes, to limit the work of the database.
const SEARCH_MAX: usize = 200;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Text to search for; the searched columns depend on the list.
    pub search: Option<String>,
    /// A column by which the list can be sorted.
    pub sort: Option<String>,
    #[param(inline)]
    pub order: Option<Order>,
    /// The first page is 1.
    pub page: Option<i64>,
    /// 1 to 200; default: 50.
    pub page_size: Option<i64>,
}

/// Beside [`ListQuery`], for lists that are also paged by cursors.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CursorQuery {
    /// `next_cursor` or `previous_cursor` of another page, instead of `page`.
    pub cursor: Option<String>,
}

/// The query of a list that is also paged by cursors.
pub(crate) struct SeekQuery {
    list: ListQuery,
    cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for SeekQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let UrlQuery(list) = UrlQuery::from_request_parts(parts, state).await?;
        let UrlQuery(CursorQuery { cursor }) = UrlQuery::from_request_parts(parts, state).await?;
        Ok(Self { list, cursor })
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    Asc,
    Desc,
}

/// One page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// Number of items on all pages, or the highest number that is counted.
    pub total: i64,
    /// `false`: there are more items than `total`. Only cursors reach all of them.
    pub total_is_exact: bool,
    /// Value of `cursor` for the next page. It stays right when rows are added or deleted. Absent on the last page, and
    /// for short lists, which have only page numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Value of `cursor` for the previous page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of a list that has only page numbers.
    pub(crate) fn new(items: Vec<T>, total: i64) -> Self {
        Self { items, total, total_is_exact: true, next_cursor: None, previous_cursor: None }
    }

    /// A page that holds the whole list.
    pub(crate) fn of_all(items: Vec<T>) -> Self {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        Self::new(items, total)
    }

    /// A page of a list that has cursors too.
    pub(crate) fn seeked(list: &List, slice: Slice<T>, total: Total) -> Self {
        let cursor = |seek: Option<Seek>| seek.map(|seek| Cursor::of(list, seek).encode());
        Self {
            total: total.count,
            total_is_exact: total.exact,
            next_cursor: cursor(slice.next),
            previous_cursor: cursor(slice.previous),
            items: slice.rows,
        }
    }
}

/// A position in an order, encoded as an opaque text.
#[derive(Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "s")]
    sort: String,
    #[serde(rename = "d")]
    descending: bool,
    #[serde(rename = "b")]
    backwards: bool,
    #[serde(rename = "i")]
    id: i64,
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    time: Option<Time>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
}

impl Cursor {
    fn of(list: &List, seek: Seek) -> Self {
        let (text, time, amount) = match seek.key {
            SeekKey::Text(text) => (Some(text), None, None),
            SeekKey::Time(time) => (None, Some(time), None),
            SeekKey::Amount(amount) => (None, None, Some(amount)),
            SeekKey::Number => (None, None, None),
        };
        let Seek { id, backwards, .. } = seek;
        Self { sort: list.sort.clone(), descending: list.descending, backwards, id, text, time, amount }
    }

    /// Serialization cannot fail for this struct, so the text is never empty.
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    fn key(&self) -> SeekKey {
        match (&self.text, self.time, self.amount) {
            (Some(text), ..) => SeekKey::Text(text.clone()),
            (None, Some(time), _) => SeekKey::Time(time),
            (None, None, Some(amount)) => SeekKey::Amount(amount),
            (None, None, None) => SeekKey::Number,
        }
    }
}

impl ListQuery {
    /// `columns`: the columns by which the list can be sorted, the default first.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the parameter.
    pub(crate) fn read(self, columns: &[&str]) -> Result<List, Error> {
        let size = self.page_size.unwrap_or(PAGE_SIZE);
        if !(1..=PAGE_SIZE_MAX).contains(&size) {
            return Err(Error::field("page_size", format!("Ask for 1 to {PAGE_SIZE_MAX} rows a page.")));
        }
        let page = self.page.unwrap_or(1);
        if page < 1 {
            return Err(Error::field("page", "Pages are counted from 1."));
        }
        let offset = (page - 1).checked_mul(size);
        let offset = offset.ok_or_else(|| Error::field("page", "No page has such a high number."))?;
        Ok(List { limit: size, offset, ..self.read_all(columns)? })
    }

    /// All rows at once, for exports.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the parameter.
    pub(crate) fn read_all(&self, columns: &[&str]) -> Result<List, Error> {
        let search = self.search.clone().unwrap_or_default();
        if search.len() > SEARCH_MAX {
            return Err(Error::field("search", format!("Search for at most {SEARCH_MAX} characters.")));
        }
        if search.contains('\0') {
            return Err(Error::field(
                "search",
                "There is a zero byte (%00) in it, which is in no text here. Remove it.",
            ));
        }
        let sort = match &self.sort {
            Some(sort) if !columns.contains(&sort.as_str()) => {
                return Err(Error::field("sort", format!("Sort by one of: {}.", columns.join(", "))));
            }
            Some(sort) => sort.clone(),
            None => columns.first().copied().unwrap_or_default().into(),
        };
        let descending = self.order == Some(Order::Desc);
        Ok(List { search, sort, descending, limit: i64::MAX, offset: 0, seek: None })
    }
}

impl SeekQuery {
    /// As [`ListQuery::read`]. `newest_first`: the default order is descending.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the parameter.
    pub(crate) fn read(self, columns: &[&str], newest_first: bool) -> Result<List, Error> {
        let descends = newest_first && self.list.order.is_none() && self.list.sort.is_none();
        let mut list = self.list.read(columns)?;
        list.descending |= descends;
        let Some(cursor) = self.cursor else {
            if list.offset + list.limit > OFFSET_MAX {
                return Err(Error::field(
                    "page",
                    format!("Pages by number reach the first {OFFSET_MAX} rows. Go on with next_cursor."),
                ));
            }
            return Ok(list);
        };
        let cursor = Cursor::decode(&cursor)
            .filter(|cursor| cursor.key().is_comparable())
            .ok_or_else(|| Error::field("cursor", "This is not a list's cursor. Begin at the first page."))?;
        if (cursor.sort.as_str(), cursor.descending) != (list.sort.as_str(), list.descending) {
            return Err(Error::field("cursor", "This cursor has another order. Begin at the first page."));
        }
        Ok(List {
            offset: 0,
            seek: Some(Seek { key: cursor.key(), id: cursor.id, backwards: cursor.backwards }),
            ..list
        })
    }
}
