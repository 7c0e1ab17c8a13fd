//! Types that several resources share.

use serde::{Deserialize, Serialize};
use testkeep_domain::permission::Role;
use utoipa::ToSchema;

use crate::Error;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct UserOut {
    pub id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// Language tag for the screens; absent: the browser's language.
    pub language: Option<String>,
    /// IANA name; absent: the browser's time zone.
    pub time_zone: Option<String>,
}

/// A person's email address and name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

impl From<testkeep_store::people::person::Person> for PersonOut {
    fn from(person: testkeep_store::people::person::Person) -> Self {
        let testkeep_store::people::person::Person { user_id, email, first_name, last_name } = person;
        Self { user_id, email, first_name, last_name }
    }
}

/// # Errors
/// [`Error::Internal`] when the database holds an unknown role.
pub(crate) fn role_of(text: &str) -> Result<Role, Error> {
    Role::parse(text).ok_or_else(|| Error::unknown_word("role", "member.role", text))
}

impl From<testkeep_store::people::user::User> for UserOut {
    fn from(user: testkeep_store::people::user::User) -> Self {
        let testkeep_store::people::user::User {
            id, email, first_name, last_name, language, time_zone, ..
        } = user;
        Self { id, email, first_name, last_name, language, time_zone }
    }
}

impl From<crate::ops::installation::default_account::CreatedAccount> for UserOut {
    fn from(created: crate::ops::installation::default_account::CreatedAccount) -> Self {
        let crate::ops::installation::default_account::CreatedAccount { id, email, first_name, last_name } =
            created;
        Self { id, email, first_name, last_name, language: None, time_zone: None }
    }
}

/// The person's name, or the email address if the person gave no name.
pub(crate) fn name_or_email(first: &str, last: &str, email: &str) -> String {
    let name = format!("{first} {last}");
    if name.trim().is_empty() { email.to_owned() } else { name.trim().to_owned() }
}
