//! The device cookie: it shows at sign-in that the person signed in with this browser before.
//!
//! It gives no access. A guess that brings it is limited like others, but does not wait behind guesses of strangers
//! ([`crate::ops::people::throttle`]). It is signed with `conf/secret.key`, bound to its person, and expires. A browser
//! that several people use holds one proof for each of the last few.

use chrono::{DateTime, Duration, Utc};

use crate::identity::token::same_secret;
use crate::{App, Error};

pub(crate) const DEVICE_COOKIE: &str = "testkeep_device";
/// Counted from the last sign-in.
pub(crate) const DEVICE_LIFETIME: Duration = Duration::days(365);
/// Maximum number of people whose proofs one cookie holds.
const PEOPLE: usize = 5;
/// Separates the proofs of different people.
const SEPARATOR: char = '.';

struct Device<'a> {
    user_id: i64,
    until: DateTime<Utc>,
    name: &'a str,
    text: &'a str,
}

/// Returns the device's name if the cookie holds a valid proof for this person.
pub(crate) fn find(app: &App, cookie: Option<&str>, user_id: i64, now: DateTime<Utc>) -> Option<String> {
    let found = read(app, cookie, now).into_iter().find(|device| device.user_id == user_id);
    found.map(|device| device.name.to_owned())
}

/// Returns the cookie's next value after a sign-in of this person.
pub(crate) fn renew(
    app: &App,
    cookie: Option<&str>,
    user_id: i64,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let devices = read(app, cookie, now);
    let known = devices.iter().find(|device| device.user_id == user_id).map(|device| device.name.to_owned());
    let name = if let Some(name) = known {
        name
    } else {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        hex::encode(bytes)
    };
    let own = issue(app, user_id, now + DEVICE_LIFETIME, &name);
    let others =
        devices.iter().filter(|device| device.user_id != user_id).map(|device| device.text.to_owned());
    let all: Vec<String> = std::iter::once(own).chain(others).take(PEOPLE).collect();
    Ok(all.join(&SEPARATOR.to_string()))
}

fn read<'a>(app: &App, cookie: Option<&'a str>, now: DateTime<Utc>) -> Vec<Device<'a>> {
    let parts = cookie.unwrap_or_default().split(SEPARATOR).take(PEOPLE);
    parts.filter_map(parse).filter(|device| device.until > now && is_ours(app, device)).collect()
}

/// `<user id>-<end in epoch seconds>-<32 hexadecimal digits>-<64 hexadecimal digits>`
fn issue(app: &App, user_id: i64, until: DateTime<Utc>, name: &str) -> String {
    let text = format!("{user_id}-{}-{name}", until.timestamp());
    let proof = app.secret_key.derive_token("device", text.as_bytes());
    format!("{text}-{proof}")
}

fn is_ours(app: &App, device: &Device<'_>) -> bool {
    let right = issue(app, device.user_id, device.until, device.name);
    same_secret(right.as_bytes(), device.text.as_bytes())
}

fn parse(text: &str) -> Option<Device<'_>> {
    let mut parts = text.splitn(4, '-');
    let user_id = parts.next()?.parse().ok()?;
    let until = DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?;
    let name = parts.next().filter(|name| name.len() == 32)?;
    Some(Device { user_id, until, name, text })
}
