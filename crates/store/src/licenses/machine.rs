//! `license_machine`: machines on which licensed programs run. Each row counts against the limit of machines.

use testkeep_domain::text::fold;

use crate::list::List;
use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

pub struct NewMachine<'a> {
    pub organization_id: i64,
    pub product: &'a str,
    pub machine_key: &'a str,
    pub hostname: &'a str,
    pub user_id: i64,
}

pub async fn create_machine(tx: &mut Tx, machine: NewMachine<'_>, now: Time) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_machine
            (organization_id, product, machine_key, hostname, user_id, registered_at, last_seen_at, folded_hostname)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)")
    .bind(machine.organization_id)
    .bind(machine.product)
    .bind(machine.machine_key)
    .bind(machine.hostname)
    .bind(machine.user_id)
    .bind(now)
    .bind(fold(machine.hostname))
    .execute(tx)
    .await
    .map(drop)
}

pub async fn update_machine_seen(
    tx: &mut Tx,
    id: i64,
    hostname: &str,
    user_id: i64,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("UPDATE license_machine SET hostname = $2, user_id = $3, last_seen_at = $4, removed_at = NULL,
            folded_hostname = $5
         WHERE id = $1")
    .bind(id)
    .bind(hostname)
    .bind(user_id)
    .bind(now)
    .bind(fold(hostname))
    .execute(tx)
    .await
    .map(drop)
}

/// A registered machine and the person who used it last.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LicenseMachine {
    pub id: i64,
    pub machine_key: String,
    pub hostname: String,
    pub user_id: i64,
    pub email: String,
    pub registered_at: Time,
    pub last_seen_at: Time,
    pub online: bool,
}

/// Sorts by `hostname`, `email`, `registered_at` or `last_seen_at`.
pub async fn list_machines(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    list: &List,
) -> Result<Vec<LicenseMachine>, sqlx::Error> {
    sql("SELECT x.id, x.machine_key, x.hostname, x.user_id, u.email, x.registered_at, x.last_seen_at,
                EXISTS (SELECT 1 FROM license_session s WHERE s.organization_id = x.organization_id
                    AND s.product = x.product AND s.ended_at IS NULL AND s.machine_key = x.machine_key) AS online
         FROM license_machine x JOIN user_account u ON u.id = x.user_id
         WHERE x.organization_id = $1 AND x.product = $2 AND x.removed_at IS NULL
           AND ($3 = '%' OR u.folded_email LIKE $3 ESCAPE '!' OR x.folded_hostname LIKE $3 ESCAPE '!'
                OR lower(replace(x.machine_key, 'I', 'i')) LIKE $3 ESCAPE '!')
         ORDER BY
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'email' THEN u.folded_email WHEN 'hostname' THEN x.folded_hostname END END ASC,
           CASE WHEN $5 THEN CASE $4 WHEN 'email' THEN u.folded_email WHEN 'hostname' THEN x.folded_hostname END END DESC,
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'registered_at' THEN x.registered_at
                WHEN 'last_seen_at' THEN x.last_seen_at END END ASC,
           CASE WHEN $5 THEN CASE $4 WHEN 'registered_at' THEN x.registered_at
                WHEN 'last_seen_at' THEN x.last_seen_at END END DESC,
           x.id ASC
         LIMIT $6 OFFSET $7")
    .bind(organization_id)
    .bind(product)
    .bind_list(list)
    .planned_for_values()
    .fetch_all(on)
    .await
}

pub async fn count_machines(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM license_machine x JOIN user_account u ON u.id = x.user_id
         WHERE x.organization_id = $1 AND x.product = $2 AND x.removed_at IS NULL
           AND ($3 = '%' OR u.folded_email LIKE $3 ESCAPE '!' OR x.folded_hostname LIKE $3 ESCAPE '!'
                OR lower(replace(x.machine_key, 'I', 'i')) LIKE $3 ESCAPE '!')")
        .bind(organization_id)
        .bind(product)
        .bind(list.pattern())
        .planned_for_values()
        .fetch_one(on)
        .await?;
    Ok(count)
}

/// A machine, with the person who used it last.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MachineDetails {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: String,
    pub product: String,
    pub machine_key: String,
    pub hostname: String,
    pub registered_at: Time,
    pub last_seen_at: Time,
}

