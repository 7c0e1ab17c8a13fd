//! The search over everything, as the palette of the screens sends it, with 10,000 people.

use reqwest::Method;

use crate::Bench;
use crate::installation::Database;
use crate::people::Populated;
use crate::series::{RUNS, Samples, Table};

const PEOPLE: u32 = 10_000;
/// Each is typed letter by letter: beginnings, last names, initials, both names, addresses, wrong letters, and texts
/// that nothing has.
const TYPED: [&str; 10] = [
    "ada lovelace",
    "hopper grace",
    "gh",
    "kernighan",
    "user7999@example",
    "lovlace",
    "dijksrta",
    "brbrlskv",
    "zzzzzzzz",
    "m",
];

pub(crate) async fn measure(table: &mut Table, bench: &Bench, database: Database<'_>) {
    if !table.wants("search") {
        return;
    }
    let populated = Populated::start(bench, database, PEOPLE).await;
    let mut queries = Vec::new();
    for typed in TYPED {
        for (end, letter) in typed.char_indices() {
            queries.push(typed[..end + letter.len_utf8()].replace(' ', "%20"));
        }
    }
    let (mut half, mut slowest) = (Samples::new(), Samples::new());
    // The first pass fills the caches.
    for run in 0..=RUNS {
        let mut pass = Vec::new();
        for query in &queries {
            let request = populated.request(Method::GET, &format!("/api/v2/search?q={query}"));
            pass.push(populated.time(request).await);
        }
        pass.sort_by(f64::total_cmp);
        if run > 0 {
            half.push(pass[pass.len() / 2]);
            slowest.push(pass[pass.len() * 95 / 100]);
        }
    }
    populated.stop();
    let name = database.name();
    table.row("search among 10,000, p50", name, "ms", None, async { Some(half) }).await;
    table.row("search among 10,000, p95", name, "ms", Some(50.0), async { Some(slowest) }).await;
}
