//! Lists that may grow large: pages by cursor, and the query plans of their statements.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};
use testkeep_store::Db;
use testkeep_store::statements::statements_by_order;
use testkeep_tests::api::Caller;
use testkeep_tests::many_rows::fill;
use testkeep_tests::on_both_databases;

const PEOPLE: usize = 23;

async fn page(caller: &Caller, query: &str) -> Value {
    let answer = caller.get(&format!("/api/v2/accounts/1/users?page_size=5&{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    answer.body
}

fn emails(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|it| it["email"].as_str().unwrap().to_owned()).collect()
}

/// Reads every page by its cursors, from the first to the last and back; returns the email addresses in that order.
async fn walk(caller: &Caller, order: &str) -> Vec<String> {
    let mut pages = vec![page(caller, order).await];
    while let Some(cursor) = pages.last().unwrap()["next_cursor"].as_str() {
        let next = page(caller, &format!("{order}&cursor={cursor}")).await;
        pages.push(next);
    }
    for pair in pages.windows(2).rev() {
        let cursor = pair[1]["previous_cursor"].as_str().expect("a page before");
        let back = page(caller, &format!("{order}&cursor={cursor}")).await;
        assert_eq!(emails(&back), emails(&pair[0]), "{order}: back");
    }
    assert!(pages[0]["previous_cursor"].is_null(), "nothing before the first page");
    pages.iter().flat_map(emails).collect()
}

/// A cursor that no page returned.
fn made_up(sort: &str, key: &Value) -> String {
    let mut cursor = json!({ "s": sort, "d": false, "b": false, "i": 1 });
    cursor.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
    format!("sort={sort}&cursor={}", URL_SAFE_NO_PAD.encode(cursor.to_string()))
}

on_both_databases!(cursors_lead_through_a_list_in_every_order, |server| {
    server.set_up().await;
    server.crowd(PEOPLE).await;
    let owner = server.owner().await;
    for column in ["name", "email", "role", "joined_at", "last_access_at"] {
        for order in ["asc", "desc"] {
            let order = format!("sort={column}&order={order}");
            let walked = walk(&owner, &order).await;
            assert_eq!(walked.len(), PEOPLE + 1, "{order}: {walked:?}");
            let answer = owner.get(&format!("/api/v2/accounts/1/users?page_size=200&{order}")).await;
            assert_eq!(walked, emails(&answer.body), "{order}: the same order as on one page");
        }
    }
    // Rows that are added or removed on other pages do not move this one.
    let first = page(&owner, "sort=email").await;
    let next = format!("sort=email&cursor={}", first["next_cursor"].as_str().unwrap());
    let before = emails(&page(&owner, &next).await);
    server.account_of("aaron@example.com").await;
    assert_eq!(emails(&page(&owner, &next).await), before);
    for (query, field) in [
        ("cursor=nonsense".to_owned(), "cursor"),
        (next.replace("sort=email", "sort=name"), "cursor"),
        (format!("{next}&order=desc"), "cursor"),
        ("page=2001".to_owned(), "page"),
        (made_up("email", &json!({ "k": "a\u{0}b" })), "cursor"),
        (made_up("joined_at", &json!({ "t": "+262142-12-31T23:59:59Z" })), "cursor"),
        (made_up("joined_at", &json!({ "t": "-4713-01-01T00:00:00Z" })), "cursor"),
    ] {
        let answer = owner.get(&format!("/api/v2/accounts/1/users?page_size=5&{query}")).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(answer.body["error"]["fields"][field].is_string(), "{}", answer.body);
    }
    server.stop().await;
});

on_both_databases!(a_long_list_says_how_far_it_counted, |server| {
    server.set_up().await;
    fill(&server.app.db, 10_100).await;
    let owner = server.owner().await;
    let first = page(&owner, "sort=name").await;
    assert_eq!((&first["total"], &first["total_is_exact"]), (&json!(10_000), &json!(false)));
    let last = page(&owner, "sort=name&page=2000").await;
    assert_eq!(emails(&last).len(), 5);
    let beyond = format!("sort=name&cursor={}", last["next_cursor"].as_str().unwrap());
    assert_eq!(emails(&page(&owner, &beyond).await).len(), 5);
    let few = page(&owner, "search=crowd77").await;
    assert_eq!((&few["total"], &few["total_is_exact"]), (&json!(111), &json!(true)));
    server.stop().await;
});

/// A statement with values instead of its parameters: the first page, without a filter.
fn with_values(statement: &str) -> String {
    let key = match () {
        () if statement.contains("FROM test_result r") => "5000",
        () if statement.contains("(m.folded_name,") => "'crowd 5'",
        () if statement.contains("(m.folded_email,") => "'crowd5@example.com'",
        () if statement.contains("(i.folded_email,") => "'new5@example.com'",
        () if statement.contains("(m.role,") => "'member'",
        () if statement.contains("(c.folded_name,") => "'case 5'",
        () if statement.contains("(m.last_access_at,") => "'2026-01-01T13:53:20+00:00'",
        () if statement.contains("(i.expires_at,") => "'2026-01-01T13:53:20+00:00'",
        () if statement.contains("_at, i.id)")
            || statement.contains("_at, m.")
            || statement.contains("_at, r.")
            || statement.contains("(c.last_run_at,") =>
        {
            "'2026-01-01T13:53:20+00:00'"
        }
        () => "5000",
    };
    let own: &[&str] = match () {
        () if statement.contains("FROM member m") => &["1", "NULL", "'%'"],
        () if statement.contains("FROM removed_member") => &["1", "'%'"],
        () if statement.contains("FROM invitation") => &["1", "'%'", "NULL", "'2026-01-01T13:53:20+00:00'"],
        () if statement.contains("FROM mail_message") => &["NULL", "'%'", "1"],
        () if statement.contains("FROM execution e") => &["1", "'%'", "NULL", "NULL", "NULL"],
        () if statement.contains("FROM test_case c") => &["1", "'%'", "NULL"],
        () if statement.contains("FROM test_result r") => &["1", "'%'", "NULL", "NULL", "NULL", "NULL"],
        () => &["NULL", "NULL", "NULL", "'%'", "NULL", "NULL", "1"],
    };
    let values = [&[key, "5000", "50", "0"], own].concat();
    let mut text = statement.to_owned();
    for (place, value) in values.iter().enumerate().rev() {
        text = text.replace(&format!("${}", place + 1), value);
    }
    text
}

on_both_databases!(an_index_serves_every_order, |server| {
    server.set_up().await;
    fill(&server.app.db, 100_000).await;
    let mut problems = String::new();
    for statement in statements_by_order() {
        let text = with_values(statement);
        let plan: Vec<String> = match &server.app.db {
            Db::Sqlite { read, .. } => {
                let rows =
                    sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"))).fetch_all(read).await;
                rows.unwrap().iter().map(|row| row.get::<String, _>("detail")).collect()
            }
            Db::Postgres(pg) => {
                let rows = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {text}"))).fetch_all(pg.pool()).await;
                rows.unwrap().iter().map(|row| row.get::<String, _>(0)).collect()
            }
        };
        let is_wrong = |line: &String| {
            // An incremental sort orders rows with the same key only: an index has sorted by the key.
            let sorts = line.contains("USE TEMP B-TREE")
                || line.contains("Sort  (") && !line.contains("Incremental Sort");
            // PostgreSQL reads a table with few rows as a whole, and keeps people in memory for a hash join.
            // SQLite calls the rows of the chosen page a scan, too.
            let scans = line.starts_with("SCAN") && !FEW.iter().any(|few| line.starts_with(few))
                || BIG.iter().any(|table| line.contains(&format!("Seq Scan on {table} ")));
            sorts || scans
        };
        if plan.iter().any(is_wrong) {
            writeln!(problems, "{text}\n  {}", plan.join("\n  ")).unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
    server.stop().await;
});

/// The page itself, and the aliases of `scope`.
const FEW: [&str; 3] = ["SCAN page", "SCAN s ", "SCAN p "];
const BIG: [&str; 9] = [
    "user_account",
    "member",
    "removed_member",
    "invitation",
    "mail_message",
    "audit_event",
    "execution",
    "test_case",
    "test_result",
];
