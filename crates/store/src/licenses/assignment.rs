//! `license_assignment`: the people to whom an organization has assigned a product.

use serde::{Deserialize, Serialize};

use crate::list::List;
use crate::on::On;
use crate::people::person::Person;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

/// Assigns a product to people. Existing assignments stay unchanged.
pub async fn create_assignments(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    user_ids: &[i64],
    by: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_assignment (organization_id, product, user_id, assigned_by, assigned_at)
         SELECT $1, $2, value ->> 0, $4, $5 FROM json_each($3) WHERE TRUE
         ON CONFLICT (organization_id, product, user_id) DO NOTHING")
    .on_postgres(
        "INSERT INTO license_assignment (organization_id, product, user_id, assigned_by, assigned_at)
         SELECT $1, $2, (value ->> 0)::bigint, $4, $5 FROM jsonb_array_elements($3::jsonb) AS rows (value)
         ON CONFLICT (organization_id, product, user_id) DO NOTHING",
    )
    .bind(organization_id)
    .bind(product)
    .bind(Rows::of(user_ids.iter().copied()).to_json())
    .bind(by)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn delete_assignment(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    user_id: i64,
) -> Result<bool, sqlx::Error> {
    let rows =
        sql("DELETE FROM license_assignment WHERE organization_id = $1 AND product = $2 AND user_id = $3")
            .bind(organization_id)
            .bind(product)
            .bind(user_id)
            .execute(tx)
            .await?;
    Ok(rows == 1)
}

/// A row of `license_assignment`, as it was before it was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Assignment {
    pub product: String,
    pub user_id: i64,
    pub assigned_by: String,
    pub assigned_at: Time,
    pub last_used_at: Option<Time>,
}

/// Deletes the assignments of these people. `product` `None`: of all products. Returns the deleted rows.
pub async fn delete_assignments(
    tx: &mut Tx,
    organization_id: i64,
    product: Option<&str>,
    user_ids: &[i64],
) -> Result<Vec<Assignment>, sqlx::Error> {
    sql("DELETE FROM license_assignment
         WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR product = $2)
           AND user_id IN (SELECT value ->> 0 FROM json_each($3))
         RETURNING product, user_id, assigned_by, assigned_at, last_used_at")
    .on_postgres(
        "DELETE FROM license_assignment
         WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR product = $2)
           AND user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($3::jsonb) AS rows (value))
         RETURNING product, user_id, assigned_by, assigned_at, last_used_at",
    )
    .bind(organization_id)
    .bind(product.map(str::to_owned))
    .bind(Rows::of(user_ids.iter().copied()).to_json())
    .fetch_all(tx)
    .await
}

