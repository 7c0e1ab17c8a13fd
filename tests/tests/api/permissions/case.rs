//! One request of the sweeps: the permission it needs, and how it is sent.

use serde_json::Value;
use testkeep_domain::permission::{Action, Role};

use super::place::Place;

/// An operation of the OpenAPI document with the cases in which it is tried.
pub(crate) struct Operation {
    /// For example `GET /api/v2/teams/{id}`.
    pub(crate) name: &'static str,
    pub(crate) cases: Vec<Case>,
}

impl Operation {
    pub(crate) fn method(&self) -> &'static str {
        self.name.split_once(' ').map_or("", |(method, _)| method)
    }

    pub(crate) fn path(&self) -> &'static str {
        self.name.split_once(' ').map_or("", |(_, path)| path)
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method() != "GET"
    }
}

#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) at: Place,
    pub(crate) needs: Needs,
    pub(crate) about: &'static str,
    pub(crate) subject: Subject,
    pub(crate) target: Target,
    pub(crate) thing: Thing,
    /// Value of `{product}`.
    pub(crate) product: &'static str,
    pub(crate) query: fn(&Ids) -> String,
    pub(crate) body: Option<fn(&Ids) -> Value>,
    /// Status for a person who has the permission; 0: success, or a conflict with existing data.
    pub(crate) status: u16,
    /// Sent by a copy of the person, because the request takes something away from its caller.
    pub(crate) by_double: bool,
}

#[derive(Clone)]
pub(crate) enum Needs {
    Nothing,
    SignedIn,
    /// A sign-in session; an API key is refused.
    Session,
    /// A sign-in session; the named object belongs to another person.
    OthersOwn,
    /// The same, but an API key is accepted as well.
    OthersLease,
    /// Several permissions, checked one after the other.
    Steps(Vec<Step>),
    /// All of these actions, each on the target person.
    Towards(Vec<Action>),
    /// This permission; without it, the object does not exist for the person.
    Finding(Action),
    /// A role in exactly this scope, not only above it.
    BeingThere,
    /// This kind of scope has no such object.
    Never,
}

/// Seeing a scope, and a permission in it.
#[derive(Clone)]
pub(crate) struct Step {
    /// `None`: the case's own scope.
    pub(crate) at: Option<Place>,
    pub(crate) action: Option<Action>,
    /// Status for a person who does not see the scope.
    pub(crate) unseen: u16,
}

/// Object that `{id}` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Place,
    /// A second scope of the same kind with the same people, for permanent changes.
    Twin,
    Group,
    /// An invitation to the case's scope; `true`: and to a project.
    Invitation(bool),
    OwnInvitation,
    OwnSession,
    OwnApiKey,
    /// A live session in the organization.
    OwnLease,
    /// A revocation in the organization that its person may still undo.
    OwnUndo,
    /// An execution of the project, and what belongs to it.
    Execution,
    ExecutionFile,
    TestResult,
    TestCase,
}

/// Person that `{user_id}`, `user_id` and `user_ids` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Nobody,
    /// A person in the case's scope, in each role that exists, unless one is given.
    There(Option<Role>),
    /// A person in the organization only.
    Colleague,
    /// A person in the group.
    InGroup,
    Oneself,
}

/// A further object that must exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Thing {
    Nothing,
    /// Of the case's scope.
    MailSettings,
    /// Of the case's scope; named by `{mail_id}`.
    Mail,
    /// This and the next three belong to the organization and to KRE; named by `{item_id}`.
    LicensedUser,
    LicenseSession,
    OfflineLicense,
    LicenseMachine,
}

/// Values that a request is built from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) level: &'static str,
    pub(crate) id: i64,
    /// Name of the object that `id` names.
    pub(crate) name: String,
    pub(crate) user: i64,
    /// Email address of `user`; empty when the person was not made for the case.
    pub(crate) email: String,
    pub(crate) team: i64,
    pub(crate) project: i64,
    pub(crate) group: i64,
    pub(crate) organization: i64,
    pub(crate) thing: i64,
    /// A text that nothing else uses.
    pub(crate) fresh: String,
}

pub(crate) fn at(place: Place, needs: Needs) -> Case {
    Case {
        at: place,
        needs,
        about: "",
        subject: Subject::Place,
        target: Target::Nobody,
        thing: Thing::Nothing,
        product: "KRE",
        query: |_| String::new(),
        body: None,
        status: 0,
        by_double: false,
    }
}

pub(crate) fn may(action: impl Into<Action>) -> Needs {
    Needs::Steps(vec![Step { at: None, action: Some(action.into()), unseen: 404 }])
}

pub(crate) fn seeing() -> Needs {
    Needs::Steps(vec![Step { at: None, action: None, unseen: 404 }])
}

impl Needs {
    pub(crate) fn then(self, place: Place, action: impl Into<Action>, unseen: u16) -> Self {
        let Self::Steps(mut steps) = self else { panic!("steps follow steps") };
        steps.push(Step { at: Some(place), action: Some(action.into()), unseen });
        Self::Steps(steps)
    }
}

impl Case {
    pub(crate) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    pub(crate) fn subject(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    pub(crate) fn target(self, target: Target) -> Self {
        Self { target, ..self }
    }

    pub(crate) fn thing(self, thing: Thing) -> Self {
        Self { thing, ..self }
    }

    pub(crate) fn product(self, product: &'static str) -> Self {
        Self { product, ..self }
    }

    pub(crate) fn query(self, query: fn(&Ids) -> String) -> Self {
        Self { query, ..self }
    }

    pub(crate) fn body(self, body: fn(&Ids) -> Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// A well-formed request that is refused as invalid only to people with the permission.
    pub(crate) fn wrong(self, body: fn(&Ids) -> Value) -> Self {
        Self { body: Some(body), about: "wrong", status: 422, ..self }
    }

    pub(crate) fn wrong_query(self, query: fn(&Ids) -> String) -> Self {
        Self { query, about: "wrong", status: 422, ..self }
    }

    pub(crate) fn answers(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn by_double(self) -> Self {
        Self { by_double: true, ..self }
    }

    /// The path with these ids in it.
    pub(crate) fn path(&self, operation: &Operation, ids: &Ids) -> String {
        let numbers = [
            ("{id}", ids.id),
            ("{user_id}", ids.user),
            ("{mail_id}", ids.thing),
            ("{item_id}", ids.thing),
            ("{organization_id}", ids.organization),
        ];
        let path = operation.path().replace("{level}", ids.level).replace("{product}", self.product);
        let path = numbers.iter().fold(path, |path, (name, id)| path.replace(name, &id.to_string()));
        path + &(self.query)(ids)
    }

    pub(crate) fn body_of(&self, ids: &Ids) -> Option<Value> {
        self.body.map(|body| body(ids))
    }

    /// Title for messages.
    pub(crate) fn title(&self, operation: &Operation) -> String {
        format!("{} at {:?} {}", operation.name, self.at, self.about)
    }
}
