//! Candidates for a team, a project or a user group: people of the organization who are not in it yet.

use crate::list::List;
use crate::on::On;
use crate::people::group::Group;
use crate::people::person::Person;
use crate::sql;

/// People who can be added to a team or project, by name.
pub async fn list_member_candidates(
    on: impl Into<On<'_>>,
    organization_id: i64,
    scope_id: i64,
    list: &List,
) -> Result<Vec<Person>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name
         FROM member o LEFT JOIN user_account u ON u.id = o.user_id
         WHERE o.scope_id = $1 AND NOT EXISTS (SELECT 1 FROM member m WHERE m.scope_id = $2 AND m.user_id = o.user_id)
           AND ($3 = '%' OR o.folded_email LIKE $3 ESCAPE '!'
                OR o.folded_name LIKE $3 ESCAPE '!')
         ORDER BY o.folded_name, o.user_id LIMIT $4")
    .bind(organization_id)
    .bind(scope_id)
    .bind(list.pattern())
    .bind(list.limit)
    .fetch_all(on)
    .await
}

/// Groups with at least one person who is not in the team or project yet, by name.
pub async fn list_group_candidates(
    on: impl Into<On<'_>>,
    organization_id: i64,
    scope_id: i64,
    list: &List,
) -> Result<Vec<Group>, sqlx::Error> {
    sql("SELECT g.id, g.organization_id, g.name, g.description, g.created_at,
                (SELECT COUNT(*) FROM user_group_member c WHERE c.group_id = g.id) AS user_count
         FROM user_group g
         WHERE g.organization_id = $1 AND ($3 = '%' OR g.folded_name LIKE $3 ESCAPE '!')
           AND EXISTS (SELECT 1 FROM user_group_member x WHERE x.group_id = g.id
                       AND NOT EXISTS (SELECT 1 FROM member m WHERE m.scope_id = $2 AND m.user_id = x.user_id))
         ORDER BY g.folded_name, g.id LIMIT $4")
    .bind(organization_id)
    .bind(scope_id)
    .bind(list.pattern())
    .bind(list.limit)
    .fetch_all(on)
    .await
}

/// People who can be added to a user group, by name.
pub async fn list_group_member_candidates(
    on: impl Into<On<'_>>,
    organization_id: i64,
    group_id: i64,
    list: &List,
) -> Result<Vec<Person>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name
         FROM member o LEFT JOIN user_account u ON u.id = o.user_id
         WHERE o.scope_id = $1
           AND NOT EXISTS (SELECT 1 FROM user_group_member m WHERE m.group_id = $2 AND m.user_id = o.user_id)
           AND ($3 = '%' OR o.folded_email LIKE $3 ESCAPE '!'
                OR o.folded_name LIKE $3 ESCAPE '!')
         ORDER BY o.folded_name, o.user_id LIMIT $4")
    .bind(organization_id)
    .bind(group_id)
    .bind(list.pattern())
    .bind(list.limit)
    .fetch_all(on)
    .await
}
