//! Measures people: lists of 10,000, a thousand invitations in one request, and the cost of a permission check.

use std::hint::black_box;
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkeep_domain::Clock;
use testkeep_domain::permission::{Action, Level, ProjectAction, Role, Roles};
use testkeep_server::testing::{Access, access_of};
use testkeep_store::people::member;
use testkeep_store::people::user::{self, NewUser};
use testkeep_store::scopes::scope::{self, ACCOUNT, NewScope};
use testkeep_store::{Db, Tx, migrate, sql};

use crate::Bench;
use crate::installation::{Database, Installation};
use crate::series::{RUNS, Samples};
use crate::start::milliseconds;

const PEOPLE: u32 = 10_000;
/// Number of checks in one sample: a single check is too short to be measured.
const BATCH: u32 = 500;

/// Times of one list's requests.
pub(crate) struct ListTimes {
    pub(crate) half: Samples,
    pub(crate) slowest: Samples,
}

/// An installation with people in an organization, and its server.
pub(crate) struct Populated<'a> {
    installation: Installation<'a>,
    bench: &'a Bench,
    token: String,
    organization: i64,
}

impl<'a> Populated<'a> {
    pub(crate) async fn start(bench: &'a Bench, database: Database<'_>, people: u32) -> Self {
        let installation = Installation::prepare(bench, database, "background");
        installation.install();
        let token = installation.sign_in().await;
        let mut populated = Self { installation, bench, token, organization: 0 };
        let body = json!({ "name": "Measured" });
        let created = populated.request(Method::POST, "/api/v2/organizations").json(&body);
        let created: Value = created.send().await.expect("an answer").json().await.expect("JSON");
        populated.organization = created["id"].as_i64().expect("an id");
        let db = populated.installation.open_database().await;
        populate(&db, populated.organization, people).await;
        db.close().await;
        populated
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bench.client.request(method, self.installation.url(path)).bearer_auth(&self.token)
    }

    /// Time until the whole answer has arrived, in milliseconds.
    pub(crate) async fn time(&self, request: RequestBuilder) -> f64 {
        let started = Instant::now();
        let answer = request.send().await.expect("the server answers");
        assert!(answer.status().is_success(), "{} {}", answer.status(), answer.url());
        let body = answer.bytes().await.expect("a body");
        assert!(!black_box(body).is_empty());
        milliseconds(started)
    }

    pub(crate) fn stop(self) {
        self.installation.stop();
    }
}

/// Every sort column in both directions, first, middle and last page, with and without search. Returns the median and
/// the 95th percentile of the requests' times.
pub(crate) async fn list(bench: &Bench, database: Database<'_>) -> ListTimes {
    let populated = Populated::start(bench, database, PEOPLE).await;
    let users = format!("/api/v2/organizations/{}/users", populated.organization);
    let mut paths = Vec::new();
    for column in ["name", "email", "role", "joined_at", "last_access_at"] {
        for order in ["asc", "desc"] {
            // "user7" is in 1 of 10 addresses, "lovelace" in 1 of 25 names.
            for (search, pages) in [("", [1, 100, 200]), ("user7", [1, 11, 22]), ("lovelace", [1, 4, 8])] {
                let sorted = format!("{users}?sort={column}&order={order}&search={search}");
                paths.extend(pages.map(|page| format!("{sorted}&page={page}")));
            }
        }
    }
    let mut times = ListTimes { half: Samples::new(), slowest: Samples::new() };
    // The first pass fills the caches.
    for run in 0..=RUNS {
        let mut pass = Vec::new();
        for path in &paths {
            pass.push(populated.time(populated.request(Method::GET, path)).await);
        }
        pass.sort_by(f64::total_cmp);
        if run > 0 {
            times.half.push(pass[pass.len() / 2]);
            times.slowest.push(pass[pass.len() * 95 / 100]);
        }
    }
    populated.stop();
    times
}

/// A thousand new addresses in one request.
pub(crate) async fn invitations(bench: &Bench, database: Database<'_>) -> Option<Samples> {
    let populated = Populated::start(bench, database, 100).await;
    let path = format!("/api/v2/organizations/{}/invitations", populated.organization);
    let mut samples = Samples::new();
    for run in 0..=RUNS {
        let addresses: Vec<_> = (0..1000).map(|number| format!("new{run}.{number}@example.com")).collect();
        let request =
            populated.request(Method::POST, &path).json(&json!({ "addresses": addresses.join("\n") }));
        let elapsed = populated.time(request).await;
        if run > 0 {
            samples.push(elapsed);
        }
    }
    populated.stop();
    Some(samples)
}

/// The query that finds a scope and a person's roles on the way down to it: microseconds per query, measured in
/// batches.
pub(crate) struct QueryTimes {
    /// In a transaction, as in writes.
    pub(crate) within: Samples,
    /// On a connection from the pool, as in reads.
    pub(crate) alone: Samples,
}

pub(crate) async fn permission_query(database: Database<'_>) -> QueryTimes {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = database.create().open(&folder.path().join("people.db")).await;
    migrate::migrate(&db, Clock::system().now()).await.expect("migrations run on an empty database");
    let (project, users) = populate_places(&db).await;
    let mut times = QueryTimes { within: Samples::new(), alone: Samples::new() };
    let mut tx = db.begin().await.expect("a transaction");
    // The first run fills the caches.
    for run in 0..=RUNS {
        let started = Instant::now();
        for user in users.iter().cycle().take(BATCH as usize) {
            check(access_of(&mut tx, Level::Project, project, *user, true).await);
        }
        let within = started.elapsed();
        let alone = Instant::now();
        for user in users.iter().cycle().take(BATCH as usize) {
            check(access_of(&db, Level::Project, project, *user, true).await);
        }
        if run > 0 {
            let microseconds = |time: Duration| time.as_secs_f64() * 1_000_000.0 / f64::from(BATCH);
            times.within.push(microseconds(within));
            times.alone.push(microseconds(alone.elapsed()));
        }
    }
    drop(tx);
    db.close().await;
    times
}

