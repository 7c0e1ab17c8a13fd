//! Whose mail server carries a message. Decided by what the message tells, never by who receives it.
//!
//! The person who configures a mail server can read what it carries. So a message of the account (a password reset, a license's
//! end, an invitation to the account) goes through the account's settings alone, and a message of an organization
//! through that organization's or the account's. [`Message::queue`](super::message::Message::queue) takes no route from
//! its caller: only [`Message::route`](super::message::Message::route) decides.

use testkeep_domain::mail::MailKind;
use testkeep_store::StoreError;
use testkeep_store::db::On;
use testkeep_store::mail::{self, MailMessage, MailSetting};
use testkeep_store::scope::ACCOUNT;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The account's settings alone.
    Account,
    /// This organization's settings, or the account's while it has none of its own.
    Organization(i64),
}

impl Route {
    /// Of a place: `organization_id` is the organization that it belongs to or is, `None` for the account.
    pub fn of_place(organization_id: Option<i64>) -> Self {
        organization_id.map_or(Self::Account, Self::Organization)
    }

    /// Of a queued message; `None` once its organization is deleted. What the row says of the account's own kinds does
    /// not count: they never leave the account's settings.
    pub fn of_row(row: &MailMessage) -> Option<Self> {
        let kind = MailKind::parse(&row.kind);
        if row.route == Self::Account.as_str() || kind.is_none_or(MailKind::is_of_account) {
            return Some(Self::Account);
        }
        row.scope_id.map(Self::Organization)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Organization(_) => "organization",
        }
    }

    /// The organization in whose mail log the message is; `None`: in the account's alone.
    pub fn organization_id(self) -> Option<i64> {
        match self {
            Self::Account => None,
            Self::Organization(id) => Some(id),
        }
    }

    /// The settings that carry it now.
    pub async fn setting(self, on: impl Into<On<'_>>) -> Result<Option<MailSetting>, StoreError> {
        match self {
            Self::Account => mail::find_mail_setting(on, ACCOUNT).await,
            Self::Organization(id) => mail::find_mail_setting_of_organization(on, id).await,
        }
    }
}
