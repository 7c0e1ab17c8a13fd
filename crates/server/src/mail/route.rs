//! The route of a mail: the settings, and so the mail server, by which it is sent. The content decides it, never the
//! recipient.
//!
//! A person who configures a mail server can read the mails that it sends. So a mail of the account (a password reset,
//! a license's end, an invitation to the account) uses only the account's settings. A mail of an organization uses that
//! organization's settings or the account's. [`Change::mail`](crate::ops::change::Change::mail) takes no route from its
//! caller: only [`Message::route`](super::message::Message::route) decides.

use testkeep_domain::mail::MailKind;
use testkeep_store::StoreError;
use testkeep_store::mail::MailMessage;
use testkeep_store::mail_setting::{self, MailSetting};
use testkeep_store::on::On;
use testkeep_store::scopes::scope::ACCOUNT;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Only the account's settings.
    Account,
    /// The organization's own settings, or the account's if it has none.
    Organization(i64),
}

impl Route {
    /// The route for a scope. `organization_id`: an organization's own id, or the organization of a team or project;
    /// `None` for the account.
    pub fn of_place(organization_id: Option<i64>) -> Self {
        organization_id.map_or(Self::Account, Self::Organization)
    }

    /// The route of a queued mail; `None` when its organization was deleted. For the account's kinds of mail the row's
    /// organization is ignored: they always use the account's settings.
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

    /// The organization in whose mail log the mail is shown; `None`: only in the account's.
    pub fn organization_id(self) -> Option<i64> {
        match self {
            Self::Account => None,
            Self::Organization(id) => Some(id),
        }
    }

    /// The settings that send the mail now.
    pub async fn setting(self, on: impl Into<On<'_>>) -> Result<Option<MailSetting>, StoreError> {
        match self {
            Self::Account => mail_setting::find_mail_setting(on, ACCOUNT).await,
            Self::Organization(id) => mail_setting::find_mail_setting_of_organization(on, id).await,
        }
    }
}
