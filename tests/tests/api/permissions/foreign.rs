//! Ids of another organization, of another kind, and of nothing, in every position where a request has an id.
//!
//! The caller may do everything in their own organization and nothing in the other one, which is built alike.

use serde_json::Value;
use testkeep_domain::permission::{Level, Role};
use testkeep_tests::api::Answer;
use testkeep_tests::on_both_databases;

use super::case::{Case, Ids, Needs, Operation, Subject, Target};
use super::place::Place;
use super::rows::{Rows, rows_of};
use super::table::operations;
use super::world::{Credential, Somebody, World};

/// One position in a request where an id stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Id,
    User,
    Team,
    Project,
    Group,
    Email,
    Organization,
    Thing,
}

const SLOTS: [Slot; 8] = [
    Slot::Id,
    Slot::User,
    Slot::Team,
    Slot::Project,
    Slot::Group,
    Slot::Email,
    Slot::Organization,
    Slot::Thing,
];
const NOTHING: [i64; 5] = [i64::MIN, -1, 0, 999_999_999, i64::MAX];

struct Sweep {
    world: World,
    /// Owner of the first organization.
    owner: Somebody,
    /// Owner of the account, who has rights in both.
    above: Somebody,
    /// A person in the second organization.
    other: Somebody,
    before: Rows,
    problems: Vec<String>,
    tried: usize,
}

on_both_databases!(no_id_reaches_another_organization, |server| {
    let mut sweep = Sweep::new(World::build(server).await).await;
    for operation in operations() {
        let before = sweep.tried;
        for case in operation.cases.iter().filter(|case| !matches!(case.needs, Needs::Nothing)) {
            sweep.try_case(&operation, case).await;
        }
        let names_something = operation.path().contains('{');
        assert!(!names_something || sweep.tried > before, "{} was not tried", operation.name);
    }
    let Sweep { problems, tried, .. } = &sweep;
    assert!(problems.is_empty(), "{} of {tried}:\n{}", problems.len(), problems.join("\n"));
    assert!(*tried > 500, "only {tried} requests");
    sweep.world.server.stop_anyhow().await;
});

impl Sweep {
    async fn new(mut world: World) -> Self {
        let everywhere = Place::ALL.map(|place| match place {
            Place::Account => (place, Role::Member),
            place => (place, Role::Owner),
        });
        let owner = world.person("owner", &everywhere, Credential::Session).await;
        let above = world.person("above", &[(Place::Account, Role::Owner)], Credential::Session).await;
        let other = world.inhabitant_of_the_other().await;
        let before = Rows::new();
        let sweep = Self { world, owner, above, other, before, problems: Vec::new(), tried: 0 };
        let rows = sweep.rows().await;
        // Tables of the installation, and tables that only an early returned lease writes.
        let of_nobody = ["license_file", "license_held_seat", "license_lock", "license_return"];
        let licenses = rows.iter().filter(|(table, _)| table.starts_with("license_"));
        let empty: Vec<_> = licenses.filter(|(_, rows)| rows.is_empty()).map(|(table, _)| table).collect();
        assert_eq!(empty, of_nobody, "a change to a table without rows would not be noticed");
        sweep
    }

    async fn try_case(&mut self, operation: &Operation, case: &Case) {
        // Cases that are refused anyway, and cases that name another person's object already.
        if case.status == 422 || matches!(case.needs, Needs::Never | Needs::OthersOwn | Needs::OthersLease) {
            return;
        }
        let who = if is_of_account(case) { self.above.clone() } else { self.owner.clone() };
        let who = if case.by_double { self.world.double(&who).await } else { who };
        let ours = self.world.ids(false, case, target(case), &who).await;
        let other = self.other.clone();
        let theirs = self.world.ids(true, case, target(case), &other).await;
        let theirs = Ids { fresh: ours.fresh.clone(), ..theirs };
        let request = Request { operation, case, who, ours };
        self.before = self.rows().await;
        self.foreign(&request, &theirs).await;
        self.unchanged(&request).await;
        self.of_another_kind(&request).await;
        self.right(&request).await;
        self.unchanged(&request).await;
    }

    async fn foreign(&mut self, request: &Request<'_>, theirs: &Ids) {
        let ours = &request.ours;
        // People of all organizations are people of the account, and invitations to the account belong to no
        // organization.
        let of_account = is_of_account(request.case);
        for slot in SLOTS.into_iter().filter(|slot| !of_account || *slot == Slot::Group) {
            let mixed = replaced(ours, slot, theirs);
            if request.is_same(&mixed, ours) {
                continue;
            }
            self.refused(request, &request.who, &mixed, &format!("another's {slot:?}")).await;
            // Even a person with rights in both must not mix their ids.
            if !request.is_same(&mixed, theirs) && !is_own(request.case) {
                let above = self.above.clone();
                self.refused(request, &above, &mixed, &format!("mixed {slot:?}")).await;
            }
        }
        if !of_account && !request.is_same(theirs, ours) {
            self.refused(request, &request.who, theirs, "all of another's").await;
        }
    }

    /// Ids of another kind (for example a team instead of a project), and numbers that nothing has.
    async fn of_another_kind(&mut self, request: &Request<'_>) {
        for slot in SLOTS {
            for id in self.strange_ids(request.case, slot) {
                let ids = replaced(&request.ours, slot, &everywhere(id, &request.ours));
                if !request.is_same(&ids, &request.ours) {
                    self.refused(request, &request.who, &ids, &format!("{slot:?} {id}")).await;
                }
            }
        }
    }

