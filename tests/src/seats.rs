//! Pools with seats in use, written to the database without a request per seat.

use chrono::{DateTime, Duration, Utc};
use testkeep_store::Db;
use testkeep_store::licenses::BATCH_MAX;
use testkeep_store::licenses::session::{NewLicenseSession, SessionKey, create_license_sessions};
use testkeep_store::licenses::turn::{add_to_organization_count, take_turn};

/// Writes `count` KRE sessions of one person, `held-0`, `held-1`, …, which last for a day.
pub async fn hold_seats(db: &Db, organization_id: i64, user_id: i64, count: usize, now: DateTime<Utc>) {
    let mut tx = db.begin().await.expect("a transaction");
    take_turn(&mut tx).await.expect("the turn");
    let names: Vec<_> = (0..count).map(|number| format!("held-{number}")).collect();
    for some in names.chunks(BATCH_MAX) {
        let new: Vec<_> = some.iter().map(|name| held(organization_id, user_id, name)).collect();
        create_license_sessions(&mut tx, &new, now + Duration::days(1), now).await.expect("sessions");
    }
    let count = i64::try_from(count).expect("a count");
    add_to_organization_count(&mut tx, organization_id, "KRE", count, 0, 0).await.expect("counters");
    tx.commit().await.expect("a commit");
}

fn held(organization_id: i64, user_id: i64, name: &str) -> NewLicenseSession<'_> {
    NewLicenseSession {
        key: SessionKey { user_id, organization_id, product: "KRE", machine_key: name, session_key: name },
        package: "FLOATING_ENGINE",
        team_id: None,
        hostname: "held",
        client_version: "",
        kind: "borrowed",
        takes_seat: true,
    }
}
