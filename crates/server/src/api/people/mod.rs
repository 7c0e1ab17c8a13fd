//! People: signing in, their own account, users and roles, invitations, user groups.

pub(crate) mod adding;
pub(crate) mod api_keys;
pub(crate) mod group_users;
pub(crate) mod groups;
pub(crate) mod inbox;
pub(crate) mod invitation_delivery;
pub(crate) mod invitation_link;
pub(crate) mod invitation_options;
pub(crate) mod invitations;
pub(crate) mod many;
pub(crate) mod me;
pub(crate) mod member_details;
pub(crate) mod notifications;
pub(crate) mod password_resets;
pub(crate) mod person;
pub(crate) mod profile;
pub(crate) mod sessions;
pub(crate) mod sign_in_links;
pub(crate) mod users;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create_session))
        .routes(routes!(sessions::delete_current_session))
        .routes(routes!(sign_in_links::create_sign_in_link))
        .routes(routes!(sign_in_links::follow_sign_in_link))
        .routes(routes!(me::find_me, profile::update_me))
        .routes(routes!(profile::change_password))
        .routes(routes!(profile::list_sessions, profile::delete_other_sessions))
        .routes(routes!(profile::delete_session))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::delete_api_key))
        .routes(routes!(groups::list_groups, groups::create_group))
        .routes(routes!(groups::find_group, groups::update_group, groups::delete_group))
        .routes(routes!(group_users::list_group_users, group_users::add_group_users))
        .routes(routes!(group_users::remove_group_user))
        .routes(routes!(group_users::list_group_candidates))
        .routes(routes!(adding::add_users))
        .routes(routes!(adding::list_candidates))
        .routes(routes!(person::find_person))
        .routes(routes!(users::list_users))
        .routes(routes!(users::export_users))
        .routes(routes!(users::update_user, users::delete_user))
        .routes(routes!(users::end_user_sessions))
        .routes(routes!(many::remove_users))
        .routes(routes!(many::update_roles))
        .routes(routes!(many::resend_invitations))
        .routes(routes!(many::revoke_invitations))
        .routes(routes!(many::end_own_sessions))
        .routes(routes!(many::undo_action))
        .routes(routes!(users::transfer_ownership))
        .routes(routes!(users::list_removed_users))
        .routes(routes!(invitations::create_invitations, invitations::list_invitations))
        .routes(routes!(invitation_options::find_invitation_options))
        .routes(routes!(invitation_options::check_invitations))
        .routes(routes!(invitations::resend_invitation))
        .routes(routes!(invitations::delete_invitation))
        .routes(routes!(invitation_link::look_at_invitation_link))
        .routes(routes!(invitation_link::set_password_by_invitation))
        .routes(routes!(invitation_link::accept_invitation_link))
        .routes(routes!(invitation_link::accept_own_invitation))
        .routes(routes!(invitation_link::decline_own_invitation))
        .routes(routes!(password_resets::create_password_reset))
        .routes(routes!(password_resets::look_at_reset_link))
        .routes(routes!(password_resets::set_password_by_reset_link))
        .routes(routes!(inbox::find_inbox, inbox::mark_inbox_read))
        .routes(routes!(notifications::find_notifications, notifications::update_notifications))
}
