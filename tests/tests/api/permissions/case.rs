//! One request of the sweeps: what it needs, and how it is made.

use serde_json::Value;
use testkeep_domain::permission::{Action, Role};

use super::place::Place;

/// An operation of the OpenAPI document with the ways it is tried.
pub(crate) struct Operation {
    /// `GET /api/v2/teams/{id}`
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
    /// What `{product}` names.
    pub(crate) product: &'static str,
    pub(crate) query: fn(&Ids) -> String,
    pub(crate) body: Option<fn(&Ids) -> Value>,
    /// What somebody gets who may; 0: success, or a conflict with what is there.
    pub(crate) status: u16,
    /// Sent by a double of the person, because it takes something from the caller.
    pub(crate) by_double: bool,
}

#[derive(Clone)]
pub(crate) enum Needs {
    Nothing,
    SignedIn,
    /// Not an API key.
    Session,
    /// A session, and what is named is somebody else's own.
    OthersOwn,
    /// The same, where an API key would do.
    OthersLease,
    /// One after the other.
    Steps(Vec<Step>),
    /// All of them, each towards the target.
    Towards(Vec<Action>),
    /// A role at the very place.
    BeingThere,
    /// This level has no such thing.
    Never,
}

/// To see a place, and to be allowed something there.
#[derive(Clone)]
pub(crate) struct Step {
    /// `None`: the case's own.
    pub(crate) at: Option<Place>,
    pub(crate) action: Option<Action>,
    /// What somebody gets who does not see the place.
    pub(crate) unseen: u16,
}

/// What `{id}` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Place,
    /// Another place like it, with the same people, to be changed for good.
    Twin,
    Group,
    /// To the case's place, `true`: and to a project.
    Invitation(bool),
    OwnInvitation,
    OwnSession,
    OwnApiKey,
    /// A live session in the organization.
    OwnLease,
}

/// Whom `{user_id}`, `user_id` and `user_ids` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Nobody,
    /// At the case's place, in each role that there is, unless one is told.
    There(Option<Role>),
    /// In the organization alone.
    Colleague,
    /// In the group.
    InGroup,
    Oneself,
}

/// What must be there beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Thing {
    Nothing,
    /// Of the case's place.
    MailSettings,
    /// Of the case's place; what `{mail_id}` names.
    Mail,
    /// Of the organization, all of KRE; what `{item_id}` names.
    LicensedUser,
    LicenseSession,
    OfflineLicense,
    LicenseMachine,
}

/// What a request is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) level: &'static str,
    pub(crate) id: i64,
    /// Of what `id` names.
    pub(crate) name: String,
    pub(crate) user: i64,
    /// Of `user`; empty when it is nobody made for the case.
    pub(crate) email: String,
    pub(crate) team: i64,
    pub(crate) project: i64,
    pub(crate) group: i64,
    pub(crate) organization: i64,
    pub(crate) thing: i64,
    /// Used by nothing else.
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

    /// Well formed, and refused to somebody who may, but only to them.
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

    /// What the path says when these ids are put into it.
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

    /// In messages.
    pub(crate) fn title(&self, operation: &Operation) -> String {
        format!("{} at {:?} {}", operation.name, self.at, self.about)
    }
}
