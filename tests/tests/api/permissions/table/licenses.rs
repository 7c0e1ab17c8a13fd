//! The License Management page, and the requests of licensed programs.

use serde_json::{Value, json};
use testkeep_domain::permission::{AccountAction, OrganizationAction};

use super::operation;
use crate::permissions::case::{Case, Ids, Needs, Operation, Subject, Target, Thing, at, may};
use crate::permissions::place::Place::{Account, Organization};

use OrganizationAction::{AssignLicense, RevokeLicense, TransferLicense, ViewLicenseManagement};

pub(crate) fn operations() -> Vec<Operation> {
    let operations = installation().into_iter().chain(reading()).chain(users());
    operations.chain(taking_away()).chain(offline()).chain(settings()).chain(leases()).collect()
}

fn no_rows(_: &Ids) -> String {
    "?page_size=0".into()
}

fn no_column(_: &Ids) -> String {
    "?sort=password".into()
}

fn no_days(_: &Ids) -> String {
    "?days=0".into()
}

fn backwards(_: &Ids) -> String {
    "?from=2027-02-01&to=2027-01-01".into()
}

fn inside(action: OrganizationAction) -> Case {
    at(Organization, may(action))
}

fn view() -> Case {
    inside(ViewLicenseManagement)
}

/// For either product, and with a query that is refused only to people with the permission.
fn read(name: &'static str, wrong: fn(&Ids) -> String) -> Operation {
    operation(name, [view(), view().product("KSE").about("KSE"), view().wrong_query(wrong)])
}

fn installation() -> [Operation; 3] {
    let share = || at(Account, may(AccountAction::AssignLicense));
    [
        operation(
            "GET /api/v2/accounts/{id}/licenses",
            [at(Account, may(AccountAction::ViewSubscriptionDetails))],
        ),
        operation(
            "GET /api/v2/accounts/{id}/licenses/{product}/seats",
            [at(Account, may(AccountAction::ViewLicenseManagement))],
        ),
        operation(
            "PUT /api/v2/accounts/{id}/licenses/{product}/shares/{organization_id}",
            [
                share().body(|_| json!({ "seats": null })),
                share().body(|_| json!({ "seats": 90_000 })).about("limited"),
                share().wrong(|_| json!({ "seats": -1 })),
            ],
        ),
    ]
}

fn reading() -> [Operation; 13] {
    [
        operation("GET /api/v2/license-machines/{item_id}", [view().thing(Thing::LicenseMachine)]),
        operation("GET /api/v2/license-sessions/{item_id}", [view().thing(Thing::LicenseSession)]),
        operation("GET /api/v2/organizations/{id}/licenses", [view()]),
        operation(
            "GET /api/v2/organizations/{id}/licenses/{product}/seats",
            [view(), view().product("KSE").about("KSE")],
        ),
        operation(
            "GET /api/v2/organizations/{id}/licenses/{product}/candidates",
            [
                inside(AssignLicense),
                inside(AssignLicense).product("KSE").query(|_| "?search=a".into()).about("searched"),
            ],
        ),
        read("GET /api/v2/organizations/{id}/licenses/{product}/users", no_rows),
        read("GET /api/v2/organizations/{id}/licenses/{product}/users/export", no_column),
        read("GET /api/v2/organizations/{id}/licenses/{product}/sessions", no_rows),
        read("GET /api/v2/organizations/{id}/licenses/{product}/offline", no_rows),
        read("GET /api/v2/organizations/{id}/licenses/{product}/machines", no_rows),
        read("GET /api/v2/organizations/{id}/licenses/{product}/usage", no_days),
        read("GET /api/v2/organizations/{id}/licenses/{product}/utilization", backwards),
        read("GET /api/v2/organizations/{id}/licenses/{product}/utilization/export", backwards),
    ]
}

fn users() -> [Operation; 2] {
    let transfer = || inside(TransferLicense).thing(Thing::LicensedUser);
    [
        operation(
            "POST /api/v2/organizations/{id}/licenses/{product}/users",
            [
                inside(AssignLicense)
                    .target(Target::Colleague)
                    .product("KSE")
                    .body(|ids| json!({ "emails": [ids.email] })),
                inside(AssignLicense).wrong(|_| json!({ "emails": [] })),
            ],
        ),
        operation(
            "POST /api/v2/organizations/{id}/licenses/{product}/users/{item_id}/transfer",
            [
                transfer().target(Target::Colleague).body(|ids| json!({ "email": ids.email })),
                transfer().wrong(|_| json!({ "email": "nobody" })),
            ],
        ),
    ]
}

