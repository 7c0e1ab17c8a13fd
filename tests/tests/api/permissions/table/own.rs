//! The installation, sessions, and changes of people to their own user.

use serde_json::json;
use testkeep_domain::permission::AccountAction;
use testkeep_tests::api::{EMAIL, PASSWORD};

use super::operation;
use crate::permissions::case::{Ids, Needs, Operation, Subject, at, may};
use crate::permissions::place::Place::Account;

pub(crate) fn operations() -> Vec<Operation> {
    installation()
        .into_iter()
        .chain(myself())
        .chain(keys_and_sessions())
        .chain(links())
        .chain(sign_in_links())
        .chain(forgotten_passwords())
        .collect()
}

fn installation() -> [Operation; 9] {
    let door = json_of_default_account;
    [
        operation("GET /api/v2/status", [at(Account, Needs::Nothing)]),
        operation("GET /api/v2/overview", [at(Account, Needs::SignedIn)]),
        operation("GET /api/v2/system", [at(Account, may(AccountAction::ConfigureMail))]),
        operation("GET /api/v2/activation", [at(Account, Needs::SignedIn)]),
        operation(
            "POST /api/v2/activation",
            [at(Account, may(AccountAction::UpdateAccount)).wrong(|_| json!("no license"))],
        ),
        operation("POST /api/v2/clock/reset", [at(Account, may(AccountAction::UpdateAccount))]),
        // Possible once per installation.
        operation("POST /api/v2/default-account", [at(Account, Needs::Nothing).body(door).answers(409)]),
        operation(
            "POST /api/v2/sessions",
            [at(Account, Needs::Nothing).body(|_| json!({ "email": EMAIL, "password": PASSWORD }))],
        ),
        operation("DELETE /api/v2/sessions/current", [at(Account, Needs::Session).by_double()]),
    ]
}

fn json_of_default_account(_: &Ids) -> serde_json::Value {
    json!({ "setup_token": "guessed", "email": "second@example.com", "password": PASSWORD, "first_name": "A",
            "last_name": "B" })
}

fn myself() -> [Operation; 6] {
    [
        operation(
            "GET /api/v2/search",
            [
                at(Account, Needs::SignedIn).query(|_| "?q=some".into()),
                at(Account, Needs::SignedIn).wrong_query(|_| "?q=a&limit=0".into()),
            ],
        ),
        operation("GET /api/v2/me", [at(Account, Needs::SignedIn)]),
        operation(
            "PATCH /api/v2/me",
            [
                at(Account, Needs::SignedIn).body(|ids| json!({ "last_name": ids.fresh })),
                at(Account, Needs::SignedIn).wrong(|_| json!({ "time_zone": "Atlantis" })),
            ],
        ),
        operation(
            "GET /api/v2/me/inbox",
            [at(Account, Needs::SignedIn), at(Account, Needs::SignedIn).wrong_query(|_| "?limit=0".into())],
        ),
        operation(
            "PUT /api/v2/me/inbox",
            [
                at(Account, Needs::SignedIn).body(|_| json!({ "seen_until": "2026-01-01T00:00:00Z" })),
                at(Account, Needs::SignedIn).wrong(|_| json!({ "seen_until": "yesterday" })),
            ],
        ),
        operation(
            "POST /api/v2/me/password",
            [
                at(Account, Needs::Session).by_double().body(change_of_password),
                at(Account, Needs::Session)
                    .wrong(|_| json!({ "current_password": PASSWORD, "new_password": "short" })),
            ],
        ),
    ]
}

fn change_of_password(_: &Ids) -> serde_json::Value {
    json!({ "current_password": PASSWORD, "new_password": "another password" })
}

fn keys_and_sessions() -> [Operation; 7] {
    [
        operation("GET /api/v2/me/sessions", [at(Account, Needs::Session)]),
        operation("DELETE /api/v2/me/sessions", [at(Account, Needs::Session)]),
        operation(
            "DELETE /api/v2/me/sessions/{id}",
            [
                at(Account, Needs::Session).subject(Subject::OwnSession),
                at(Account, Needs::OthersOwn).subject(Subject::OwnSession).about("another's"),
            ],
        ),
        operation(
            "POST /api/v2/me/sessions/end",
            [
                at(Account, Needs::Session).body(|_| json!({ "ids": [999_999] })),
                at(Account, Needs::Session).wrong(|_| json!({ "ids": [] })),
            ],
        ),
        operation("GET /api/v2/me/api-keys", [at(Account, Needs::Session)]),
        operation(
            "POST /api/v2/me/api-keys",
            [
                at(Account, Needs::Session).body(|ids| json!({ "name": ids.fresh })),
                at(Account, Needs::Session).wrong(|_| json!({ "name": "" })),
            ],
        ),
        operation(
            "DELETE /api/v2/me/api-keys/{id}",
            [
                at(Account, Needs::Session).subject(Subject::OwnApiKey),
                at(Account, Needs::OthersOwn).subject(Subject::OwnApiKey).about("another's"),
            ],
        ),
    ]
}

fn links() -> [Operation; 5] {
    let own = |needs| at(Account, needs).subject(Subject::OwnInvitation);
    [
        operation(
            "POST /api/v2/me/invitations/{id}/accept",
            [own(Needs::Session), own(Needs::OthersOwn).about("another's")],
        ),
        operation(
            "POST /api/v2/me/invitations/{id}/decline",
            [own(Needs::Session), own(Needs::OthersOwn).about("another's")],
        ),
        operation(
            "POST /api/v2/invitation-link/look",
            [at(Account, Needs::Nothing).body(|ids| json!({ "token": ids.fresh })).answers(410)],
        ),
        operation(
            "POST /api/v2/invitation-link/password",
            [at(Account, Needs::Nothing)
                .body(|ids| json!({ "token": ids.fresh, "password": PASSWORD }))
                .answers(410)],
        ),
        operation(
            "POST /api/v2/invitation-link/accept",
            [at(Account, Needs::Session).body(|ids| json!({ "token": ids.fresh })).answers(410)],
        ),
    ]
}

fn sign_in_links() -> [Operation; 2] {
    [
        operation("POST /api/v2/sign-in-links", [at(Account, Needs::Session)]),
        operation(
            "POST /api/v2/sign-in-links/follow",
            [at(Account, Needs::Nothing).body(|ids| json!({ "token": ids.fresh })).answers(410)],
        ),
    ]
}

fn forgotten_passwords() -> [Operation; 3] {
    let token = |ids: &crate::permissions::case::Ids| json!({ "token": ids.fresh });
    let chosen = |ids: &crate::permissions::case::Ids| json!({ "token": ids.fresh, "password": PASSWORD });
    [
        // Mail is not configured.
        operation(
            "POST /api/v2/password-resets",
            [at(Account, Needs::Nothing).body(|_| json!({ "email": EMAIL })).answers(409)],
        ),
        operation(
            "POST /api/v2/password-resets/look",
            [at(Account, Needs::Nothing).body(token).answers(410)],
        ),
        operation(
            "POST /api/v2/password-resets/password",
            [at(Account, Needs::Nothing).body(chosen).answers(410)],
        ),
    ]
}
