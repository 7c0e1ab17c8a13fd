//! `member`, `removed_member` and `user_group_member` for many people at once: one statement for all of them.

use serde::{Deserialize, Serialize};

use crate::on::On;
use crate::people::member::Member;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

fn ids(ids: &[i64]) -> String {
    Rows::of(ids.iter().copied()).to_json()
}

/// Those of the people who are in the scope, in no particular order.
pub async fn list_members_of(
    on: impl Into<On<'_>>,
    scope_id: i64,
    user_ids: &[i64],
) -> Result<Vec<Member>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name, m.role, m.password_sign_in, m.joined_at,
                u.last_access_at
         FROM member m JOIN user_account u ON u.id = m.user_id
         WHERE m.scope_id = $1 AND m.user_id IN (SELECT value ->> 0 FROM json_each($2))")
    .on_postgres(
        "SELECT u.id AS user_id, u.email, u.first_name, u.last_name, m.role, m.password_sign_in, m.joined_at,
                u.last_access_at
         FROM member m JOIN user_account u ON u.id = m.user_id
         WHERE m.scope_id = $1
           AND m.user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))",
    )
    .bind(scope_id)
    .bind(ids(user_ids))
    .fetch_all(on)
    .await
}

pub async fn update_member_roles(
    tx: &mut Tx,
    scope_id: i64,
    user_ids: &[i64],
    role: &str,
) -> Result<(), sqlx::Error> {
    sql("UPDATE member SET role = $3
         WHERE scope_id = $1 AND user_id IN (SELECT value ->> 0 FROM json_each($2))")
    .on_postgres(
        "UPDATE member SET role = $3 WHERE scope_id = $1
           AND user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))",
    )
    .bind(scope_id)
    .bind(ids(user_ids))
    .bind(role)
    .execute(tx)
    .await
    .map(drop)
}

/// The organizations of these people.
pub async fn list_organizations_of(
    on: impl Into<On<'_>>,
    user_ids: &[i64],
) -> Result<Vec<(i64,)>, sqlx::Error> {
    sql("SELECT DISTINCT s.id FROM member m JOIN scope s ON s.id = m.scope_id AND s.level = 'organization'
         WHERE m.user_id IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY s.id")
    .on_postgres(
        "SELECT DISTINCT s.id FROM member m JOIN scope s ON s.id = m.scope_id AND s.level = 'organization'
         WHERE m.user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
         ORDER BY s.id",
    )
    .bind(ids(user_ids))
    .fetch_all(on)
    .await
}

/// Those of the people without whom an organization would have no Owner, with one such organization's name. Locks all
/// scopes that the people own until the transaction ends.
pub async fn list_needed_owners(tx: &mut Tx, user_ids: &[i64]) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let chosen = ids(user_ids);
    sql("UPDATE scope SET name = name WHERE id IN (SELECT scope_id FROM member
         WHERE user_id IN (SELECT value ->> 0 FROM json_each($1)) AND role = 'owner')")
    .on_postgres(
        "UPDATE scope SET name = name WHERE id IN (SELECT scope_id FROM member
         WHERE user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
           AND role = 'owner')",
    )
    .bind(chosen.as_str())
    .execute(&mut *tx)
    .await?;
    sql("SELECT m.user_id, MIN(s.name) FROM member m
         JOIN scope s ON s.id = m.scope_id AND s.level = 'organization'
         WHERE m.role = 'owner' AND m.user_id IN (SELECT value ->> 0 FROM json_each($1))
           AND NOT EXISTS (SELECT 1 FROM member o WHERE o.scope_id = m.scope_id AND o.role = 'owner'
               AND o.user_id NOT IN (SELECT value ->> 0 FROM json_each($1)))
         GROUP BY m.user_id")
    .on_postgres(
        "SELECT m.user_id, MIN(s.name) FROM member m
         JOIN scope s ON s.id = m.scope_id AND s.level = 'organization'
         WHERE m.role = 'owner'
           AND m.user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
           AND NOT EXISTS (SELECT 1 FROM member o WHERE o.scope_id = m.scope_id AND o.role = 'owner'
               AND o.user_id NOT IN
                   (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value)))
         GROUP BY m.user_id",
    )
    .bind(chosen.as_str())
    .fetch_all(tx)
    .await
}

/// A row of `member`, as it was before a removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Membership {
    pub scope_id: i64,
    pub user_id: i64,
    pub role: String,
    pub password_sign_in: bool,
    pub joined_at: Time,
}

