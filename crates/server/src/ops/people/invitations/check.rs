//! What a person who invites sees before they do: the answer for each email address, and what they may give.
//!
//! Reads only. Must never say more about an email address than inviting it would.

use testkeep_domain::account::EmailAddress;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction, Role, TeamAction};
use testkeep_store::List;
use testkeep_store::licenses::turn;
use testkeep_store::people::{invitation_offer, invitations};
use testkeep_store::scopes::team;

use super::invite::{Invited, decide, split};
use super::invite_user;
use super::mails::flooded_at;
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::mail::Route;
use crate::ops::people::users::may_give;
use crate::{App, Error};

/// Teams that are offered; a longer list is searched by nobody.
const TEAMS_MAX: i64 = 200;

/// One answer for each email address, as [`super::invite`] would give it, without inviting anybody.
pub(crate) async fn check(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    addresses: &str,
) -> Result<Vec<Invited>, Error> {
    let access = inviting(app, caller, level, id).await?;
    let addresses = split(addresses)?;
    let parsed: Vec<_> = addresses.into_iter().map(|text| (text, EmailAddress::parse(text))).collect();
    let emails = || parsed.iter().filter_map(|(_, email)| email.as_ref().ok()).map(EmailAddress::as_str);
    let known = invitations::list_addressees(&app.db, id, emails()).await?;
    let now = app.clock.now();
    let flooded = flooded_at(&app.db, emails(), access.scope.organization_id, now).await?;
    Ok(decide(&parsed, &known, &flooded, &access.scope.name))
}

/// What the caller may give to the people they invite.
pub(crate) struct Options {
    pub roles: Vec<Role>,
    pub teams: Vec<team::Team>,
    pub licenses: Vec<FreeLicenses>,
    /// A mail server sends the links. Without one, the inviter hands them over.
    pub sends_mail: bool,
}

/// The licenses of one product that can be assigned now.
pub(crate) struct FreeLicenses {
    pub product: Product,
    /// `None`: any number of people may be assigned.
    pub free: Option<i64>,
    /// People who were invited with this product and may still accept.
    pub promised: i64,
}

pub(crate) async fn options(app: &App, caller: &Caller, level: Level, id: i64) -> Result<Options, Error> {
    let access = inviting(app, caller, level, id).await?;
    let roles = level.roles().iter().copied();
    let roles = roles.filter(|role| *role == Role::Member || may_give(access.roles, level, *role)).collect();
    let route = Route::of_place(access.scope.organization_id);
    Ok(Options {
        roles,
        teams: teams(app, caller, &access).await?,
        licenses: licenses(app, &access).await?,
        sends_mail: route.setting(&app.db).await?.is_some(),
    })
}

/// # Errors
/// [`Error::NotFound`] for teams and projects, which people join by being added.
async fn inviting(app: &App, caller: &Caller, level: Level, id: i64) -> Result<Access, Error> {
    if !matches!(level, Level::Account | Level::Organization) {
        return Err(Error::NotFound);
    }
    let access = caller.access(&app.db, level, id).await?;
    access.require(invite_user(level, false))?;
    Ok(access)
}

async fn teams(app: &App, caller: &Caller, access: &Access) -> Result<Vec<team::Team>, Error> {
    match access.scope.organization_id {
        Some(id) if access.may(TeamAction::AddTeamUser) => {
            let list = List { sort: "name".into(), limit: TEAMS_MAX, ..List::default() };
            Ok(team::list_teams(&app.db, id, Some(caller.user_id), true, &list).await?)
        }
        _ => Ok(Vec::new()),
    }
}

async fn licenses(app: &App, access: &Access) -> Result<Vec<FreeLicenses>, Error> {
    let Some(id) = access.scope.organization_id else { return Ok(Vec::new()) };
    if !access.may(OrganizationAction::AssignLicense) {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    let pools = app.licensing.pools(&app.db, now).await?;
    let mut found = Vec::new();
    for product in Product::ALL {
        let Some(pool) = pools.get(product) else { continue };
        let quoted = format!("\"{}\"", product.word());
        found.push(FreeLicenses {
            product,
            free: free(app, id, product, pool.quota.into()).await?,
            promised: invitation_offer::count_promised(&app.db, id, &quoted, now).await?,
        });
    }
    Ok(found)
}

/// Licenses that can still be assigned, as `ops::licenses::assign` counts them.
async fn free(app: &App, id: i64, product: Product, quota: i64) -> Result<Option<i64>, Error> {
    if product == Product::Kre {
        return Ok(None);
    }
    let (_, assigned, _) = turn::find_total(&app.db, product.word()).await?;
    let count = turn::find_organization_count(&app.db, id, product.word()).await?.ok_or(Error::NotFound)?;
    let of_share = count.share.map_or(i64::MAX, |share| share - count.assigned);
    Ok(Some((quota - assigned).min(of_share).max(0)))
}