/// `None`: there is no such machine, or it was removed.
pub async fn find_machine(on: impl Into<On<'_>>, id: i64) -> Result<Option<MachineDetails>, sqlx::Error> {
    sql("SELECT x.id, x.organization_id, o.name AS organization_name, x.product, x.machine_key, x.hostname,
                x.registered_at, x.last_seen_at
         FROM license_machine x JOIN scope o ON o.id = x.organization_id WHERE x.id = $1 AND x.removed_at IS NULL")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// The id of the registered machine with this key; `None`: it is not registered.
pub async fn find_machine_id(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    machine_key: &str,
) -> Result<Option<(i64,)>, sqlx::Error> {
    sql("SELECT id FROM license_machine
         WHERE organization_id = $1 AND product = $2 AND machine_key = $3 AND removed_at IS NULL")
    .bind(organization_id)
    .bind(product)
    .bind(machine_key)
    .fetch_optional(on)
    .await
}

/// Deletes a machine. It no longer counts as registered.
pub async fn delete_machines(tx: &mut Tx, ids: &[i64]) -> Result<(), sqlx::Error> {
    sql("DELETE FROM license_machine WHERE id IN (SELECT value ->> 0 FROM json_each($1))")
        .on_postgres(
            "DELETE FROM license_machine
             WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
        )
        .bind(Rows::of(ids.iter().copied()).to_json())
        .execute(tx)
        .await
        .map(drop)
}

/// A machine that was removed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RemovedMachine {
    pub id: i64,
    pub machine_key: String,
    pub hostname: String,
}

/// Marks machines as removed. Lists no longer show them, but they still count against the limit of machines. Leaves out
/// those that do not exist here, or were removed before.
pub async fn mark_machines_removed(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    ids: &[i64],
    now: Time,
) -> Result<Vec<RemovedMachine>, sqlx::Error> {
    sql("UPDATE license_machine SET removed_at = $4
         WHERE id IN (SELECT value ->> 0 FROM json_each($3))
           AND organization_id = $1 AND product = $2 AND removed_at IS NULL
         RETURNING id, machine_key, hostname")
    .on_postgres(
        "UPDATE license_machine SET removed_at = $4
         WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($3::jsonb) AS rows (value))
           AND organization_id = $1 AND product = $2 AND removed_at IS NULL
         RETURNING id, machine_key, hostname",
    )
    .bind(organization_id)
    .bind(product)
    .bind(Rows::of(ids.iter().copied()).to_json())
    .bind(now)
    .fetch_all(tx)
    .await
}

/// Deletes machines that were last used at `used_before` or earlier, in all organizations; returns organization and
/// product of each. A machine with a live license session is in use.
pub async fn delete_unused_machines(
    tx: &mut Tx,
    used_before: Time,
    now: Time,
    limit: i64,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sql("DELETE FROM license_machine WHERE id IN (
            SELECT x.id FROM license_machine x
            WHERE x.last_seen_at <= $1 AND NOT EXISTS (SELECT 1 FROM license_session s
                WHERE s.organization_id = x.organization_id AND s.product = x.product
                  AND s.machine_key = x.machine_key AND s.ended_at IS NULL AND s.expires_at > $2)
            ORDER BY x.last_seen_at LIMIT $3)
         RETURNING organization_id, product")
    .bind(used_before)
    .bind(now)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// The last use of the machine that has been unused longest, over all organizations. Machines in use are left out.
pub async fn find_longest_unused(
    on: impl Into<On<'_>>,
    product: &str,
    now: Time,
) -> Result<Option<Time>, sqlx::Error> {
    let (seen,): (Option<Time>,) = sql("SELECT MIN(x.last_seen_at) FROM license_machine x
         WHERE x.product = $1 AND NOT EXISTS (SELECT 1 FROM license_session s
            WHERE s.organization_id = x.organization_id AND s.product = x.product
              AND s.machine_key = x.machine_key AND s.ended_at IS NULL AND s.expires_at > $2)")
    .bind(product)
    .bind(now)
    .fetch_one(on)
    .await?;
    Ok(seen)
}

/// Finds a registered machine, if this person was the last to use it.
pub async fn find_own_machine(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    machine_key: &str,
    user_id: i64,
) -> Result<Option<(i64,)>, sqlx::Error> {
    sql("SELECT id FROM license_machine
         WHERE organization_id = $1 AND product = $2 AND machine_key = $3 AND user_id = $4 AND removed_at IS NULL")
    .bind(organization_id)
    .bind(product)
    .bind(machine_key)
    .bind(user_id)
    .fetch_optional(on)
    .await
}
