//! Actions on other people, in every scope: lists, roles, removal, ownership, adding, invitations, and the audit log.

use serde_json::{Value, json};
use testkeep_domain::permission::{
    AccountAction, Action, OrganizationAction, ProjectAction, Role, TeamAction,
};

use super::operation;
use crate::permissions::case::{Case, Ids, Needs, Operation, Step, Subject, Target, at, may};
use crate::permissions::place::Place::{self, Account, DirectProject, Organization, Project, Team};

/// Name of an action in each kind of scope; `None`: it does not exist there.
struct Everywhere(
    Option<AccountAction>,
    Option<OrganizationAction>,
    Option<TeamAction>,
    Option<ProjectAction>,
);

impl Everywhere {
    fn at(&self, place: Place) -> Option<Action> {
        match place {
            Account => self.0.map(Into::into),
            Organization => self.1.map(Into::into),
            Team => self.2.map(Into::into),
            Project | DirectProject => self.3.map(Into::into),
        }
    }

    fn needs(&self, place: Place) -> Needs {
        self.at(place).map_or(Needs::Never, may)
    }

    fn towards(&self, place: Place) -> Needs {
        self.at(place).map_or(Needs::Never, |action| Needs::Towards(vec![action]))
    }
}

const VIEW: Everywhere = Everywhere(
    Some(AccountAction::InviteUser),
    Some(OrganizationAction::InviteUser),
    Some(TeamAction::ViewTeam),
    Some(ProjectAction::ViewProject),
);
const EXPORT: Everywhere = Everywhere(
    Some(AccountAction::ExportUsers),
    Some(OrganizationAction::ExportUsers),
    Some(TeamAction::ViewTeam),
    Some(ProjectAction::ViewProject),
);
const INVITE: Everywhere =
    Everywhere(Some(AccountAction::InviteUser), Some(OrganizationAction::InviteUser), None, None);
const RESEND: Everywhere =
    Everywhere(Some(AccountAction::ResendInvitation), Some(OrganizationAction::ResendInvitation), None, None);
const REVOKE: Everywhere =
    Everywhere(Some(AccountAction::RevokeInvitation), Some(OrganizationAction::RevokeInvitation), None, None);
const ADD: Everywhere =
    Everywhere(None, None, Some(TeamAction::AddTeamUser), Some(ProjectAction::AddProjectUser));
const EDIT_ROLE: Everywhere = Everywhere(
    Some(AccountAction::EditUserRole),
    Some(OrganizationAction::EditUserRole),
    Some(TeamAction::EditTeamUserRole),
    Some(ProjectAction::EditProjectUserRole),
);
const EDIT_LOGIN_OPTIONS: Everywhere = Everywhere(
    Some(AccountAction::EditUserLoginOptions),
    Some(OrganizationAction::EditUserLoginOptions),
    None,
    None,
);
const END_SESSIONS: Everywhere = Everywhere(Some(AccountAction::EndUserSessions), None, None, None);
const REMOVE: Everywhere = Everywhere(
    Some(AccountAction::RemoveUser),
    Some(OrganizationAction::RemoveUser),
    Some(TeamAction::RemoveTeamUser),
    Some(ProjectAction::RemoveProjectUser),
);
const TRANSFER: Everywhere = Everywhere(
    Some(AccountAction::TransferOwnership),
    Some(OrganizationAction::TransferOwnership),
    Some(TeamAction::TransferOwnership),
    Some(ProjectAction::TransferOwnership),
);
const AUDIT: Everywhere =
    Everywhere(Some(AccountAction::ViewAuditLog), Some(OrganizationAction::ViewAuditLog), None, None);

pub(crate) fn operations() -> Vec<Operation> {
    let lists = lists().into_iter().chain(adding());
    lists.chain([finding()]).chain(changing()).chain(many()).chain(inviting()).chain(invitations()).collect()
}

fn no_rows(_: &Ids) -> String {
    "?page_size=0".into()
}

fn no_column(_: &Ids) -> String {
    "?sort=password".into()
}

/// In every scope: once as it should be, and once with a query that is refused only to people with the permission.
fn list(name: &'static str, needs: &Everywhere, wrong: fn(&Ids) -> String) -> Operation {
    let cases = Place::ALL.into_iter().flat_map(|place| {
        let right = at(place, needs.needs(place));
        [right.clone(), right.wrong_query(wrong)]
    });
    Operation { name, cases: cases.collect() }
}

