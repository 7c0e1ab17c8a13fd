//! Ids of another organization, of another kind, and of nothing at all, in every place where a request names one.
//!
//! Whoever asks may do everything in their own organization and nothing in the other, which is built alike.

use serde_json::Value;
use testkeep_domain::permission::Role;
use testkeep_tests::api::Answer;
use testkeep_tests::on_both_databases;

use super::case::{Case, Ids, Needs, Operation, Subject, Target};
use super::place::Place;
use super::rows::{Rows, rows_of};
use super::table::operations;
use super::world::{Credential, Somebody, World};

/// One place in a request where an id stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Id,
    User,
    Team,
    Project,
    Group,
}

const SLOTS: [Slot; 5] = [Slot::Id, Slot::User, Slot::Team, Slot::Project, Slot::Group];
const NOTHING: [i64; 5] = [i64::MIN, -1, 0, 999_999_999, i64::MAX];

struct Sweep {
    world: World,
    /// Owner of the first organization.
    owner: Somebody,
    /// Of the account, who has rights in both.
    above: Somebody,
    /// In the second organization.
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
    sweep.world.server.stop().await;
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
        Self { world, owner, above, other, before, problems: Vec::new(), tried: 0 }
    }

    async fn try_case(&mut self, operation: &Operation, case: &Case) {
        // What is refused anyway, and what asks for somebody else's own thing already.
        if case.status == 422 || matches!(case.needs, Needs::Never | Needs::OthersOwn) {
            return;
        }
        let who = if case.at == Place::Account && !is_own(case) { &self.above } else { &self.owner };
        let who = &who.clone();
        let owner = if case.by_double { &self.world.double(who).await } else { who };
        let ours = self.world.ids(false, case, target(case), owner).await;
        let theirs = self.world.ids(true, case, target(case), &self.other.clone()).await;
        self.before = self.rows().await;
        self.foreign(operation, case, owner, &ours, &theirs).await;
        self.unchanged(operation, case).await;
        self.of_another_kind(operation, case, owner, &ours).await;
        self.right(operation, case, owner, &ours).await;
        self.unchanged(operation, case).await;
    }

    /// The other organization is as it was before the case.
    async fn unchanged(&mut self, operation: &Operation, case: &Case) {
        let after = self.rows().await;
        if after != self.before {
            let title = case.title(operation);
            self.problems.push(format!("{title} CHANGED the other organization"));
            self.before = after;
        }
    }

    async fn foreign(
        &mut self,
        operation: &Operation,
        case: &Case,
        who: &Somebody,
        ours: &Ids,
        theirs: &Ids,
    ) {
        let above = self.above.clone();
        // People of all organizations are people of the account, and invitations to it belong to nobody else.
        let shared = |slot: &Slot| case.at == Place::Account && !is_own(case) && *slot != Slot::Group;
        let all = Ids { fresh: ours.fresh.clone(), ..theirs.clone() };
        for slot in SLOTS.into_iter().filter(|slot| !shared(slot)) {
            let mixed = replaced(ours, slot, theirs);
            if !self.differ(operation, case, &mixed, ours) {
                continue;
            }
            self.refused(operation, case, who, &mixed, &format!("another's {slot:?}")).await;
            // Somebody with rights in both must not mix them.
            if self.differ(operation, case, &mixed, &all) && !is_own(case) {
                self.refused(operation, case, &above, &mixed, &format!("mixed {slot:?}")).await;
            }
        }
        if case.at != Place::Account && self.differ(operation, case, &all, ours) {
            self.refused(operation, case, who, &all, "all of another's").await;
        }
    }

    /// A team where a project belongs, and numbers that are nobody's.
    async fn of_another_kind(&mut self, operation: &Operation, case: &Case, who: &Somebody, ours: &Ids) {
        let places = self.world.ours.places.clone();
        for slot in SLOTS {
            let fits = |place: Place| match slot {
                Slot::Id => case.at.level() == place.level(),
                Slot::Team => place == Place::Team,
                Slot::Project => matches!(place, Place::Project | Place::DirectProject),
                Slot::User | Slot::Group => true,
            };
            let is_place = match slot {
                Slot::Id => matches!(case.subject, Subject::Place | Subject::Twin),
                slot => matches!(slot, Slot::Team | Slot::Project),
            };
            let strange = places.iter().filter(|(place, _)| is_place && !fits(**place)).map(|(_, id)| *id);
            // 0 is a team's absence.
            let nothing = NOTHING.into_iter().filter(|id| slot != Slot::Team || *id != 0);
            for id in strange.chain(nothing) {
                let ids = replaced(ours, slot, &everywhere(id, ours));
                if self.differ(operation, case, &ids, ours) {
                    self.refused(operation, case, who, &ids, &format!("{slot:?} {id}")).await;
                }
            }
        }
    }

    /// The request is one that works: what was refused was refused because of the id.
    async fn right(&mut self, operation: &Operation, case: &Case, who: &Somebody, ours: &Ids) {
        let answer = self.send(operation, case, who, ours).await;
        if operation.is_write() && answer.status < 300 {
            self.world.spend(false, case, target(case));
            self.world.spend_double(who);
        }
        if answer.status >= 300 && answer.status != case.status && answer.code() != "conflict" {
            self.report(operation, case, who, &answer, "with ids of one's own");
        }
    }

    async fn refused(&mut self, operation: &Operation, case: &Case, who: &Somebody, ids: &Ids, what: &str) {
        let answer = self.send(operation, case, who, ids).await;
        // A filter that names nothing finds nothing.
        let found = if operation.is_write() { answer.status < 300 } else { shows_something(&answer) };
        if found || answer.status >= 500 || (who.name != "above" && self.shows_theirs(&answer)) {
            self.report(operation, case, who, &answer, what);
        }
    }

    fn report(&mut self, operation: &Operation, case: &Case, who: &Somebody, answer: &Answer, what: &str) {
        let title = case.title(operation);
        self.problems.push(format!("{title}, {}, {what}: {} {}", who.name, answer.status, answer.body));
    }

    async fn send(&mut self, operation: &Operation, case: &Case, who: &Somebody, ids: &Ids) -> Answer {
        self.tried += 1;
        self.world.send(operation.method(), &case.path(operation, ids), case.body_of(ids), who).await
    }

    fn differ(&self, operation: &Operation, case: &Case, left: &Ids, right: &Ids) -> bool {
        case.path(operation, left) != case.path(operation, right) || case.body_of(left) != case.body_of(right)
    }

    async fn rows(&self) -> Rows {
        let realm = &self.world.theirs;
        rows_of(&self.world.server.app.db, realm.places[&Place::Organization], realm.name).await
    }

    /// Every name and address of the other organization has its name in it.
    fn shows_theirs(&self, answer: &Answer) -> bool {
        answer.body.to_string().contains(self.world.theirs.name)
    }
}

fn shows_something(answer: &Answer) -> bool {
    answer.status < 300 && answer.body["items"] != Value::Array(Vec::new())
}

fn is_own(case: &Case) -> bool {
    matches!(case.subject, Subject::OwnInvitation | Subject::OwnSession | Subject::OwnApiKey)
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
    }
    ids
}

fn everywhere(id: i64, ours: &Ids) -> Ids {
    Ids { id, user: id, team: id, project: id, group: id, ..ours.clone() }
}
