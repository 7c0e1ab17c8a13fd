//! People: accounts of users, memberships, sign-in, invitations, groups.

pub mod api_key;
pub mod candidate;
pub mod group;
pub mod inbox;
pub mod invitation;
pub mod invitation_mail;
pub mod invitation_offer;
pub mod invitations;
pub mod known_place;
pub mod member;
pub mod member_detail;
pub mod members;
pub mod password_reset;
pub mod person;
pub mod session;
pub mod sign_in_attempt;
pub mod sign_in_throttle;
pub mod undo;
pub mod user;
