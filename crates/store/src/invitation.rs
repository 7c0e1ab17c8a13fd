//! `invitation`: who was asked to join the account or an organization, and how far they got.

use crate::db::On;
use crate::list::List;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    pub id: i64,
    pub scope_id: i64,
    pub scope_level: String,
    pub scope_name: String,
    pub project_id: Option<i64>,
    pub project_name: Option<String>,
    pub email: String,
    pub inviter_id: i64,
    pub inviter_email: String,
    pub nonce: Vec<u8>,
    pub token_hash: Vec<u8>,
    pub created_at: Time,
    pub expires_at: Time,
    pub password_set_at: Option<Time>,
    pub accepted_at: Option<Time>,
    pub revoked_at: Option<Time>,
    /// The address belongs to somebody who is in the account.
    pub has_account: bool,
}

pub struct NewInvitation<'a> {
    pub scope_id: i64,
    pub project_id: Option<i64>,
    pub email: &'a str,
    pub invited_by: i64,
    pub nonce: &'a [u8],
    pub token_hash: &'a [u8],
    pub expires_at: Time,
}

pub async fn create_invitation(tx: &mut Tx, new: NewInvitation<'_>, now: Time) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) = sql("INSERT INTO invitation
            (scope_id, project_id, email, invited_by, nonce, token_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id")
    .bind(new.scope_id)
    .bind(new.project_id)
    .bind(new.email)
    .bind(new.invited_by)
    .bind(new.nonce)
    .bind(new.token_hash)
    .bind(now)
    .bind(new.expires_at)
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// What is known of an address before it is invited to a place.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Addressee {
    pub is_member: bool,
    pub is_invited: bool,
    pub has_account: bool,
}

pub async fn find_addressee(
    on: impl Into<On<'_>>,
    scope_id: i64,
    email: &str,
) -> Result<Addressee, sqlx::Error> {
    sql("SELECT EXISTS (SELECT 1 FROM member m JOIN user_account u ON u.id = m.user_id
                        WHERE m.scope_id = $1 AND u.email = $2) AS is_member,
                EXISTS (SELECT 1 FROM invitation i WHERE i.scope_id = $1 AND i.email = $2
                        AND i.accepted_at IS NULL AND i.revoked_at IS NULL) AS is_invited,
                EXISTS (SELECT 1 FROM member a JOIN user_account v ON v.id = a.user_id
                        WHERE a.scope_id = 1 AND v.email = $2) AS has_account")
    .bind(scope_id)
    .bind(email)
    .fetch_one(on)
    .await
}

pub async fn find_invitation(on: impl Into<On<'_>>, id: i64) -> Result<Option<Invitation>, sqlx::Error> {
    sql("SELECT i.id, i.scope_id, s.level AS scope_level, s.name AS scope_name, i.project_id, p.name AS project_name,
                i.email, i.invited_by AS inviter_id, b.email AS inviter_email, i.nonce, i.token_hash, i.created_at,
                i.expires_at, i.password_set_at, i.accepted_at, i.revoked_at, (a.user_id IS NOT NULL) AS has_account
         FROM invitation i JOIN scope s ON s.id = i.scope_id JOIN user_account b ON b.id = i.invited_by
         LEFT JOIN scope p ON p.id = i.project_id
         LEFT JOIN user_account u ON u.email = i.email LEFT JOIN member a ON a.scope_id = 1 AND a.user_id = u.id
         WHERE i.id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}

pub async fn find_invitation_by_token(
    on: impl Into<On<'_>>,
    token_hash: &[u8],
) -> Result<Option<Invitation>, sqlx::Error> {
    sql("SELECT i.id, i.scope_id, s.level AS scope_level, s.name AS scope_name, i.project_id, p.name AS project_name,
                i.email, i.invited_by AS inviter_id, b.email AS inviter_email, i.nonce, i.token_hash, i.created_at,
                i.expires_at, i.password_set_at, i.accepted_at, i.revoked_at, (a.user_id IS NOT NULL) AS has_account
         FROM invitation i JOIN scope s ON s.id = i.scope_id JOIN user_account b ON b.id = i.invited_by
         LEFT JOIN scope p ON p.id = i.project_id
         LEFT JOIN user_account u ON u.email = i.email LEFT JOIN member a ON a.scope_id = 1 AND a.user_id = u.id
         WHERE i.token_hash = $1")
    .bind(token_hash)
    .fetch_optional(on)
    .await
}

/// Open ones, for *Pending Activations*. Sorts by `email`, `created_at` or `expires_at`.
pub async fn list_open_invitations(
    on: impl Into<On<'_>>,
    scope_id: i64,
    list: &List,
) -> Result<Vec<Invitation>, sqlx::Error> {
    sql("SELECT i.id, i.scope_id, s.level AS scope_level, s.name AS scope_name, i.project_id, p.name AS project_name,
                i.email, i.invited_by AS inviter_id, b.email AS inviter_email, i.nonce, i.token_hash, i.created_at,
                i.expires_at, i.password_set_at, i.accepted_at, i.revoked_at, (a.user_id IS NOT NULL) AS has_account
         FROM invitation i JOIN scope s ON s.id = i.scope_id JOIN user_account b ON b.id = i.invited_by
         LEFT JOIN scope p ON p.id = i.project_id
         LEFT JOIN user_account u ON u.email = i.email LEFT JOIN member a ON a.scope_id = 1 AND a.user_id = u.id
         WHERE i.scope_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
           AND ($2 = '%' OR i.email LIKE $2 ESCAPE '!')
         ORDER BY CASE WHEN $3 = 'email' AND NOT $4 THEN i.email END ASC,
                  CASE WHEN $3 = 'email' AND $4 THEN i.email END DESC,
                  CASE WHEN NOT $4 THEN CASE $3 WHEN 'created_at' THEN i.created_at
                       WHEN 'expires_at' THEN i.expires_at END END ASC,
                  CASE WHEN $4 THEN CASE $3 WHEN 'created_at' THEN i.created_at
                       WHEN 'expires_at' THEN i.expires_at END END DESC,
                  i.id DESC
         LIMIT $5 OFFSET $6")
    .bind(scope_id)
    .bind_list(list)
    .fetch_all(on)
    .await
}

pub async fn count_open_invitations(
    on: impl Into<On<'_>>,
    scope_id: i64,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM invitation i
         WHERE i.scope_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
           AND ($2 = '%' OR i.email LIKE $2 ESCAPE '!')")
    .bind(scope_id)
    .bind(list.pattern())
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// Open and alive ones for an address, newest first: what a person is asked when they are signed in.
pub async fn list_invitations_of(
    on: impl Into<On<'_>>,
    email: &str,
    now: Time,
) -> Result<Vec<Invitation>, sqlx::Error> {
    sql("SELECT i.id, i.scope_id, s.level AS scope_level, s.name AS scope_name, i.project_id, p.name AS project_name,
                i.email, i.invited_by AS inviter_id, b.email AS inviter_email, i.nonce, i.token_hash, i.created_at,
                i.expires_at, i.password_set_at, i.accepted_at, i.revoked_at, (a.user_id IS NOT NULL) AS has_account
         FROM invitation i JOIN scope s ON s.id = i.scope_id JOIN user_account b ON b.id = i.invited_by
         LEFT JOIN scope p ON p.id = i.project_id
         LEFT JOIN user_account u ON u.email = i.email LEFT JOIN member a ON a.scope_id = 1 AND a.user_id = u.id
         WHERE i.email = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2
         ORDER BY i.id DESC")
    .bind(email)
    .bind(now)
    .fetch_all(on)
    .await
}

/// The link was used to choose a password. Returns whether this was the first time.
pub async fn note_password_set(tx: &mut Tx, id: i64, now: Time) -> Result<bool, sqlx::Error> {
    let changed = sql("UPDATE invitation SET password_set_at = $2 WHERE id = $1 AND password_set_at IS NULL
         AND accepted_at IS NULL AND revoked_at IS NULL")
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Returns whether it was open until now.
pub async fn note_accepted(tx: &mut Tx, id: i64, now: Time) -> Result<bool, sqlx::Error> {
    let changed = sql(
        "UPDATE invitation SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

pub async fn renew_invitation(
    tx: &mut Tx,
    id: i64,
    invited_by: i64,
    nonce: &[u8],
    token_hash: &[u8],
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sql("UPDATE invitation SET invited_by = $2, nonce = $3, token_hash = $4, expires_at = $5 WHERE id = $1")
        .bind(id)
        .bind(invited_by)
        .bind(nonce)
        .bind(token_hash)
        .bind(expires_at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn revoke_invitation(tx: &mut Tx, id: i64, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE invitation SET revoked_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// The open one for an address at a place, if any. Returns whether there was one.
pub async fn revoke_invitation_of(
    tx: &mut Tx,
    scope_id: i64,
    email: &str,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let changed = sql("UPDATE invitation SET revoked_at = $3 WHERE scope_id = $1 AND email = $2
         AND accepted_at IS NULL AND revoked_at IS NULL")
    .bind(scope_id)
    .bind(email)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed > 0)
}

pub async fn delete_old_invitations(tx: &mut Tx, before: Time) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM invitation WHERE expires_at < $1 AND (accepted_at IS NOT NULL OR revoked_at IS NOT NULL)")
        .bind(before)
        .execute(tx)
        .await
}
