//! The requests between two kills, in order, and the expected state after each.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkeep_tests::api::{Caller, EMAIL};

use super::GRACE;

/// The steps in order; each is one transaction.
pub(super) const STEPS: [&str; 13] = [
    "checkout",
    "keep-alive",
    "assign",
    "checkout for a person",
    "second program",
    "takeover",
    "borrow",
    "release",
    "return",
    "offline file",
    "transfer",
    "revoke",
    "remove machine",
];

/// The server died before it answered this request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost {
    pub(super) step: &'static str,
}

/// The state as the organization's License Management pages show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Live sessions: product, machine, kind of lease; sorted.
    live: Vec<(&'static str, String, String)>,
    licensed: BTreeSet<String>,
    machines: BTreeSet<String>,
    offline: BTreeSet<String>,
}

impl State {
    /// Of the offline licenses, only those of this round are read.
    pub(super) async fn read(owner: &Caller, organization: i64, round: usize) -> Self {
        let list = async |path: &str| {
            let path = format!("/api/v2/organizations/{organization}/licenses/{path}");
            let answer = owner.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            answer.body["items"].as_array().unwrap().clone()
        };
        let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
        let mut state = Self::default();
        for product in ["KSE", "KRE"] {
            let sessions = list(&format!("{product}/sessions")).await;
            let live = sessions.iter().map(|it| (product, text(it, "machine_key"), text(it, "kind")));
            state.live.extend(live);
            let machines = list(&format!("{product}/machines")).await;
            state.machines.extend(machines.iter().map(|it| text(it, "machine_key")));
        }
        state.live.sort();
        state.licensed.extend(list("KSE/users").await.iter().map(|it| text(it, "email")));
        let files = format!("KRE/offline?search=vault-{round}");
        state.offline.extend(list(&files).await.iter().map(|it| text(it, "holder")));
        state
    }
}

pub(super) struct Story<'a> {
    owner: &'a Caller,
    organization: i64,
    round: usize,
    next: usize,
    before: State,
    after: State,
    /// Ids of the sessions that begin in this round.
    ids: Vec<i64>,
}

impl<'a> Story<'a> {
    pub(super) fn new(owner: &'a Caller, organization: i64, round: usize) -> Self {
        let (before, after) = (State::default(), State::default());
        Self { owner, organization, round, next: 0, before, after, ids: Vec::new() }
    }

    pub(super) fn goes_on(&self) -> bool {
        self.next < STEPS.len()
    }

    /// The expected state if every step was answered.
    pub(super) fn state(&self) -> &State {
        &self.after
    }

    /// Whether the unanswered step has happened. Any state in between fails the test.
    pub(super) fn has_happened(&self, found: &State, step: &str) -> bool {
        let round = self.round;
        assert!(
            *found == self.before || *found == self.after,
            "round {round}, {step}: {found:?}\n  is neither {:?}\n  nor {:?}",
            self.before,
            self.after
        );
        *found == self.after && self.before != self.after
    }

    fn machine(&self, name: &str) -> String {
        format!("{name}-{}", self.round)
    }

    /// `None`: no answer.
    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Option<Value> {
        let mut request = self.owner.request(method, path).bearer_auth(self.owner.bearer.as_ref().unwrap());
        if let Some(body) = body {
            request = request.json(&body);
        }
        // A server that neither answers nor dies fails the test instead of blocking it.
        let answer = tokio::time::timeout(std::time::Duration::from_secs(30), request.send()).await;
        let answer = answer.unwrap_or_else(|_| panic!("{method} {path}: no answer")).ok()?;
        let status = answer.status();
        let body = answer.text().await.ok()?;
        assert!(status.is_success(), "round {}, {method} {path}: {status} {body}", self.round);
        Some(serde_json::from_str(&body).unwrap_or_default())
    }

    async fn begin(&mut self, package: &str, machine: &str, session: &str, days: Option<u32>) -> Option<()> {
        let (machine, session) = (self.machine(machine), self.machine(session));
        let product = if package == "KSE" { "KSE" } else { "KRE" };
        if package != "FLOATING_ENGINE" {
            self.after.machines.insert(machine.clone());
        }
        let kind = if days.is_some() { "borrowed" } else { "online" };
        self.after.live.push((product, machine.clone(), kind.into()));
        self.after.live.sort();
        let body = json!({ "organization_id": self.organization, "package": package, "machine_id": machine,
                           "session_id": session, "hostname": machine, "borrow_days": days });
        let granted = self.ask("POST", "/api/v2/leases", Some(body)).await?;
        self.ids.push(granted["id"].as_i64().unwrap());
        Some(())
    }