fn taking_away() -> [Operation; 7] {
    let revoke = |thing| inside(RevokeLicense).thing(thing);
    [
        operation(
            "DELETE /api/v2/organizations/{id}/licenses/{product}/users/{item_id}",
            [revoke(Thing::LicensedUser)],
        ),
        operation(
            "DELETE /api/v2/organizations/{id}/licenses/{product}/sessions/{item_id}",
            [revoke(Thing::LicenseSession)],
        ),
        operation(
            "DELETE /api/v2/organizations/{id}/licenses/{product}/machines/{item_id}",
            [revoke(Thing::LicenseMachine)],
        ),
        operation(
            "POST /api/v2/organizations/{id}/licenses/{product}/users/revoke",
            [
                revoke(Thing::LicensedUser).body(|ids| json!({ "user_ids": [ids.thing] })),
                inside(RevokeLicense).wrong(|_| json!({ "user_ids": [] })),
            ],
        ),
        operation(
            "POST /api/v2/organizations/{id}/licenses/{product}/sessions/end",
            [
                revoke(Thing::LicenseSession).body(|ids| json!({ "ids": [ids.thing] })),
                inside(RevokeLicense).wrong(|_| json!({ "ids": [] })),
            ],
        ),
        operation(
            "POST /api/v2/organizations/{id}/licenses/{product}/machines/remove",
            [
                revoke(Thing::LicenseMachine).body(|ids| json!({ "ids": [ids.thing] })),
                inside(RevokeLicense).wrong(|_| json!({ "ids": [] })),
            ],
        ),
        operation(
            "POST /api/v2/undo/{id}",
            [
                inside(RevokeLicense).subject(Subject::OwnUndo),
                at(Organization, Needs::OthersLease).subject(Subject::OwnUndo).about("another's"),
            ],
        ),
    ]
}

const MACHINE_ID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";

fn offline() -> [Operation; 2] {
    let file = |_: &Ids| json!({ "machine_key": MACHINE_ID, "holder": "Build server", "expires_on": null });
    let past =
        |_: &Ids| json!({ "machine_key": MACHINE_ID, "holder": "Build server", "expires_on": "2020-01-01" });
    [
        operation(
            "POST /api/v2/organizations/{id}/licenses/{product}/offline",
            [inside(AssignLicense).body(file), inside(AssignLicense).wrong(past)],
        ),
        operation(
            "GET /api/v2/organizations/{id}/licenses/{product}/offline/{item_id}/file",
            [inside(AssignLicense).thing(Thing::OfflineLicense)],
        ),
    ]
}

fn settings() -> [Operation; 2] {
    let values = |ids: &Ids| {
        let reservations = json!([{ "team_id": ids.team, "seats": 1 }]);
        json!({ "idle_minutes": 60, "assigned_only": false, "reservations": reservations })
    };
    let too_short = |_: &Ids| json!({ "idle_minutes": 4, "assigned_only": false, "reservations": [] });
    [
        operation("GET /api/v2/organizations/{id}/licenses/{product}/settings", [view()]),
        operation(
            "PUT /api/v2/organizations/{id}/licenses/{product}/settings",
            [inside(AssignLicense).body(values), inside(AssignLicense).wrong(too_short)],
        ),
    ]
}

/// As a container sends it: its machine is not registered.
fn order(ids: &Ids) -> Value {
    json!({ "organization_id": ids.id, "package": "FLOATING_ENGINE", "machine_id": ids.fresh,
            "session_id": ids.fresh })
}

fn leases() -> [Operation; 5] {
    let own = |needs| at(Organization, needs).subject(Subject::OwnLease);
    let borrowed_for_nothing = |ids: &Ids| {
        let mut order = order(ids);
        order["borrow_days"] = json!(0);
        order
    };
    [
        operation("GET /api/v2/leases", [at(Account, Needs::SignedIn)]),
        operation(
            "DELETE /api/v2/leases",
            [at(Account, Needs::SignedIn).query(|ids| format!("?machine_id={0}&session_id={0}", ids.fresh))],
        ),
        operation(
            "POST /api/v2/leases",
            [
                at(Organization, Needs::BeingThere).body(order),
                // A malformed request is refused in the same way to everybody who is signed in, so it reveals nothing
                // about the organization.
                at(Organization, Needs::SignedIn).wrong(borrowed_for_nothing),
            ],
        ),
        operation(
            "POST /api/v2/leases/{id}/renew",
            [
                own(Needs::SignedIn).body(|_| json!({})),
                own(Needs::OthersLease).body(|_| json!({})).about("another's"),
            ],
        ),
        operation(
            "DELETE /api/v2/leases/{id}",
            [own(Needs::SignedIn), own(Needs::OthersLease).about("another's")],
        ),
    ]
}
