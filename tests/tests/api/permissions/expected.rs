//! Computes a request's expected answer from the permission table and from people's roles. Must not use the server's
//! own code for this decision.

use testkeep_domain::permission::{Action, Role, Rule};

use super::case::{Case, Needs, Step};
use super::place::{Place, roles_down_to};
use super::world::{Credential, Somebody};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Refused(u16),
    /// Not refused; with the status that the case defines.
    Allowed,
}

use Expected::{Allowed, Refused};

/// `target`: role of the person on whom the action is done.
pub(crate) fn expected(case: &Case, who: &Somebody, target: Role) -> Expected {
    if matches!(case.needs, Needs::Nothing) {
        return Allowed;
    }
    if who.credential == Credential::None {
        return Refused(401);
    }
    let by_key = who.credential == Credential::ApiKey;
    match &case.needs {
        Needs::Session | Needs::OthersOwn if by_key => Refused(403),
        Needs::Nothing | Needs::SignedIn | Needs::Session => Allowed,
        Needs::OthersOwn | Needs::OthersLease | Needs::Never => Refused(404),
        Needs::Steps(steps) => after_all(steps.iter().map(|step| step_taken(step, case.at, who))),
        Needs::Towards(actions) => {
            let seen = seen(case.at, who, 404);
            let each = actions.iter().map(|action| towards(*action, case.at, who, target));
            after_all([seen].into_iter().chain(each))
        }
        Needs::Finding(action) => match roles_down_to(case.at, &who.roles, who.is_shut_out()).rule(*action) {
            Rule::No => Refused(404),
            Rule::MembersOnly | Rule::Yes => Allowed,
        },
        Needs::BeingThere => match seen(case.at, who, 404) {
            Allowed if !who.roles.contains_key(&case.at) => Refused(404),
            seen => seen,
        },
    }
}

/// The first refusal counts.
fn after_all(mut steps: impl Iterator<Item = Expected>) -> Expected {
    steps.find(|step| *step != Allowed).unwrap_or(Allowed)
}

fn step_taken(step: &Step, own: Place, who: &Somebody) -> Expected {
    let place = step.at.unwrap_or(own);
    match (seen(place, who, step.unseen), step.action) {
        (Allowed, Some(action)) => towards(action, place, who, Role::Member),
        (seen, _) => seen,
    }
}

/// A closed scope answers that it is closed, to people for whom it is.
fn seen(place: Place, who: &Somebody, unseen: u16) -> Expected {
    let closed = who.is_shut_out();
    match roles_down_to(place, &who.roles, closed).may_see(place.level()) {
        true => Allowed,
        false if closed && place != Place::Account => Refused(403),
        false => Refused(unseen),
    }
}

fn towards(action: Action, place: Place, who: &Somebody, target: Role) -> Expected {
    match roles_down_to(place, &who.roles, who.is_shut_out()).rule(action) {
        Rule::Yes => Allowed,
        Rule::MembersOnly if target == Role::Member => Allowed,
        Rule::MembersOnly | Rule::No => Refused(403),
    }
}
