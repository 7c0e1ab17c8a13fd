//! `license_return`: how often seats and machines were given back early, before they would have become free.

use crate::on::On;
use crate::{Time, Tx, sql};

/// How many holders one statement can count for.
pub const HOLDERS: usize = 17;

/// The kind, product and period of what was given back.
#[derive(Clone, Copy, Debug)]
pub struct ReturnKind<'a> {
    /// `online`, `borrowed` or `machine`.
    pub kind: &'a str,
    pub product: &'a str,
    pub period: Time,
}

/// Adds to the counts of at most [`HOLDERS`] holders, each named once. Returns the new counts.
pub async fn add_returns(
    tx: &mut Tx,
    kind: ReturnKind<'_>,
    returned: &[(String, i64)],
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let mut query = sql("INSERT INTO license_return (kind, product, holder, period, returned)
         SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), n.holder, $3, n.returned
         FROM (SELECT CAST($4 AS TEXT) AS holder, CAST($5 AS BIGINT) AS returned
               UNION ALL SELECT $6, $7 UNION ALL SELECT $8, $9 UNION ALL SELECT $10, $11 UNION ALL SELECT $12, $13
               UNION ALL SELECT $14, $15 UNION ALL SELECT $16, $17 UNION ALL SELECT $18, $19 UNION ALL SELECT $20, $21
               UNION ALL SELECT $22, $23 UNION ALL SELECT $24, $25 UNION ALL SELECT $26, $27 UNION ALL SELECT $28, $29
               UNION ALL SELECT $30, $31 UNION ALL SELECT $32, $33 UNION ALL SELECT $34, $35
               UNION ALL SELECT $36, $37) n
         WHERE n.returned > 0
         ON CONFLICT (kind, product, holder, period)
            DO UPDATE SET returned = license_return.returned + excluded.returned
         RETURNING holder, returned")
    .bind(kind.kind)
    .bind(kind.product)
    .bind(kind.period);
    for place in 0..HOLDERS {
        let one = returned.get(place);
        query = query.bind(one.map_or("", |it| it.0.as_str())).bind(one.map_or(0, |it| it.1));
    }
    query.fetch_all(tx).await
}

pub async fn find_returned(
    on: impl Into<On<'_>>,
    kind: ReturnKind<'_>,
    holder: &str,
) -> Result<i64, sqlx::Error> {
    let found: Option<(i64,)> = sql("SELECT returned FROM license_return
         WHERE kind = $1 AND product = $2 AND holder = $3 AND period = $4")
    .bind(kind.kind)
    .bind(kind.product)
    .bind(holder)
    .bind(kind.period)
    .fetch_optional(on)
    .await?;
    Ok(found.map_or(0, |(returned,)| returned))
}

pub async fn delete_old_returns(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_return WHERE (kind, product, holder, period) IN
         (SELECT kind, product, holder, period FROM license_return WHERE period < $1 ORDER BY period LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
