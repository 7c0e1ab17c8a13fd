//! Page objects of lists and searches (client protocol, rule 10).

use serde_json::{Value, json};

/// The page size of the original server.
pub(super) const PAGE_SIZE: i64 = 20;
const PAGE_SIZE_MAX: i64 = 1000;

/// One page, counted from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub page: i64,
    pub size: i64,
}

impl Wanted {
    pub(super) fn new(page: Option<i64>, size: Option<i64>) -> Self {
        Self {
            page: page.unwrap_or(0).clamp(0, i64::from(i32::MAX)),
            size: size.unwrap_or(PAGE_SIZE).clamp(1, PAGE_SIZE_MAX),
        }
    }

    pub(super) fn offset(self) -> i64 {
        self.page.saturating_mul(self.size)
    }
}

/// `content`: the items of the page; `total`: of all pages.
pub(super) fn page(wanted: Wanted, content: &[Value], total: i64) -> Value {
    let Wanted { page, size } = wanted;
    let sort = json!({ "sorted": false, "unsorted": true, "empty": true });
    let pages = total.div_euclid(size) + i64::from(total % size > 0);
    json!({
        "numberOfElements": content.len(),
        "empty": content.is_empty(),
        "content": content,
        "pageable": { "pageNumber": page, "pageSize": size, "offset": wanted.offset(), "paged": true,
                      "unpaged": false, "sort": sort },
        "totalElements": total,
        "totalPages": pages,
        "size": size,
        "number": page,
        "sort": sort,
        "first": page == 0,
        "last": page + 1 >= pages,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_says_so() {
        let is_last = |number, total| page(Wanted::new(Some(number), Some(2)), &[], total)["last"].clone();
        assert_eq!([is_last(0, 0), is_last(0, 2), is_last(0, 3), is_last(1, 3)], [true, true, false, true]);
    }
}
