//! `known_place`: networks, and programs in them, from which a person has signed in before.

use crate::on::On;
use crate::{Time, Tx, sql};

/// Whether the person signed in from one of these two places after `since`.
pub async fn is_known_place(
    on: impl Into<On<'_>>,
    user_id: i64,
    places: [&str; 2],
    since: Time,
) -> Result<bool, sqlx::Error> {
    let [one, other] = places;
    let (known,): (bool,) = sql("SELECT EXISTS (SELECT 1 FROM known_place
         WHERE user_id = $1 AND place IN ($2, $3) AND last_used_at > $4)")
    .bind(user_id)
    .bind(one)
    .bind(other)
    .bind(since)
    .fetch_one(on)
    .await?;
    Ok(known)
}

/// Whether any place of the person is known.
pub async fn has_known_place(on: impl Into<On<'_>>, user_id: i64) -> Result<bool, sqlx::Error> {
    let (known,): (bool,) = sql("SELECT EXISTS (SELECT 1 FROM known_place WHERE user_id = $1)")
        .bind(user_id)
        .fetch_one(on)
        .await?;
    Ok(known)
}

/// Notes that the person signed in from this place. A note newer than `fresh_since` stays unchanged.
pub async fn note_known_place(
    tx: &mut Tx,
    user_id: i64,
    place: &str,
    fresh_since: Time,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO known_place (user_id, place, last_used_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, place) DO UPDATE SET last_used_at = excluded.last_used_at
         WHERE known_place.last_used_at < $4")
    .bind(user_id)
    .bind(place)
    .bind(now)
    .bind(fresh_since)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn delete_old_known_places(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM known_place WHERE (user_id, place) IN
         (SELECT user_id, place FROM known_place WHERE last_used_at < $1 ORDER BY last_used_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
