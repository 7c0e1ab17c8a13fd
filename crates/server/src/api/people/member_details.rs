//! Licenses and teams of the people of one page of an organization's list, read with two statements.

use std::collections::HashMap;

use testkeep_domain::license::Product;
use testkeep_domain::permission::Level;
use testkeep_store::people::member::Member;
use testkeep_store::people::member_detail;

use crate::identity::access::Scope;
use crate::{App, Error};

#[derive(Default)]
pub(in crate::api) struct Details {
    products: HashMap<i64, Vec<Product>>,
    teams: HashMap<i64, Vec<String>>,
}

impl Details {
    /// Nothing for other scopes than organizations: licenses and teams belong to these.
    pub(super) async fn of(app: &App, scope: &Scope, rows: &[Member]) -> Result<Self, Error> {
        let mut details = Self::default();
        if scope.level != Level::Organization || rows.is_empty() {
            return Ok(details);
        }
        let ids = || rows.iter().map(|row| row.user_id);
        for (user_id, word) in member_detail::list_products_of(&app.db, scope.id, ids()).await? {
            let product = Product::ALL.into_iter().find(|product| product.word() == word);
            details.products.entry(user_id).or_default().extend(product);
        }
        for (user_id, name) in member_detail::list_teams_of(&app.db, scope.id, ids()).await? {
            details.teams.entry(user_id).or_default().push(name);
        }
        Ok(details)
    }

    pub(super) fn take(&mut self, user_id: i64) -> (Vec<Product>, Vec<String>) {
        (self.products.remove(&user_id).unwrap_or_default(), self.teams.remove(&user_id).unwrap_or_default())
    }
}