/// Brings assignments back: only to people who are in the organization and have none. Returns the people.
pub async fn restore_assignments(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    assignments: &[&Assignment],
) -> Result<Vec<(i64,)>, sqlx::Error> {
    let mut rows = Rows::default();
    for Assignment { user_id, assigned_by, assigned_at, last_used_at, .. } in assignments {
        let used = last_used_at.map(|at| at.to_rfc3339());
        rows.push([
            (*user_id).into(),
            assigned_by.as_str().into(),
            assigned_at.to_rfc3339().into(),
            used.into(),
        ]);
    }
    sql("INSERT INTO license_assignment (organization_id, product, user_id, assigned_by, assigned_at, last_used_at)
         SELECT $1, $2, m.user_id, value ->> 1, value ->> 2, value ->> 3 FROM json_each($3)
         JOIN member m ON m.scope_id = $1 AND m.user_id = value ->> 0 WHERE TRUE
         ON CONFLICT (organization_id, product, user_id) DO NOTHING RETURNING user_id")
    .on_postgres(
        "INSERT INTO license_assignment (organization_id, product, user_id, assigned_by, assigned_at, last_used_at)
         SELECT $1, $2, m.user_id, value ->> 1, (value ->> 2)::timestamptz, (value ->> 3)::timestamptz
         FROM jsonb_array_elements($3::jsonb) AS rows (value)
         JOIN member m ON m.scope_id = $1 AND m.user_id = (value ->> 0)::bigint
         ON CONFLICT (organization_id, product, user_id) DO NOTHING RETURNING user_id",
    )
    .bind(organization_id)
    .bind(product)
    .bind(rows.to_json())
    .fetch_all(tx)
    .await
}

pub async fn update_assignment_used(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    user_id: i64,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("UPDATE license_assignment SET last_used_at = $4
         WHERE organization_id = $1 AND product = $2 AND user_id = $3")
    .bind(organization_id)
    .bind(product)
    .bind(user_id)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Whether a person may use a product in one of their organizations.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrganizationLicense {
    pub id: i64,
    pub assigned: bool,
    /// `true`: only people with an assignment may start license sessions.
    pub assigned_only: bool,
}

/// One row for each organization that the person belongs to, by id.
pub async fn list_organization_licenses(
    on: impl Into<On<'_>>,
    user_id: i64,
    product: &str,
) -> Result<Vec<OrganizationLicense>, sqlx::Error> {
    sql("SELECT o.id, a.user_id IS NOT NULL AS assigned, COALESCE(s.assigned_only, FALSE) AS assigned_only
         FROM member m JOIN scope o ON o.id = m.scope_id AND o.level = 'organization'
         LEFT JOIN license_assignment a ON a.organization_id = o.id AND a.product = $2 AND a.user_id = $1
         LEFT JOIN license_setting s ON s.organization_id = o.id AND s.product = $2
         WHERE m.user_id = $1 ORDER BY o.id")
    .bind(user_id)
    .bind(product)
    .fetch_all(on)
    .await
}

/// A product that an organization has assigned to a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AssignmentOfUser {
    pub organization_id: i64,
    pub product: String,
    pub assigned_at: Time,
    pub assigned_by: String,
    pub last_used_at: Option<Time>,
}

/// At most `limit` assignments of a person, in no particular order.
pub async fn list_assignments_of_user(
    on: impl Into<On<'_>>,
    user_id: i64,
    limit: i64,
) -> Result<Vec<AssignmentOfUser>, sqlx::Error> {
    sql("SELECT organization_id, product, assigned_at, assigned_by, last_used_at FROM license_assignment
         WHERE user_id = $1 LIMIT $2")
    .bind(user_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// A member of the organization, and whether they have the assignment.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AssignmentTarget {
    pub user_id: i64,
    pub email: String,
    pub assigned: bool,
}

/// The members of the organization that have one of these email addresses, in no particular order.
pub async fn list_targets_by_email(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    emails: impl IntoIterator<Item = &str>,
) -> Result<Vec<AssignmentTarget>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, a.user_id IS NOT NULL AS assigned
         FROM user_account u JOIN member m ON m.user_id = u.id AND m.scope_id = $1
         LEFT JOIN license_assignment a ON a.organization_id = $1 AND a.product = $2 AND a.user_id = u.id
         WHERE u.email IN (SELECT value ->> 0 FROM json_each($3))")
    .on_postgres(
        "SELECT u.id AS user_id, u.email, a.user_id IS NOT NULL AS assigned
         FROM user_account u JOIN member m ON m.user_id = u.id AND m.scope_id = $1
         LEFT JOIN license_assignment a ON a.organization_id = $1 AND a.product = $2 AND a.user_id = u.id
         WHERE u.email IN (SELECT value ->> 0 FROM jsonb_array_elements($3::jsonb) AS rows (value))",
    )
    .bind(organization_id)
    .bind(product)
    .bind(Rows::of(emails).to_json())
    .fetch_all(on)
    .await
}

pub async fn find_target_by_id(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    user_id: i64,
) -> Result<Option<AssignmentTarget>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, TRUE AS assigned
         FROM license_assignment a JOIN user_account u ON u.id = a.user_id
         WHERE a.organization_id = $1 AND a.product = $2 AND a.user_id = $3")
    .bind(organization_id)
    .bind(product)
    .bind(user_id)
    .fetch_optional(on)
    .await
}

/// A person with an assignment.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LicensedUser {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub assigned_at: Time,
    pub assigned_by: String,
    pub last_used_at: Option<Time>,
    /// Host name of the machine on which their latest live license session runs.
    pub hostname: Option<String>,
}

/// Sorts by `email`, `name`, `assigned_at` or `last_used_at`.
pub async fn list_licensed_users(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    list: &List,
) -> Result<Vec<LicensedUser>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name, a.assigned_at, a.assigned_by, a.last_used_at,
                (SELECT s.hostname FROM license_session s WHERE s.id =
                    (SELECT MAX(l.id) FROM license_session l WHERE l.user_id = u.id AND l.organization_id = $1
                     AND l.product = $2 AND l.ended_at IS NULL)) AS hostname
         FROM license_assignment a JOIN user_account u ON u.id = a.user_id
         WHERE a.organization_id = $1 AND a.product = $2
           AND ($3 = '%' OR u.folded_email LIKE $3 ESCAPE '!' OR u.folded_name LIKE $3 ESCAPE '!')
         ORDER BY
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'email' THEN u.folded_email
                WHEN 'name' THEN u.folded_name END END ASC,
           CASE WHEN $5 THEN CASE $4 WHEN 'email' THEN u.folded_email
                WHEN 'name' THEN u.folded_name END END DESC,
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'assigned_at' THEN a.assigned_at
                WHEN 'last_used_at' THEN COALESCE(a.last_used_at, u.created_at) END END ASC,
           CASE WHEN $5 THEN CASE $4 WHEN 'assigned_at' THEN a.assigned_at
                WHEN 'last_used_at' THEN COALESCE(a.last_used_at, u.created_at) END END DESC,
           u.folded_email ASC
         LIMIT $6 OFFSET $7")
    .bind(organization_id)
    .bind(product)
    .bind_list(list)
    .planned_for_values()
    .fetch_all(on)
    .await
}

pub async fn count_licensed_users(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM license_assignment a JOIN user_account u ON u.id = a.user_id
         WHERE a.organization_id = $1 AND a.product = $2
           AND ($3 = '%' OR u.folded_email LIKE $3 ESCAPE '!' OR u.folded_name LIKE $3 ESCAPE '!')")
        .bind(organization_id)
        .bind(product)
        .bind(list.pattern())
        .planned_for_values()
        .fetch_one(on)
        .await?;
    Ok(count)
}

/// People of the organization without the product, by name.
pub async fn list_candidates(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    list: &List,
) -> Result<Vec<Person>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name
         FROM member o LEFT JOIN user_account u ON u.id = o.user_id
         WHERE o.scope_id = $1
           AND NOT EXISTS (SELECT 1 FROM license_assignment a
                           WHERE a.organization_id = $1 AND a.product = $2 AND a.user_id = o.user_id)
           AND ($3 = '%' OR o.folded_email LIKE $3 ESCAPE '!'
                OR o.folded_name LIKE $3 ESCAPE '!')
         ORDER BY o.folded_name, o.user_id LIMIT $4")
    .bind(organization_id)
    .bind(product)
    .bind(list.pattern())
    .bind(list.limit)
    .fetch_all(on)
    .await
}
