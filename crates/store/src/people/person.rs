//! A person as lists of people show them.

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Person {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}