fn check(access: Result<Access, testkeep_server::Error>) {
    black_box(access.expect("may see it").may(black_box(ProjectAction::EditProject)));
}

/// The permission table's rule for every action, for a person with a role in every scope: microseconds per action.
pub(crate) fn permission_rule() -> Samples {
    let roles = Roles {
        account: Some(Role::Admin),
        organization: Some(Role::Member),
        team: Some(Role::Admin),
        project: Some(Role::Member),
    };
    let actions: Vec<Action> = Level::ALL.into_iter().flat_map(Action::all).collect();
    let mut samples = Samples::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        for _ in 0..BATCH {
            for action in &actions {
                black_box(black_box(roles).rule(*action));
            }
        }
        let count = f64::from(BATCH) * f64::from(u32::try_from(actions.len()).expect("few"));
        samples.push(milliseconds(started) * 1000.0 / count);
    }
    samples
}

const FIRST_NAMES: [&str; 25] = [
    "Ada",
    "Alan",
    "Barbara",
    "Bjarne",
    "Brian",
    "Claude",
    "Dennis",
    "Donald",
    "Edsger",
    "Frances",
    "Grace",
    "Guido",
    "Hedy",
    "Jean",
    "John",
    "Katherine",
    "Ken",
    "Leslie",
    "Linus",
    "Margaret",
    "Niklaus",
    "Radia",
    "Sophie",
    "Tim",
    "Yukihiro",
];
const LAST_NAMES: [&str; 27] = [
    "Allen",
    "Bartik",
    "Hamilton",
    "Hoare",
    "Hopper",
    "Johnson",
    "Kernighan",
    "Knuth",
    "Lamarr",
    "Lamport",
    "Liskov",
    "Lovelace",
    "Matsumoto",
    "Perlman",
    "Ritchie",
    "Rossum",
    "Shannon",
    "Stroustrup",
    "Thompson",
    "Torvalds",
    "Turing",
    "Wilson",
    "Wirth",
    "Backus",
    "Dijkstra",
    "Neumann",
    "Berners-Lee",
];

/// People of the account and of an organization. Most of them have been active at some time.
async fn populate(db: &Db, organization: i64, people: u32) {
    let now = Clock::system().now();
    let mut tx = db.begin().await.expect("a transaction");
    for number in 0..people {
        // Steps that share no factor with the lengths, so that names and addresses sort in different orders.
        let first_name = FIRST_NAMES[number as usize * 7 % FIRST_NAMES.len()];
        let last_name = LAST_NAMES[number as usize * 11 % LAST_NAMES.len()];
        let email = format!("user{number}@example.com");
        let new = NewUser { email: &email, password_hash: "none", first_name, last_name };
        let joined = now - chrono::Duration::minutes(i64::from(number * 7919 % people));
        let id = user::create_user(&mut tx, new, joined).await.expect("a person");
        let role = if number % 50 == 0 { Role::Admin } else { Role::Member };
        member::create_member(&mut tx, ACCOUNT, id, Role::Member.as_str(), joined).await.expect("a member");
        member::create_member(&mut tx, organization, id, role.as_str(), joined).await.expect("a member");
        if number % 3 > 0 {
            user::update_last_access(&mut tx, id, joined).await.expect("an access");
        }
    }
    tx.commit().await.expect("a commit");
    // PostgreSQL does this by itself after a while.
    if let Db::Postgres(pg) = db {
        sqlx::query("ANALYZE").execute(pg.pool()).await.expect("statistics");
    }
}

/// An organization with a project in a team, and people who are members of all three.
async fn populate_places(db: &Db) -> (i64, Vec<i64>) {
    let now = Clock::system().now();
    let mut tx = db.begin().await.expect("a transaction");
    let organization = create_place(&mut tx, Level::Organization, None, None).await;
    let team = create_place(&mut tx, Level::Team, Some(organization), None).await;
    let project = create_place(&mut tx, Level::Project, Some(organization), Some(team)).await;
    tx.commit().await.expect("a commit");
    populate(db, organization, PEOPLE).await;
    let users: Vec<(i64,)> = sql("SELECT user_id FROM member WHERE scope_id = $1 ORDER BY user_id")
        .bind(organization)
        .fetch_all(db)
        .await
        .expect("people");
    let mut tx = db.begin().await.expect("a transaction");
    for (user,) in &users {
        for place in [team, project] {
            member::create_member(&mut tx, place, *user, Role::Member.as_str(), now).await.expect("a member");
        }
    }
    tx.commit().await.expect("a commit");
    (project, users.into_iter().map(|(id,)| id).collect())
}

async fn create_place(tx: &mut Tx, level: Level, organization: Option<i64>, team: Option<i64>) -> i64 {
    let (level, name) = (level.as_str(), level.as_str());
    let new = NewScope { level, organization_id: organization, team_id: team, name, description: "" };
    scope::create_scope(tx, new, Clock::system().now()).await.expect("a place")
}
