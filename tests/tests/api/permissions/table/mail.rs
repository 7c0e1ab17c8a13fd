//! The mail settings of scopes, and their mail logs.

use serde_json::{Value, json};
use testkeep_domain::permission::{AccountAction, OrganizationAction};

use super::operation;
use crate::permissions::case::{Case, Ids, Needs, Operation, Thing, at, may};
use crate::permissions::place::Place::{self, Account, Organization};

pub(crate) fn operations() -> Vec<Operation> {
    settings().into_iter().chain(log()).chain(notifications()).collect()
}

fn configure(place: Place) -> Case {
    let needs = match place {
        Account => may(AccountAction::ConfigureMail),
        Organization => may(OrganizationAction::ConfigureMail),
        _ => Needs::Never,
    };
    at(place, needs)
}

fn each(name: &'static str, cases: fn(Place) -> Vec<Case>) -> Operation {
    Operation { name, cases: Place::ALL.into_iter().flat_map(cases).collect() }
}

/// No program listens on this port.
fn values(_: &Ids) -> Value {
    json!({ "host": "localhost", "port": 1, "protocol": "smtp", "username": "", "sender": "testkeep@example.com" })
}

fn no_values(_: &Ids) -> Value {
    json!({ "host": "", "port": 0, "protocol": "smtp", "username": "", "sender": "" })
}

fn settings() -> [Operation; 4] {
    [
        each("GET /api/v2/{level}/{id}/mail-settings", |place| vec![configure(place)]),
        each("PUT /api/v2/{level}/{id}/mail-settings", |place| {
            vec![configure(place).body(values), configure(place).wrong(no_values)]
        }),
        each("POST /api/v2/{level}/{id}/mail-settings/test", |place| {
            let test = |ids: &Ids| json!({ "recipient": "somebody@example.com", "settings": values(ids) });
            let wrong = |_: &Ids| json!({ "recipient": "nobody" });
            vec![configure(place).body(test), configure(place).wrong(wrong)]
        }),
        each("DELETE /api/v2/{level}/{id}/mail-settings", |place| {
            vec![configure(place).thing(Thing::MailSettings)]
        }),
    ]
}

fn log() -> [Operation; 3] {
    [
        each("GET /api/v2/{level}/{id}/mails", |place| {
            vec![configure(place), configure(place).wrong_query(|_| "?page_size=0".into())]
        }),
        each("POST /api/v2/{level}/{id}/mails/{mail_id}/resend", |place| {
            vec![configure(place).thing(Thing::Mail)]
        }),
        each("POST /api/v2/{level}/{id}/mails/resend", |place| {
            let one = configure(place).thing(Thing::Mail).body(|ids| json!({ "ids": [ids.thing] }));
            vec![one, configure(place).wrong(|_| json!({ "ids": [] }))]
        }),
    ]
}

fn notifications() -> [Operation; 2] {
    [
        operation("GET /api/v2/me/notifications", [at(Account, Needs::SignedIn)]),
        operation(
            "PATCH /api/v2/me/notifications",
            [
                at(Account, Needs::SignedIn).body(|_| json!({ "kind": "added", "enabled": true })),
                at(Account, Needs::SignedIn).wrong(|_| json!({ "kind": "gossip", "enabled": true })),
            ],
        ),
    ]
}
