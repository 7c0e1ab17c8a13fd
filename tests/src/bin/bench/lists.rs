//! Pages of lists with half a million rows: any page, in any order.

use std::time::Instant;

use testkeep_store::list::{List, Slice};
use testkeep_store::people::{invitation, member};
use testkeep_store::{Db, audit, mail};
use testkeep_tests::many_rows::fill;

use crate::Bench;
use crate::installation::{Database, Installation};
use crate::series::{RUNS, Samples, Table};
use crate::start::milliseconds;

const ROWS: i64 = 500_000;
/// Pages that one sample reads in each order, from the middle of the list on.
const PAGES: usize = 20;

pub(crate) async fn measure(table: &mut Table, bench: &Bench, database: Database<'_>) {
    if !table.wants("lists") {
        return;
    }
    let at_most = if matches!(database, Database::BuiltIn) { 5.0 } else { 8.0 };
    let installation = Installation::prepare(bench, database, "background");
    installation.install();
    installation.sign_in().await;
    let db = installation.open_database().await;
    fill(&db, ROWS).await;
    for (list, orders) in LISTS {
        let mut half = Samples::new();
        let mut slowest = Samples::new();
        for _ in 0..RUNS {
            let mut times = Samples::new();
            for sort in *orders {
                for descending in [false, true] {
                    walk(&db, list, sort, descending, &mut times).await;
                }
            }
            times.sort_by(f64::total_cmp);
            half.push(times[times.len() / 2]);
            slowest.push(times[times.len() * 95 / 100]);
        }
        let name = database.name();
        table.row(&format!("lists: {list}, p50"), name, "ms", None, async { Some(half) }).await;
        table.row(&format!("lists: {list}, p95"), name, "ms", Some(at_most), async { Some(slowest) }).await;
    }
    db.close().await;
}

/// Lists, with the columns they can be sorted by.
const LISTS: &[(&str, &[&str])] = &[
    ("users", &["name", "email", "role", "joined_at", "last_access_at"]),
    ("removed users", &["removed_at"]),
    ("invitations", &["email", "created_at", "expires_at"]),
    ("mails", &["created_at"]),
    ("audit events", &["at"]),
];

/// The first pages, and the last ones by paging back from the end; each with its count, as in a request.
async fn walk(db: &Db, list: &str, sort: &str, descending: bool, times: &mut Samples) {
    let mut query = List { sort: sort.into(), descending, limit: 50, ..List::default() };
    for page in 0..PAGES {
        if page == PAGES / 2 {
            // The last page that can be reached by number; cursors continue from there.
            (query.seek, query.offset) = (None, 9_950);
        }
        let started = Instant::now();
        let next = read(db, list, &query).await;
        times.push(milliseconds(started));
        (query.seek, query.offset) = (next, 0);
    }
}

async fn read(db: &Db, list: &str, query: &List) -> Option<testkeep_store::list::Seek> {
    fn next<T>(slice: Slice<T>) -> Option<testkeep_store::list::Seek> {
        assert_eq!(slice.rows.len(), 50);
        slice.next
    }
    let everything = audit::AuditFilter::default();
    match list {
        "users" => {
            member::count_members(db, 1, None, query).await.expect("a count");
            next(member::list_members(db, 1, None, query).await.expect("rows"))
        }
        "removed users" => {
            member::count_removed_members(db, 1, query).await.expect("a count");
            next(member::list_removed_members(db, 1, query).await.expect("rows"))
        }
        "invitations" => {
            invitation::count_open_invitations(db, 1, (None, testkeep_domain::Clock::system().now()), query)
                .await
                .expect("a count");
            next(
                invitation::list_open_invitations(
                    db,
                    1,
                    (None, testkeep_domain::Clock::system().now()),
                    query,
                )
                .await
                .expect("rows"),
            )
        }
        "mails" => {
            mail::count_mail_messages(db, None, None, query).await.expect("a count");
            next(mail::list_mail_messages(db, None, None, query).await.expect("rows"))
        }
        _ => {
            audit::count_audit_events(db, &everything, query).await.expect("a count");
            next(audit::list_audit_events(db, &everything, query).await.expect("rows"))
        }
    }
}
