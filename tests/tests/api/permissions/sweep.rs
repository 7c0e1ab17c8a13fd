//! Every person sends every request.

use testkeep_domain::permission::Action;
use testkeep_domain::permission::Role;
use testkeep_tests::api::Answer;
use testkeep_tests::on_both_databases;

use super::case::{Case, Needs, Operation, Target};
use super::expected::{Expected, expected};
use super::place::{Place, roles_down_to};
use super::table::operations;
use super::world::{Credential, Somebody, World};

on_both_databases!(everybody_gets_what_the_permission_table_says, |server| {
    let mut world = World::build(server).await;
    let people = world.people().await;
    let mut problems = Vec::new();
    let mut tried = 0;
    for operation in operations() {
        for case in &operation.cases {
            for target in targets(case) {
                for who in &people {
                    problems.extend(try_one(&mut world, &operation, case, target, who).await);
                    tried += 1;
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} of {tried}:\n{}", problems.len(), problems.join("\n"));
    assert!(tried > 3_000, "only {tried} requests");
    world.server.stop_anyhow().await;
});

on_both_databases!(answers_tell_what_is_allowed, |server| {
    let mut world = World::build(server).await;
    let mut told = 0;
    for who in world.people().await {
        for place in Place::ALL {
            let path = format!("/api/v2/{}/{}", place.segment(), world.ours.places[&place]);
            let answer = world.send("GET", &path, None, &who).await;
            if answer.status == 200 {
                let roles = roles_down_to(place, &who.roles, who.is_shut_out());
                let names = roles.allowed(&Action::all(place.level())).into_iter().map(Action::as_str);
                let allowed = serde_json::json!(names.collect::<Vec<_>>());
                assert_eq!(answer.body["actions"], allowed, "{} at {place:?}", who.name);
                told += 1;
            }
        }
    }
    assert!(told > 40, "only {told} answers");
    world.server.stop_anyhow().await;
});

/// People of every role as targets, where the role may matter.
fn targets(case: &Case) -> Vec<Target> {
    match case.target {
        Target::There(None) => {
            case.at.level().roles().iter().map(|role| Target::There(Some(*role))).collect()
        }
        one => vec![one],
    }
}

fn role_of(target: Target) -> Role {
    match target {
        Target::There(Some(role)) => role,
        _ => Role::Member,
    }
}

async fn try_one(
    world: &mut World,
    operation: &Operation,
    case: &Case,
    target: Target,
    who: &Somebody,
) -> Option<String> {
    let who = if case.by_double { &world.double(who).await } else { who };
    let others =
        matches!(case.needs, Needs::OthersOwn | Needs::OthersLease) || who.credential == Credential::None;
    let owner = if others { &world.double(who).await } else { who };
    let ids = world.ids(false, case, target, owner).await;
    let answer = world.send(operation.method(), &case.path(operation, &ids), case.body_of(&ids), who).await;
    if operation.is_write() && answer.status < 300 {
        world.spend(false, case, target);
        if case.by_double {
            world.spend_double(who);
        }
    }
    let expected = expected(case, who, role_of(target));
    (!is_as_expected(&answer, case, expected)).then(|| {
        let title = case.title(operation);
        let message = answer.message();
        format!("{title} {target:?}, {}: {} instead of {expected:?} {message}", who.name, answer.status)
    })
}

fn is_as_expected(answer: &Answer, case: &Case, expected: Expected) -> bool {
    match expected {
        Expected::Refused(status) => {
            let code = match status {
                401 => "unauthorized",
                403 => "forbidden",
                404 => "not_found",
                _ => "invalid",
            };
            answer.status == status && answer.code() == code
        }
        Expected::Allowed if case.status == 0 => answer.status < 300 || answer.code() == "conflict",
        Expected::Allowed => answer.status == case.status,
    }
}
