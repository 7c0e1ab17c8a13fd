//! A person's sign-in sessions and API keys: for the person, and for those who may end the person's sessions.
//!
//! Must never return a secret: sessions have none in the database, and of a key only its first characters.

use testkeep_domain::permission::{AccountAction, Level, Role, Rule};
use testkeep_store::people::{api_key, session};

use super::{Look, PART_MAX};
use crate::Error;
use crate::api::people::api_keys::ApiKeyOut;
use crate::api::people::profile::{SessionOut, session_out};
use crate::identity::lifetime::SESSION_IDLE;

impl Look<'_> {
    fn may_see_sessions(&self) -> bool {
        if self.is_self() {
            // As in the person's own profile, an API key is not enough.
            return self.caller.session_id.is_some();
        }
        let account = self.memberships.iter().find(|row| row.level == Level::Account.as_str());
        let role = account.and_then(|row| Role::parse(&row.role));
        match self.visible.account().rule(AccountAction::EndUserSessions) {
            Rule::Yes => true,
            Rule::MembersOnly => role == Some(Role::Member),
            Rule::No => false,
        }
    }

    pub(super) async fn sessions(&self) -> Result<Option<Vec<SessionOut>>, Error> {
        if !self.may_see_sessions() {
            return Ok(None);
        }
        let now = self.app.clock.now();
        let rows = session::list_sessions(&self.app.db, self.user.id, now, now - SESSION_IDLE).await?;
        let current = self.caller.session_id.unwrap_or_default();
        Ok(Some(rows.into_iter().take(PART_MAX).map(|row| session_out(row, current)).collect()))
    }

    pub(super) async fn api_keys(&self) -> Result<Option<Vec<ApiKeyOut>>, Error> {
        if !self.may_see_sessions() {
            return Ok(None);
        }
        let rows = api_key::list_api_keys(&self.app.db, self.user.id).await?;
        Ok(Some(rows.into_iter().take(PART_MAX).map(ApiKeyOut::from).collect()))
    }
}
