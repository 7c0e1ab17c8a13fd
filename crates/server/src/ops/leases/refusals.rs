//! Messages for refused requests: who has the seats, and what the person can do.

use chrono::{DateTime, Utc};
use testkeep_domain::license::Product;
use testkeep_domain::text::is_invisible;
use testkeep_store::licenses::{held, session_list};

use super::end::EndReason;
use super::seat::Shortage;
use super::turn::Turn;
use super::{CheckOut, Stop};
use crate::Error;

/// Maximum number of people that a message names.
const NAMED: i64 = 5;

pub(super) fn not_assigned(product: Product) -> Error {
    Error::NotLicensed(format!(
        "You have no {product} license in this organization. Ask an Owner or an Admin of it to assign you one."
    ))
}

pub(super) fn closed_to_passwords() -> Error {
    Error::Forbidden(
        "This organization is closed to sign-in with a password for you. Ask an Owner or an Admin of it."
            .into(),
    )
}

pub(super) fn borrowed_elsewhere(hostname: &str, until: DateTime<Utc>) -> Error {
    Error::NoSeat(format!(
        "You borrowed your license on {hostname} until {}. Return it there first.",
        moment(until)
    ))
}

/// `free_from`: when the longest unused machine no longer counts, unless it is used before.
pub(super) fn no_machine(product: Product, quota: i64, free_from: Option<DateTime<Utc>>) -> Error {
    let when = free_from.map_or_else(String::new, |free| {
        format!(" The next machine stops counting on {}, unless it is used before.", moment(free))
    });
    Error::NoSeat(format!(
        "The machine quota is used up: {quota} {product} machines are registered in all organizations together.{when} Or ask an Owner or an Admin to remove one on the License Management page."
    ))
}

/// Names only people of the client's own organization.
pub(super) async fn no_seat(
    turn: &mut Turn<'_>,
    order: &CheckOut,
    shortage: Shortage,
) -> Result<Error, Stop> {
    let product = order.package.product();
    let what = match shortage {
        Shortage::Pool => {
            let quota = turn.pool(product).await?.quota;
            format!("All {quota} {product} licenses are in use")
        }
        Shortage::Share(share) => {
            format!("Your organization's share of {share} {product} licenses is in use")
        }
        Shortage::Reserved(free) => {
            format!("The {free} {product} licenses that are free are reserved for teams you do not belong to")
        }
        Shortage::KeptForOthers(free) => {
            format!(
                "The {free} {product} licenses that are free are kept for other organizations, which have reserved them within their shares"
            )
        }
        Shortage::Waiting(ahead) => {
            format!("The {product} licenses that are free are for people who are already waiting ({ahead})")
        }
    };
    let (holders, held) = (holders(turn, order).await?, held(turn, product).await?);
    let advice = match shortage {
        Shortage::KeptForOthers(_) => {
            "Wait until one is given back, or ask an Owner of the account about the shares"
        }
        Shortage::Reserved(_) => "Wait until one is given back, or ask an Owner or an Admin to reserve fewer",
        _ => "Wait until one is given back, or ask an Owner or an Admin to end a session",
    };
    Ok(Error::NoSeat(format!("{what}.{holders}{held} {advice}.")))
}

/// Names the times until which seats count whose sessions ended.
async fn held(turn: &mut Turn<'_>, product: Product) -> Result<String, Stop> {
    if !turn.has_held().await? {
        return Ok(String::new());
    }
    let now = turn.now();
    let held = held::count_held_seats(turn.tx().await?, None, Some(product.word()), now).await?;
    let (Some(first), Some(last)) = (held.first_end, held.last_end) else { return Ok(String::new()) };
    let count = held.count;
    Ok(format!(
        " Of all seats {count} were given back before their lease ended and count until then: the first until {}, the last until {}.",
        moment(first),
        moment(last)
    ))
}

async fn holders(turn: &mut Turn<'_>, order: &CheckOut) -> Result<String, Stop> {
    let product = order.package.product();
    let named =
        session_list::list_holders(turn.tx().await?, order.organization_id, product.word(), NAMED).await?;
    if named.is_empty() {
        return Ok(" None of them is held in your organization.".into());
    }
    let shown: Vec<_> = named
        .iter()
        .map(|it| {
            let since = moment(it.started_at);
            let until = moment(it.expires_at);
            let (email, hostname) = (&it.email, &it.hostname);
            match it.kind.as_str() {
                "borrowed" => format!("{email} on {hostname} since {since}, borrowed until {until}"),
                _ => format!("{email} on {hostname} since {since}"),
            }
        })
        .collect();
    let own = turn.organization(order.organization_id, product).await?.in_use;
    let more = own - i64::try_from(shown.len()).unwrap_or(0);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Ok(format!(" In your organization: {}{more}.", shown.join("; ")))
}

pub(super) fn session_ended(reason: EndReason, by: Option<&str>) -> Error {
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    Error::SessionEnded(match reason {
        EndReason::Released | EndReason::Returned => {
            "This session has given its license back. Start a new one.".into()
        }
        EndReason::Missed => {
            "The server did not hear from this session in time, so its license was freed. Start a new one.".into()
        }
        EndReason::Idle => {
            "This session was idle for longer than your organization allows, so its license was freed. Start a new one."
                .into()
        }
        EndReason::Moved => {
            "Your license is now in use on another machine. Close the program there, then start this one again.".into()
        }
        EndReason::Revoked => {
            format!("The license of this session was revoked{by}. Ask them, or start again if it was assigned anew.")
        }
        EndReason::MachineRemoved => {
            format!("This machine was removed{by} from the machines that may use a license. Start again to register it anew.")
        }
        EndReason::Left => "You no longer belong to this organization, so the license was freed.".into(),
    })
}

fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Maximum length of the keys that clients choose for themselves and their machines. They are stored and compared,
/// never parsed.
const KEY_MAX: usize = 128;
const TEXT_MAX: usize = 100;

/// # Errors
/// [`Error::Invalid`], naming `field`.
pub(crate) fn checked_machine_key(text: &str, field: &str) -> Result<String, Error> {
    let fine = !text.is_empty() && text.len() <= KEY_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fine {
        return Ok(text.to_owned());
    }
    Err(Error::field(field, format!("Give 1 to {KEY_MAX} letters, digits and signs, without spaces.")))
}

/// Removes invisible characters and cuts the text. Host names and versions are only shown, so they are not refused.
pub(crate) fn short_text(text: &str) -> String {
    let seen = text.chars().filter(|it| !it.is_control() && !is_invisible(*it));
    seen.take(TEXT_MAX).collect::<String>().trim().to_owned()
}
