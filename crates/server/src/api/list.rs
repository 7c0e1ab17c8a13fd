//! What lists are asked with and answer with.

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
/// No search needs more, in bytes; it bounds what the database compares.
const SEARCH_MAX: usize = 200;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words to look for; what is searched depends on the list.
    pub search: Option<String>,
    /// A column that the list can be sorted by.
    pub sort: Option<String>,
    #[param(inline)]
    pub order: Option<Order>,
    /// From 1.
    pub page: Option<i64>,
    /// 50 unless told, at most 200.
    pub page_size: Option<i64>,
    /// `next_cursor` or `previous_cursor` of another page, instead of `page`. For lists that tell cursors.
    pub cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Asc,
    Desc,
}

/// One page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// How many there are on all pages, or the most that are counted.
    pub total: i64,
    /// `false`: there are more than `total`, which are reached by cursors alone.
    pub total_is_exact: bool,
    /// For `cursor`: the page after this one. It stays right while rows come and go. Absent on the last page, and where
    /// a list is short enough for numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// The page before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Of a list that has pages by number alone.
    pub fn new(items: Vec<T>, total: i64) -> Self {
        Self { items, total, total_is_exact: true, next_cursor: None, previous_cursor: None }
    }

    /// Everything on one page.
    pub fn of_all(items: Vec<T>) -> Self {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        Self::new(items, total)
    }

    /// Of a list that is also paged by cursors.
    pub fn seeked(list: &List, slice: Slice<T>, total: Total) -> Self {
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

/// A place in an order, as text that means nothing to its reader.
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
}

impl Cursor {
    fn of(list: &List, seek: Seek) -> Self {
        let (text, time) = match seek.key {
            SeekKey::Text(text) => (Some(text), None),
            SeekKey::Time(time) => (None, Some(time)),
            SeekKey::Number => (None, None),
        };
        let Seek { id, backwards, .. } = seek;
        Self { sort: list.sort.clone(), descending: list.descending, backwards, id, text, time }
    }

    /// Never empty: the struct has no value that JSON lacks.
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    fn key(&self) -> SeekKey {
        match (&self.text, self.time) {
            (Some(text), _) => SeekKey::Text(text.clone()),
            (None, Some(time)) => SeekKey::Time(time),
            (None, None) => SeekKey::Number,
        }
    }
}

impl ListQuery {
    /// `columns`: what the list can be sorted by, its own order first.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the parameter.
    pub fn read(self, columns: &[&str]) -> Result<List, Error> {
        let size = self.page_size.unwrap_or(PAGE_SIZE);
        if !(1..=PAGE_SIZE_MAX).contains(&size) {
            return Err(Error::field("page_size", format!("Ask for 1 to {PAGE_SIZE_MAX} rows a page.")));
        }
        let page = self.page.unwrap_or(1);
        if page < 1 {
            return Err(Error::field("page", "Pages are counted from 1."));
        }
        let offset = (page - 1).checked_mul(size);
        let offset = offset.ok_or_else(|| Error::field("page", "There is no page of so high a number."))?;
        Ok(List { limit: size, offset, ..self.read_all(columns)? })
    }

    /// Everything at once, for exports.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the parameter.
    pub fn read_all(&self, columns: &[&str]) -> Result<List, Error> {
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
    /// As [`ListQuery::read`]. `newest_first`: the list's own order is descending.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the parameter.
    pub fn read(self, columns: &[&str], newest_first: bool) -> Result<List, Error> {
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
            .ok_or_else(|| Error::field("cursor", "This is no cursor of a list. Begin at the first page."))?;
        if (cursor.sort.as_str(), cursor.descending) != (list.sort.as_str(), list.descending) {
            return Err(Error::field("cursor", "This cursor is of another order. Begin at the first page."));
        }
        Ok(List {
            offset: 0,
            seek: Some(Seek { key: cursor.key(), id: cursor.id, backwards: cursor.backwards }),
            ..list
        })
    }
}
