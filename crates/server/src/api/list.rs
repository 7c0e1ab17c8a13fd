//! What lists are asked with and answer with.

use serde::{Deserialize, Serialize};
use testkeep_store::List;
use utoipa::{IntoParams, ToSchema};

use crate::Error;

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
    /// How many there are on all pages.
    pub total: i64,
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
        let offset = (page >= 1).then(|| (page - 1).checked_mul(size)).flatten();
        let offset = offset.ok_or_else(|| Error::field("page", "Pages are counted from 1."))?;
        Ok(List { limit: size, offset, ..self.read_all(columns)? })
    }

    /// Everything at once, for exports.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the parameter.
    pub fn read_all(&self, columns: &[&str]) -> Result<List, Error> {
        let search = self.search.clone().unwrap_or_default();
        if search.len() > SEARCH_MAX || search.contains('\0') {
            return Err(Error::field("search", format!("Search for at most {SEARCH_MAX} characters.")));
        }
        let sort = match &self.sort {
            Some(sort) if !columns.contains(&sort.as_str()) => {
                return Err(Error::field("sort", format!("Sort by one of: {}.", columns.join(", "))));
            }
            Some(sort) => sort.clone(),
            None => columns.first().copied().unwrap_or_default().into(),
        };
        let descending = self.order == Some(Order::Desc);
        Ok(List { search, sort, descending, limit: i64::MAX, offset: 0 })
    }
}
