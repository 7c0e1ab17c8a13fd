//! `/api/v2/{level}/{id}/…`: path parameters for scopes of any level.

use serde::{Deserialize, Serialize};
use testkeep_domain::permission::Level;
use utoipa::{IntoParams, ToSchema};

/// `accounts`, `organizations`, `teams`, `projects`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LevelName {
    Accounts,
    Organizations,
    Teams,
    Projects,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Accounts => Self::Account,
            LevelName::Organizations => Self::Organization,
            LevelName::Teams => Self::Team,
            LevelName::Projects => Self::Project,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ScopePath {
    #[param(inline)]
    pub level: LevelName,
    pub id: i64,
}

/// A person in a scope.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ScopeUserPath {
    #[param(inline)]
    pub level: LevelName,
    pub id: i64,
    pub user_id: i64,
}