    fn strange_ids(&self, case: &Case, slot: Slot) -> Vec<i64> {
        let fits = |place: Place| match slot {
            Slot::Id => case.at.level() == place.level(),
            Slot::Team => place == Place::Team,
            Slot::Project => matches!(place, Place::Project | Place::DirectProject),
            Slot::Organization => place.level() == Level::Organization,
            Slot::User | Slot::Group | Slot::Email | Slot::Thing => true,
        };
        let is_place = match slot {
            Slot::Id => matches!(case.subject, Subject::Place | Subject::Twin),
            slot => matches!(slot, Slot::Team | Slot::Project | Slot::Organization),
        };
        let places = self.world.ours.places.iter().filter(|(place, _)| is_place && !fits(**place));
        // 0 means "no team".
        let nothing = NOTHING.into_iter().filter(|id| slot != Slot::Team || *id != 0);
        places.map(|(_, id)| *id).chain(nothing).collect()
    }

    /// The request works with the right ids, so the earlier refusals were caused by the ids.
    async fn right(&mut self, request: &Request<'_>) {
        let Request { operation, case, who, ours } = request;
        let answer = self.send(request, who, ours).await;
        if operation.is_write() && answer.status < 300 {
            self.world.spend(false, case, target(case));
            self.world.spend_double(who);
        }
        if answer.status >= 300 && answer.status != case.status && answer.code() != "conflict" {
            self.report(request, who, &answer, "with ids of one's own");
        }
    }

    async fn refused(&mut self, request: &Request<'_>, who: &Somebody, ids: &Ids, what: &str) {
        let answer = self.send(request, who, ids).await;
        // A read with a filter that matches nothing returns an empty list.
        let is_write = request.operation.is_write();
        let found = if is_write { does_something(&answer) } else { shows_something(&answer) };
        let shows = who.name != self.above.name && self.shows_theirs(&answer, ids);
        if found || answer.status >= 500 || shows {
            self.report(request, who, &answer, what);
        }
    }

    /// Checks that the case did not change the other organization.
    async fn unchanged(&mut self, request: &Request<'_>) {
        let after = self.rows().await;
        if after != self.before {
            let title = request.case.title(request.operation);
            self.problems.push(format!("{title} CHANGED the other organization"));
            self.before = after;
        }
    }

    fn report(&mut self, request: &Request<'_>, who: &Somebody, answer: &Answer, what: &str) {
        let title = request.case.title(request.operation);
        self.problems.push(format!("{title}, {}, {what}: {} {}", who.name, answer.status, answer.body));
    }

    async fn send(&mut self, request: &Request<'_>, who: &Somebody, ids: &Ids) -> Answer {
        self.tried += 1;
        let (path, body) = request.with(ids);
        self.world.send(request.operation.method(), &path, body, who).await
    }

    async fn rows(&self) -> Rows {
        let realm = &self.world.theirs;
        rows_of(&self.world.server.app.db, realm.places[&Place::Organization], realm.name).await
    }

    /// Whether the answer contains data of the other organization: each of its names and addresses contains its name.
    /// Text that the request itself sent does not count.
    fn shows_theirs(&self, answer: &Answer, ids: &Ids) -> bool {
        let mut text = answer.body.to_string();
        if !ids.email.is_empty() {
            text = text.replace(&ids.email, "");
        }
        text.contains(self.world.theirs.name)
    }
}

/// A case with a person who has the permission for it.
struct Request<'a> {
    operation: &'a Operation,
    case: &'a Case,
    who: Somebody,
    ours: Ids,
}

impl Request<'_> {
    /// Path and body.
    fn with(&self, ids: &Ids) -> (String, Option<Value>) {
        (self.case.path(self.operation, ids), self.case.body_of(ids))
    }

    fn is_same(&self, left: &Ids, right: &Ids) -> bool {
        self.with(left) == self.with(right)
    }
}

fn is_of_account(case: &Case) -> bool {
    case.at == Place::Account && !is_own(case)
}

/// A request for many objects reports the result for each.
fn is_refused(result: &Value) -> bool {
    result["outcome"] == "not_a_member" || result["outcome"] == "refused"
}

fn does_something(answer: &Answer) -> bool {
    let results = answer.body["results"].as_array();
    let all_refused = results.is_some_and(|all| all.iter().all(is_refused));
    answer.status < 300 && !all_refused
}

fn shows_something(answer: &Answer) -> bool {
    answer.status < 300 && answer.body["items"] != Value::Array(Vec::new())
}

fn is_own(case: &Case) -> bool {
    matches!(
        case.subject,
        Subject::OwnInvitation | Subject::OwnSession | Subject::OwnApiKey | Subject::OwnLease
    )
}

fn target(case: &Case) -> Target {
    match case.target {
        Target::There(None) => Target::There(Some(Role::Member)),
        one => one,
    }
}

fn replaced(ours: &Ids, slot: Slot, by: &Ids) -> Ids {
    let mut ids = ours.clone();
    match slot {
        Slot::Id => (ids.id, ids.name) = (by.id, by.name.clone()),
        Slot::User => ids.user = by.user,
        Slot::Team => ids.team = by.team,
        Slot::Project => ids.project = by.project,
        Slot::Group => ids.group = by.group,
        Slot::Email => ids.email.clone_from(&by.email),
        Slot::Organization => ids.organization = by.organization,
        Slot::Thing => ids.thing = by.thing,
    }
    ids
}

fn everywhere(id: i64, ours: &Ids) -> Ids {
    let (user, team, project, group, organization, thing) = (id, id, id, id, id, id);
    Ids { id, user, team, project, group, organization, thing, ..ours.clone() }
}
