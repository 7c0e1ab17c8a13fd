//! Cost of a checkout in a large pool, counted in rows that PostgreSQL reads, not in time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use testkeep_domain::license::Product;
use testkeep_store::sql;
use testkeep_tests::api::{Database, TestServer};
use testkeep_tests::seats::hold_seats;
use tokio::time::sleep;

use super::program::{engine, product, release};

/// Live sessions at the start, all of one person.
const HELD: usize = 8_000;
const CYCLES: i64 = 20;

/// Rows of `license_session` read until now, by index; `seq`: without an index. PostgreSQL's connections report theirs
/// with a delay of about a second.
async fn rows_read(server: &TestServer) -> BTreeMap<String, i64> {
    let read = async || -> BTreeMap<String, i64> {
        let rows: Vec<(String, i64)> = sql(
            "SELECT CAST(indexrelname AS TEXT), idx_tup_read FROM pg_stat_user_indexes
             WHERE relname = 'license_session'
             UNION ALL SELECT 'seq', seq_tup_read FROM pg_stat_user_tables WHERE relname = 'license_session'",
        )
        .fetch_all(&server.app.db)
        .await
        .unwrap();
        rows.into_iter().collect()
    };
    let (mut rows, mut since) = (read().await, Instant::now());
    while since.elapsed() < Duration::from_secs(3) {
        sleep(Duration::from_millis(200)).await;
        let now = read().await;
        if now != rows {
            (rows, since) = (now, Instant::now());
        }
    }
    rows
}

/// Without statistics, as in the first minute after many programs started, PostgreSQL has no estimate of the table's
/// size.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_looks_at_few_rows_in_a_pool_of_any_size() {
    let server = TestServer::start(Database::Postgres).await;
    let quota = |terms: &mut testkeep_domain::license::LicenseTerms| {
        terms.products.get_mut(&Product::Kre).unwrap().quota = 20_000;
    };
    assert_eq!(server.import(server.license(quota)).await.status(), 200);
    server.set_up_account().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let ada = server.person_in(organization, "p0@example.com", "member").await;
    hold_seats(&server.app.db, organization, ada.id, HELD, server.clock.now()).await;
    let before = rows_read(&server).await;
    for number in 0..CYCLES {
        let session = format!("own-{number}");
        let program = engine(&ada, organization, &session);
        let granted = program.check_out().await;
        assert_eq!(granted.status, 200, "{}", granted.body);
        assert_eq!(program.check_out().await.status, 200, "kept by its name");
        let id = granted.body["id"].as_i64().unwrap();
        assert_eq!(super::program::renew(&ada, id).await.status, 200);
        if number % 2 == 0 {
            assert_eq!(release(&ada, id).await.status, 204);
            continue;
        }
        let path = format!("/api/v2/leases?machine_id={session}&session_id={session}");
        assert_eq!(ada.delete(&path).await.status, 204);
    }
    let after = rows_read(&server).await;
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], HELD);
    let looked_at: BTreeMap<_, _> = after.iter().map(|(index, rows)| (index, rows - before[index])).collect();
    println!("{CYCLES} cycles beside {HELD} sessions: {looked_at:?}");
    let each = looked_at.values().sum::<i64>() / CYCLES;
    assert!((1..100).contains(&each), "{each} rows for a cycle beside {HELD} sessions: {looked_at:?}");
    server.stop().await;
}
