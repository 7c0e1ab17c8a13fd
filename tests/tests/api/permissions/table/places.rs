//! The account, organizations, teams, projects and user groups themselves.

use serde_json::{Value, json};
use testkeep_domain::permission::{AccountAction, OrganizationAction, ProjectAction, TeamAction};

use super::operation;
use crate::permissions::case::{Case, Ids, Needs, Operation, Subject, Target, at, may, seeing};
use crate::permissions::place::Place::{self, Account, DirectProject, Organization, Project, Team};

pub(crate) fn operations() -> Vec<Operation> {
    let places = accounts().into_iter().chain(organizations()).chain(teams()).chain(projects());
    places.chain(groups()).chain(people_of_groups()).collect()
}

fn same_name(ids: &Ids) -> Value {
    json!({ "name": ids.name })
}

fn fresh_name(ids: &Ids) -> Value {
    json!({ "name": ids.fresh })
}

fn no_name(_: &Ids) -> Value {
    json!({ "name": " " })
}

fn nothing(_: &Ids) -> Value {
    json!({})
}

fn typed_name(ids: &Ids) -> String {
    format!("?confirm={}", ids.name)
}

fn no_rows(_: &Ids) -> String {
    "?page_size=0".into()
}

/// Deletion, and its refusal without the typed name.
fn deleted(place: Place, needs: Needs) -> [Case; 2] {
    let twin = at(place, needs).subject(Subject::Twin);
    [twin.clone().query(typed_name), twin.wrong_query(|_| "?confirm=".into())]
}

fn accounts() -> [Operation; 2] {
    let update = || at(Account, may(AccountAction::UpdateAccount));
    [
        operation("GET /api/v2/accounts/{id}", [at(Account, may(AccountAction::ViewAccount))]),
        operation("PATCH /api/v2/accounts/{id}", [update().body(same_name), update().wrong(no_name)]),
    ]
}

fn organizations() -> [Operation; 5] {
    use OrganizationAction::{DeleteOrganization, UpdateOrganization, ViewOrganization};
    let create = || at(Account, may(AccountAction::CreateOrganization));
    let update = || at(Organization, may(UpdateOrganization));
    [
        operation("GET /api/v2/organizations", [at(Account, Needs::SignedIn)]),
        operation("POST /api/v2/organizations", [create().body(fresh_name), create().wrong(no_name)]),
        operation("GET /api/v2/organizations/{id}", [at(Organization, may(ViewOrganization))]),
        operation(
            "PATCH /api/v2/organizations/{id}",
            [
                update().body(same_name).about("name"),
                update().body(|_| json!({ "teams_enabled": true })).about("teams"),
                update().body(nothing).about("nothing"),
                update().wrong(no_name),
            ],
        ),
        operation("DELETE /api/v2/organizations/{id}", deleted(Organization, may(DeleteOrganization))),
    ]
}

fn teams() -> [Operation; 5] {
    let create = || at(Organization, may(OrganizationAction::CreateTeam));
    let edit = || at(Team, may(TeamAction::EditTeam));
    [
        operation(
            "GET /api/v2/organizations/{id}/teams",
            [at(Organization, seeing()), at(Organization, seeing()).wrong_query(no_rows)],
        ),
        operation(
            "POST /api/v2/organizations/{id}/teams",
            [create().body(fresh_name), create().wrong(no_name)],
        ),
        operation("GET /api/v2/teams/{id}", [at(Team, may(TeamAction::ViewTeam))]),
        operation("PATCH /api/v2/teams/{id}", [edit().body(same_name), edit().wrong(no_name)]),
        operation("DELETE /api/v2/teams/{id}", deleted(Team, may(TeamAction::DeleteTeam))),
    ]
}