/// A row of `user_group_member`, as it was before a removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct GroupMembership {
    pub group_id: i64,
    pub user_id: i64,
    pub added_at: Time,
}

/// Removes people from a scope, from all scopes below it, and from the user groups of the organization. Returns the
/// deleted rows.
pub async fn delete_members(
    tx: &mut Tx,
    scope_id: i64,
    user_ids: &[i64],
) -> Result<(Vec<Membership>, Vec<GroupMembership>), sqlx::Error> {
    let chosen = ids(user_ids);
    lock_scopes_of(tx, scope_id, &chosen).await?;
    let members = sql("DELETE FROM member WHERE user_id IN (SELECT value ->> 0 FROM json_each($2))
           AND (scope_id = $1 OR $1 = 1
             OR scope_id IN (SELECT id FROM scope WHERE organization_id = $1 OR team_id = $1))
         RETURNING scope_id, user_id, role, password_sign_in, joined_at")
    .on_postgres(
        "DELETE FROM member
         WHERE user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))
           AND (scope_id = $1 OR $1 = 1
             OR scope_id IN (SELECT id FROM scope WHERE organization_id = $1 OR team_id = $1))
         RETURNING scope_id, user_id, role, password_sign_in, joined_at",
    )
    .bind(scope_id)
    .bind(chosen.as_str())
    .fetch_all(&mut *tx)
    .await?;
    let groups = sql("DELETE FROM user_group_member WHERE user_id IN (SELECT value ->> 0 FROM json_each($2))
           AND group_id IN (SELECT id FROM user_group WHERE organization_id = $1 OR $1 = 1)
         RETURNING group_id, user_id, added_at")
    .on_postgres(
        "DELETE FROM user_group_member
         WHERE user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))
           AND group_id IN (SELECT id FROM user_group WHERE organization_id = $1 OR $1 = 1)
         RETURNING group_id, user_id, added_at",
    )
    .bind(scope_id)
    .bind(chosen.as_str())
    .fetch_all(tx)
    .await?;
    Ok((members, groups))
}

/// A concurrent transaction that adds one of these people in an organization holds the organization's lock. This waits
/// for its end, so that the next statement sees the added row.
async fn lock_scopes_of(tx: &mut Tx, scope_id: i64, chosen: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE scope SET name = name WHERE id = $1 OR ($1 = 1 AND id IN
         (SELECT scope_id FROM member WHERE user_id IN (SELECT value ->> 0 FROM json_each($2))))")
    .on_postgres(
        "UPDATE scope SET name = name WHERE id = $1 OR ($1 = 1 AND id IN (SELECT scope_id FROM member
         WHERE user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))))",
    )
    .bind(scope_id)
    .bind(chosen)
    .execute(tx)
    .await
    .map(drop)
}

