//! What invitations give beside the membership: teams, and licenses that are promised to people who did not accept yet.

use crate::on::On;
use crate::rows::Rows;
use crate::{Time, sql};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OfferedTeam {
    pub id: i64,
    pub name: String,
}

/// Those of the teams that exist in the organization, by name.
pub async fn list_offered_teams(
    on: impl Into<On<'_>>,
    organization_id: i64,
    team_ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<OfferedTeam>, sqlx::Error> {
    sql("SELECT s.id, s.name FROM scope s
         WHERE s.organization_id = $1 AND s.level = 'team' AND s.id IN (SELECT value ->> 0 FROM json_each($2))
         ORDER BY s.folded_name, s.id")
    .on_postgres(
        "SELECT s.id, s.name FROM scope s
         WHERE s.organization_id = $1 AND s.level = 'team'
             AND s.id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))
         ORDER BY s.folded_name, s.id",
    )
    .bind(organization_id)
    .bind(Rows::of(team_ids).to_json())
    .fetch_all(on)
    .await
}

/// How many people were invited with a license of this product and may still accept. `product` is a word in quotes, as
/// it stands in the JSON text.
pub async fn count_promised(
    on: impl Into<On<'_>>,
    scope_id: i64,
    quoted_product: &str,
    now: Time,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM invitation i
         WHERE i.scope_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2
           AND i.products LIKE $3")
    .bind(scope_id)
    .bind(now)
    .bind(format!("%{quoted_product}%"))
    .fetch_one(on)
    .await?;
    Ok(count)
}
