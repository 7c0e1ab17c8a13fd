//! What the people of one page of an organization's list have beside their role: licenses and teams.

use crate::on::On;
use crate::rows::Rows;
use crate::sql;

/// The products that the organization has assigned to each of these people.
pub async fn list_products_of(
    on: impl Into<On<'_>>,
    organization_id: i64,
    user_ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sql("SELECT a.user_id, a.product FROM license_assignment a
         WHERE a.organization_id = $1 AND a.user_id IN (SELECT value ->> 0 FROM json_each($2))
         ORDER BY a.product")
    .on_postgres(
        "SELECT a.user_id, a.product FROM license_assignment a
         WHERE a.organization_id = $1
             AND a.user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))
         ORDER BY a.product",
    )
    .bind(organization_id)
    .bind(Rows::of(user_ids).to_json())
    .fetch_all(on)
    .await
}

/// The names of the organization's teams that each of these people belongs to.
pub async fn list_teams_of(
    on: impl Into<On<'_>>,
    organization_id: i64,
    user_ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sql("SELECT m.user_id, s.name FROM member m JOIN scope s ON s.id = m.scope_id
         WHERE s.organization_id = $1 AND s.level = 'team' AND m.user_id IN (SELECT value ->> 0 FROM json_each($2))
         ORDER BY s.folded_name")
    .on_postgres(
        "SELECT m.user_id, s.name FROM member m JOIN scope s ON s.id = m.scope_id
         WHERE s.organization_id = $1 AND s.level = 'team'
             AND m.user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))
         ORDER BY s.folded_name",
    )
    .bind(organization_id)
    .bind(Rows::of(user_ids).to_json())
    .fetch_all(on)
    .await
}