/// Lists the people as removed, each with the role they had.
pub async fn create_removed_members(
    tx: &mut Tx,
    scope_id: i64,
    people: impl IntoIterator<Item = (i64, &str)>,
    removed_by: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for (user_id, role) in people {
        rows.push([user_id.into(), role.into()]);
    }
    sql("INSERT INTO removed_member (scope_id, user_id, role, removed_at, removed_by, folded_name, folded_email)
         SELECT $1, u.id, value ->> 1, $3, $4, COALESCE(u.folded_name, ''), COALESCE(u.folded_email, '')
         FROM json_each($2) JOIN user_account u ON u.id = value ->> 0 WHERE TRUE
         ON CONFLICT (scope_id, user_id) DO UPDATE SET role = excluded.role, removed_at = excluded.removed_at,
            removed_by = excluded.removed_by")
    .on_postgres(
        "INSERT INTO removed_member (scope_id, user_id, role, removed_at, removed_by, folded_name, folded_email)
         SELECT $1, u.id, value ->> 1, $3, $4, COALESCE(u.folded_name, ''), COALESCE(u.folded_email, '')
         FROM jsonb_array_elements($2::jsonb) AS rows (value) JOIN user_account u ON u.id = (value ->> 0)::bigint
         ON CONFLICT (scope_id, user_id) DO UPDATE SET role = excluded.role, removed_at = excluded.removed_at,
            removed_by = excluded.removed_by",
    )
    .bind(scope_id)
    .bind(rows.to_json())
    .bind(now)
    .bind(removed_by)
    .execute(tx)
    .await
    .map(drop)
}

/// Brings memberships back: only for people who are in `above` now, and only where they have no membership. Returns the
/// people and scopes.
pub async fn restore_memberships(
    tx: &mut Tx,
    above: i64,
    members: impl IntoIterator<Item = &Membership>,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    let mut rows = Rows::default();
    for Membership { scope_id, user_id, role, password_sign_in, joined_at } in members {
        let joined_at = joined_at.to_rfc3339();
        let sign_in = i64::from(*password_sign_in);
        rows.push([
            (*scope_id).into(),
            (*user_id).into(),
            role.as_str().into(),
            sign_in.into(),
            joined_at.into(),
        ]);
    }
    sql("INSERT INTO member (scope_id, user_id, role, password_sign_in, joined_at, folded_name, folded_email,
                last_access_at)
         SELECT s.id, u.id, value ->> 2, value ->> 3, value ->> 4, COALESCE(u.folded_name, ''),
                COALESCE(u.folded_email, ''), COALESCE(u.last_access_at, '0001-01-01T00:00:00+00:00')
         FROM json_each($2) JOIN scope s ON s.id = value ->> 0 JOIN user_account u ON u.id = value ->> 1
         JOIN member a ON a.scope_id = $1 AND a.user_id = u.id WHERE TRUE
         ON CONFLICT (scope_id, user_id) DO NOTHING RETURNING user_id, scope_id")
    .on_postgres(
        "INSERT INTO member (scope_id, user_id, role, password_sign_in, joined_at, folded_name, folded_email,
                last_access_at)
         SELECT s.id, u.id, value ->> 2, value ->> 3 = '1', (value ->> 4)::timestamptz, COALESCE(u.folded_name, ''),
                COALESCE(u.folded_email, ''), COALESCE(u.last_access_at, '0001-01-01T00:00:00+00:00')
         FROM jsonb_array_elements($2::jsonb) AS rows (value) JOIN scope s ON s.id = (value ->> 0)::bigint
         JOIN user_account u ON u.id = (value ->> 1)::bigint
         JOIN member a ON a.scope_id = $1 AND a.user_id = u.id
         ON CONFLICT (scope_id, user_id) DO NOTHING RETURNING user_id, scope_id",
    )
    .bind(above)
    .bind(rows.to_json())
    .fetch_all(tx)
    .await
}

/// Brings people back into user groups that still exist; only people who are in the organization.
pub async fn restore_group_memberships(
    tx: &mut Tx,
    organization_id: i64,
    groups: &[GroupMembership],
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for GroupMembership { group_id, user_id, added_at } in groups {
        rows.push([(*group_id).into(), (*user_id).into(), added_at.to_rfc3339().into()]);
    }
    sql("INSERT INTO user_group_member (group_id, user_id, added_at)
         SELECT g.id, m.user_id, value ->> 2 FROM json_each($2)
         JOIN user_group g ON g.id = value ->> 0 AND g.organization_id = $1
         JOIN member m ON m.scope_id = $1 AND m.user_id = value ->> 1 WHERE TRUE
         ON CONFLICT (group_id, user_id) DO NOTHING")
    .on_postgres(
        "INSERT INTO user_group_member (group_id, user_id, added_at)
         SELECT g.id, m.user_id, (value ->> 2)::timestamptz FROM jsonb_array_elements($2::jsonb) AS rows (value)
         JOIN user_group g ON g.id = (value ->> 0)::bigint AND g.organization_id = $1
         JOIN member m ON m.scope_id = $1 AND m.user_id = (value ->> 1)::bigint
         ON CONFLICT (group_id, user_id) DO NOTHING",
    )
    .bind(organization_id)
    .bind(rows.to_json())
    .execute(tx)
    .await
    .map(drop)
}

/// Deletes the rows about the people's removal, because they are members again.
pub async fn delete_removed_members(tx: &mut Tx, scope_id: i64, user_ids: &[i64]) -> Result<(), sqlx::Error> {
    sql("DELETE FROM removed_member
         WHERE scope_id = $1 AND user_id IN (SELECT value ->> 0 FROM json_each($2))")
    .on_postgres(
        "DELETE FROM removed_member WHERE scope_id = $1
           AND user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))",
    )
    .bind(scope_id)
    .bind(ids(user_ids))
    .execute(tx)
    .await
    .map(drop)
}
