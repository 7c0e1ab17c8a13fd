//! What every list is asked with: a search, an order, a page.

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// What somebody typed; empty: everything.
    pub search: String,
    /// A column's name; the statement says which it knows.
    pub sort: String,
    pub descending: bool,
    /// Rows.
    pub limit: i64,
    pub offset: i64,
}

impl List {
    /// For `LIKE … ESCAPE '!'`, in lower case; `%` for everything.
    pub fn pattern(&self) -> String {
        let text = self.search.trim().to_lowercase();
        if text.is_empty() {
            return "%".into();
        }
        let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        format!("%{escaped}%")
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
    }
}