fn lists() -> [Operation; 6] {
    [
        list("GET /api/v2/{level}/{id}/users", &VIEW, no_rows),
        list("GET /api/v2/{level}/{id}/users/export", &EXPORT, no_column),
        list("GET /api/v2/{level}/{id}/removed-users", &INVITE, no_rows),
        list("GET /api/v2/{level}/{id}/invitations", &INVITE, no_rows),
        list("GET /api/v2/{level}/{id}/audit-events", &AUDIT, no_rows),
        list("GET /api/v2/{level}/{id}/audit-events/export", &AUDIT, no_column),
    ]
}

/// A person whom no list shows does not exist.
fn finding() -> Operation {
    let there = |place, action: Action| at(place, Needs::Finding(action)).target(Target::There(None));
    operation(
        "GET /api/v2/people/{user_id}",
        [
            at(Organization, Needs::Finding(OrganizationAction::InviteUser.into())).target(Target::Colleague),
            there(Team, TeamAction::ViewTeam.into()),
            there(DirectProject, ProjectAction::ViewProject.into()),
            at(Account, Needs::SignedIn).target(Target::Oneself).about("oneself"),
        ],
    )
}

fn adding() -> [Operation; 2] {
    let long: fn(&Ids) -> String = |_| format!("?search={}", "x".repeat(201));
    let cases = Place::ALL.into_iter().flat_map(|place| {
        let add = at(place, ADD.needs(place));
        let person = add.clone().target(Target::Colleague).body(|ids| json!({ "user_ids": [ids.user] }));
        let group = add.clone().body(|ids| json!({ "group_ids": [ids.group] })).about("a group");
        [person, group, add.wrong(|_| json!({ "user_ids": [], "group_ids": [] }))]
    });
    [
        list("GET /api/v2/{level}/{id}/candidates", &ADD, long),
        Operation { name: "POST /api/v2/{level}/{id}/users", cases: cases.collect() },
    ]
}

fn changing() -> [Operation; 4] {
    let each = |cases: fn(Place) -> Vec<Case>| Place::ALL.into_iter().flat_map(cases).collect();
    [
        Operation { name: "PATCH /api/v2/{level}/{id}/users/{user_id}", cases: each(edits) },
        Operation { name: "DELETE /api/v2/{level}/{id}/users/{user_id}", cases: each(removals) },
        Operation {
            name: "DELETE /api/v2/{level}/{id}/users/{user_id}/sessions",
            cases: each(|place| vec![at(place, END_SESSIONS.towards(place)).target(Target::There(None))]),
        },
        Operation { name: "POST /api/v2/{level}/{id}/owner", cases: each(transfers) },
    ]
}

fn many() -> [Operation; 4] {
    let each = |cases: fn(Place) -> Vec<Case>| Place::ALL.into_iter().flat_map(cases).collect();
    let members = Target::There(Some(Role::Member));
    let people = move |needs: &Everywhere, body: fn(&Ids) -> Value, wrong: fn(&Ids) -> Value| {
        let cases = Place::ALL.into_iter().flat_map(|place| {
            let case = at(place, needs.needs(place));
            [case.clone().target(members).body(body), case.wrong(wrong)]
        });
        cases.collect::<Vec<_>>()
    };
    [
        Operation {
            name: "POST /api/v2/{level}/{id}/users/remove",
            cases: people(&REMOVE, |ids| json!({ "user_ids": [ids.user] }), |_| json!({ "user_ids": [] })),
        },
        Operation {
            name: "POST /api/v2/{level}/{id}/users/role",
            cases: people(
                &EDIT_ROLE,
                |ids| json!({ "user_ids": [ids.user], "role": "member" }),
                |_| json!({ "user_ids": [], "role": "member" }),
            ),
        },
        Operation { name: "POST /api/v2/{level}/{id}/invitations/resend", cases: each(resends) },
        Operation { name: "POST /api/v2/{level}/{id}/invitations/revoke", cases: each(revocations) },
    ]
}

fn resends(place: Place) -> Vec<Case> {
    many_invitations(place, &RESEND)
}

fn revocations(place: Place) -> Vec<Case> {
    many_invitations(place, &REVOKE)
}

fn many_invitations(place: Place, needs: &Everywhere) -> Vec<Case> {
    let case = at(place, needs.needs(place));
    vec![case.clone().body(|_| json!({ "ids": [999_999] })), case.wrong(|_| json!({ "ids": [] }))]
}