    async fn end(&mut self, session: usize, machine: &str) -> Option<()> {
        let machine = self.machine(machine);
        self.after.live.retain(|live| live.1 != machine);
        self.ask("DELETE", &format!("/api/v2/leases/{}", self.ids[session]), None).await.map(drop)
    }

    fn licenses(&self, path: &str) -> String {
        format!("/api/v2/organizations/{}/licenses/{path}", self.organization)
    }

    /// The id of the item whose `field` is `value` in a list.
    async fn id(&self, path: &str, field: &str, value: &str) -> Option<i64> {
        let path = self.licenses(&format!("{path}?page_size=200"));
        let list = self.ask("GET", &path, None).await?;
        let found = list["items"].as_array().unwrap().iter().find(|it| it[field] == value);
        let item = found.unwrap_or_else(|| panic!("{value} in {list}"));
        item["id"].as_i64().or(item["user_id"].as_i64())
    }

    /// # Errors
    /// The server died before it answered.
    pub(super) async fn step(&mut self) -> Result<(), Lost> {
        let step = STEPS[self.next];
        self.next += 1;
        self.before = self.after.clone();
        self.play(step).await.ok_or(Lost { step })
    }

    async fn play(&mut self, step: &str) -> Option<()> {
        match step {
            "checkout" => self.begin("ENGINE", "build", "one", None).await,
            "keep-alive" => {
                let path = format!("/api/v2/leases/{}/renew", self.ids[0]);
                self.ask("POST", &path, Some(json!({}))).await.map(drop)
            }
            "assign" => {
                self.after.licensed.insert(EMAIL.into());
                let path = self.licenses("KSE/users");
                self.ask("POST", &path, Some(json!({ "emails": [EMAIL] }))).await.map(drop)
            }
            "checkout for a person" => self.begin("KSE", "desk", "two", None).await,
            "second program" => self.begin("KSE", "desk", "three", None).await,
            "takeover" => {
                let desk = self.machine("desk");
                self.after.live.retain(|live| live.1 != desk);
                self.begin("KSE", "laptop", "four", None).await
            }
            "borrow" => self.begin("FLOATING_ENGINE", "travel", "five", Some(2)).await,
            "release" => self.end(0, "build").await,
            "return" => self.end(4, "travel").await,
            "offline file" => {
                let holder = self.machine("vault");
                self.after.offline.insert(holder.clone());
                let body = json!({ "machine_key": format!("{:032x}", self.round), "holder": holder, "native": true });
                self.ask("POST", &self.licenses("KRE/offline"), Some(body)).await.map(drop)
            }
            "transfer" => {
                let ada = self.id("KSE/users", "email", EMAIL).await?;
                self.after.live.clear();
                self.after.licensed = BTreeSet::from([GRACE.into()]);
                let path = self.licenses(&format!("KSE/users/{ada}/transfer"));
                self.ask("POST", &path, Some(json!({ "email": GRACE }))).await.map(drop)
            }
            "revoke" => {
                let grace = self.id("KSE/users", "email", GRACE).await?;
                self.after.licensed.clear();
                self.ask("DELETE", &self.licenses(&format!("KSE/users/{grace}")), None).await.map(drop)
            }
            "remove machine" => {
                let machine = self.machine("build");
                let id = self.id("KRE/machines", "machine_key", &machine).await?;
                self.after.machines.remove(&machine);
                self.ask("DELETE", &self.licenses(&format!("KRE/machines/{id}")), None).await.map(drop)
            }
            other => panic!("{other} is no step"),
        }
    }

    /// Leaves nothing for the next round except offline licenses, which cannot be taken back.
    pub(super) async fn run_housekeeping(self) {
        for list in ["KSE/sessions", "KRE/sessions", "KSE/users", "KSE/machines", "KRE/machines"] {
            let path = self.licenses(&format!("{list}?page_size=200"));
            for item in self.owner.get(&path).await.body["items"].as_array().unwrap() {
                let id = item["id"].as_i64().or(item["user_id"].as_i64()).unwrap();
                let ended = self.owner.delete(&self.licenses(&format!("{list}/{id}"))).await;
                assert_eq!(ended.status, 204, "{}", ended.body);
            }
        }
    }
}