fn projects() -> [Operation; 5] {
    use ProjectAction::{DeleteProject, EditProject, ViewProject};
    let list = || at(Organization, may(OrganizationAction::ViewProjects));
    let create = || at(Organization, may(OrganizationAction::CreateProject));
    let into_team = seeing().then(Team, TeamAction::CreateProject, 422);
    let edit = |place| at(place, may(EditProject));
    let [deleted_one, unconfirmed] = deleted(Project, may(DeleteProject));
    let [deleted_direct, _] = deleted(DirectProject, may(DeleteProject));
    [
        operation(
            "GET /api/v2/organizations/{id}/projects",
            [
                list(),
                list().query(|ids| format!("?archived=all&team_id={}", ids.team)).about("of a team"),
                list().wrong_query(no_rows),
            ],
        ),
        operation(
            "POST /api/v2/organizations/{id}/projects",
            [
                create().body(fresh_name),
                at(Organization, into_team)
                    .body(|ids| json!({ "name": ids.fresh, "team_id": ids.team }))
                    .about("in a team"),
                create().wrong(no_name),
            ],
        ),
        operation(
            "GET /api/v2/projects/{id}",
            [at(Project, may(ViewProject)), at(DirectProject, may(ViewProject))],
        ),
        operation(
            "PATCH /api/v2/projects/{id}",
            [
                edit(Project).body(|ids| json!({ "name": ids.name, "description": "D" })),
                edit(DirectProject).body(|_| json!({ "archived": false })).about("archived"),
                edit(Project).body(nothing).about("nothing"),
                edit(Project).wrong(no_name),
                at(Project, may(EditProject).then(Organization, OrganizationAction::CreateProject, 404))
                    .subject(Subject::Twin)
                    .body(|_| json!({ "team_id": 0 }))
                    .about("out of its team"),
                at(DirectProject, may(EditProject).then(Team, TeamAction::CreateProject, 422))
                    .subject(Subject::Twin)
                    .body(|ids| json!({ "team_id": ids.team }))
                    .about("into a team"),
            ],
        ),
        operation("DELETE /api/v2/projects/{id}", [deleted_one, unconfirmed, deleted_direct]),
    ]
}

fn groups() -> [Operation; 5] {
    use OrganizationAction::{CreateGroup, DeleteGroup, EditGroupDescription, EditGroupName, ViewGroups};
    let list = || at(Organization, may(ViewGroups));
    let create = || at(Organization, may(CreateGroup));
    let group = |action| at(Organization, may(action)).subject(Subject::Group);
    [
        operation("GET /api/v2/organizations/{id}/groups", [list(), list().wrong_query(no_rows)]),
        operation(
            "POST /api/v2/organizations/{id}/groups",
            [create().body(fresh_name), create().wrong(no_name)],
        ),
        operation("GET /api/v2/groups/{id}", [group(ViewGroups)]),
        operation(
            "PATCH /api/v2/groups/{id}",
            [
                group(EditGroupName).body(fresh_name).about("name"),
                group(EditGroupDescription)
                    .body(|ids| json!({ "description": ids.fresh }))
                    .about("description"),
                group(ViewGroups).body(nothing).about("nothing"),
                group(EditGroupName).wrong(no_name),
            ],
        ),
        operation("DELETE /api/v2/groups/{id}", [group(DeleteGroup)]),
    ]
}

fn people_of_groups() -> [Operation; 4] {
    use OrganizationAction::{AddGroupUser, RemoveGroupUser, ViewGroups};
    let group = |action| at(Organization, may(action)).subject(Subject::Group);
    [
        operation(
            "GET /api/v2/groups/{id}/users",
            [group(ViewGroups), group(ViewGroups).wrong_query(no_rows)],
        ),
        operation(
            "POST /api/v2/groups/{id}/users",
            [
                group(AddGroupUser).target(Target::Colleague).body(|ids| json!({ "user_ids": [ids.user] })),
                group(AddGroupUser).wrong(|_| json!({ "user_ids": [] })),
            ],
        ),
        operation(
            "DELETE /api/v2/groups/{id}/users/{user_id}",
            [group(RemoveGroupUser).target(Target::InGroup)],
        ),
        operation("GET /api/v2/groups/{id}/candidates", [group(AddGroupUser)]),
    ]
}