fn edits(place: Place) -> Vec<Case> {
    let role = at(place, EDIT_ROLE.towards(place)).target(Target::There(None));
    let mut promoted = vec![];
    if let (Some(edit), Some(transfer)) = (EDIT_ROLE.at(place), TRANSFER.at(place)) {
        let needs = Needs::Towards(vec![edit, transfer]);
        let promotion = at(place, needs).body(|_| json!({ "role": "admin" })).about("to Admin");
        promoted.push(promotion.target(Target::There(Some(Role::Member))));
    }
    let login = at(place, EDIT_LOGIN_OPTIONS.towards(place)).body(|_| json!({ "password_sign_in": true }));
    let cases = [
        role.clone().body(|_| json!({ "role": "member" })).about("to Member"),
        at(place, EDIT_ROLE.needs(place))
            .target(Target::There(Some(Role::Member)))
            .body(|_| json!({}))
            .about("nothing"),
        login.target(Target::There(None)).about("login options"),
    ];
    cases.into_iter().chain(promoted).collect()
}

fn removals(place: Place) -> Vec<Case> {
    vec![
        at(place, REMOVE.towards(place)).target(Target::There(None)),
        at(place, Needs::BeingThere).target(Target::Oneself).by_double().about("leaving"),
    ]
}

fn transfers(place: Place) -> Vec<Case> {
    let transfer = at(place, TRANSFER.needs(place)).by_double().target(Target::There(Some(Role::Member)));
    vec![transfer.body(|ids| json!({ "user_id": ids.user }))]
}

fn inviting() -> [Operation; 3] {
    let cases = Place::ALL.into_iter().flat_map(|place| {
        let invite = at(place, INVITE.needs(place));
        let one = invite.clone().body(|ids| json!({ "addresses": format!("{}@example.com", ids.fresh) }));
        [one, invite.wrong(|_| json!({ "addresses": " " }))]
    });
    let to_project = at(Organization, may(OrganizationAction::InviteProjectUser))
        .body(|ids| json!({ "addresses": format!("{}@example.com", ids.fresh), "project_id": ids.project }))
        .about("to a project");
    let checks = Place::ALL.into_iter().flat_map(|place| {
        let check = at(place, INVITE.needs(place));
        [
            check.clone().body(|_| json!({ "addresses": "somebody@example.com" })),
            check.wrong(|_| json!({ "addresses": " " })),
        ]
    });
    let options = Place::ALL.into_iter().map(|place| at(place, INVITE.needs(place)));
    let giving = giving().into_iter();
    [
        Operation { name: "GET /api/v2/{level}/{id}/invitation-options", cases: options.collect() },
        Operation { name: "POST /api/v2/{level}/{id}/invitation-checks", cases: checks.collect() },
        Operation {
            name: "POST /api/v2/{level}/{id}/invitations",
            cases: cases.chain([to_project]).chain(giving).collect(),
        },
    ]
}

/// What is given with an invitation needs its own permission.
fn giving() -> [Case; 3] {
    let step = |action: Action| Step { at: None, action: Some(action), unseen: 404 };
    let both = |action| Needs::Steps(vec![step(OrganizationAction::InviteUser.into()), step(action)]);
    let one = |needs| at(Organization, needs);
    [
        one(both(OrganizationAction::TransferOwnership.into()))
            .body(|ids| json!({ "addresses": format!("{}@example.com", ids.fresh), "role": "owner" }))
            .about("as Owner"),
        one(both(OrganizationAction::AssignLicense.into()))
            .body(|ids| json!({ "addresses": format!("{}@example.com", ids.fresh), "products": ["KSE"] }))
            .about("with a license"),
        one(both(OrganizationAction::UpdateOrganization.into()))
            .body(|ids| json!({ "addresses": format!("{}@example.com", ids.fresh), "team_ids": [ids.team] }))
            .about("to a team"),
    ]
}

fn invitations() -> [Operation; 2] {
    use OrganizationAction::{ResendInvitation, ResendProjectInvitation, RevokeInvitation};
    let open = |place, needs, to_project| at(place, needs).subject(Subject::Invitation(to_project));
    [
        operation(
            "POST /api/v2/invitations/{id}/resend",
            [
                open(Account, may(AccountAction::ResendInvitation), false),
                open(Organization, may(ResendInvitation), false),
                open(Organization, may(ResendProjectInvitation), true).about("to a project"),
            ],
        ),
        operation(
            "DELETE /api/v2/invitations/{id}",
            [
                open(Account, may(AccountAction::RevokeInvitation), false),
                open(Organization, may(RevokeInvitation), false),
                open(Organization, may(RevokeInvitation), true).about("to a project"),
            ],
        ),
    ]
}
