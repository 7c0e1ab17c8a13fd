//! The speed of sending while mail settings do not work, or while the mail server limits the number of mails.
//!
//! If the settings, the mail server or the network fails, no single mail is at fault. Then all mails of these settings
//! wait. One mail at a time is tried, with growing pauses. When one is accepted, or the settings are saved, the others
//! are sent at once. A server that limits gets one mail at a time until none waits. Random delays keep mails from being
//! sent at the same moment.

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_store::mail_setting::{self, CONFIGURATION, LIMIT, MailSetting, Stuck};
use testkeep_store::{Tx, job};

use super::{FailureCause, Refusal};
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::queue::Kind;
use crate::{App, Error};

/// Longer than a conversation with a mail server: if the server is killed during one, the other mails wait no longer
/// than this.
const TURN: TimeDelta = TimeDelta::minutes(2);
const FIRST: TimeDelta = TimeDelta::seconds(30);
/// Maximum delay of mails after the mail server works again.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
const LIMITED_LONGEST: TimeDelta = TimeDelta::minutes(15);

/// When a waiting mail is tried again, and the settings whose recovery makes it due earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub at: DateTime<Utc>,
    pub waits_for: i64,
}

/// `None`: send the mail now. While the settings do not work, one mail gets this answer; the others get the time of
/// their next attempt.
pub(crate) async fn take_turn(app: &App, setting: &MailSetting) -> Result<Option<Turn>, Error> {
    let now = app.clock.now();
    if setting.stuck_since.is_none() {
        return Ok(None);
    }
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let mine = mail_setting::claim_mail_setting(change.tx(), setting.scope_id, now, now + TURN).await?;
    change.commit().await?;
    if mine { Ok(None) } else { later(app, setting.scope_id).await.map(Some) }
}

/// Call this when a mail was accepted, or refused for a reason of its own: the settings work.
pub(crate) async fn note_flow(app: &App, setting: &MailSetting) -> Result<(), Error> {
    if setting.stuck_since.is_none() {
        return Ok(());
    }
    let (id, now) = (setting.scope_id, app.clock.now());
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    mail_setting::lock_mail_setting(change.tx(), id).await?;
    if setting.is_limited() && job::release_next_waiting(change.tx(), id, now).await? {
        mail_setting::note_mail_flows(change.tx(), id, now).await?;
    } else {
        mail_setting::clear_mail_stuck(change.tx(), id).await?;
        job::release_waiting(change.tx(), id, now).await?;
    }
    change.release(Kind::SendMail);
    change.commit().await
}

/// Makes the mails due that wait for these settings, after the settings were saved or deleted.
pub(crate) async fn release(tx: &mut Tx, scope_id: i64, now: DateTime<Utc>) -> Result<(), Error> {
    mail_setting::lock_mail_setting(tx, scope_id).await?;
    job::release_waiting(tx, scope_id, now).await?;
    Ok(())
}

/// Call this when the settings do not work: no mail is sent through them for a while.
pub(crate) async fn note_trouble(app: &App, setting: &MailSetting, refusal: &Refusal) -> Result<Turn, Error> {
    let now = app.clock.now();
    let kind = if refusal.cause == FailureCause::Limit { LIMIT } else { CONFIGURATION };
    let again = setting.stuck_kind.as_deref() == Some(kind);
    let longest = if kind == LIMIT { LIMITED_LONGEST } else { LONGEST };
    let pause = pause_after(if again { setting.stuck_times } else { 0 }, longest);
    let stuck = Stuck { kind, reason: &refusal.message, now, not_before: now + pause + up_to(pause / 4)? };
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let noted = mail_setting::note_mail_stuck(change.tx(), setting, stuck).await?;
    change.commit().await?;
    if noted {
        tracing::warn!(
            settings = setting.scope_id,
            kind,
            reason = refusal.message,
            "mail is not going out; it waits and is tried again"
        );
    }
    later(app, setting.scope_id).await
}

/// The time after the current pause of the settings, plus a random delay, so that mails are not sent at the same
/// moment.
async fn later(app: &App, scope_id: i64) -> Result<Turn, Error> {
    let now = app.clock.now();
    let setting = mail_setting::find_mail_setting(&app.db, scope_id).await?;
    let at = setting.and_then(|setting| setting.not_before).filter(|at| *at > now);
    let spread = up_to(TimeDelta::seconds(10))?;
    // No pause: the settings were changed meanwhile.
    Ok(Turn { at: at.map_or(now + TimeDelta::seconds(1), |at| at + spread), waits_for: scope_id })
}

/// Half a minute, then doubled with each failure, up to `longest`.
fn pause_after(times: i64, longest: TimeDelta) -> TimeDelta {
    let doublings = u32::try_from(times.clamp(0, 10)).unwrap_or_default();
    (FIRST * 2_i32.pow(doublings)).min(longest)
}

/// A random time from zero to `most`.
fn up_to(most: TimeDelta) -> Result<TimeDelta, Error> {
    let random = getrandom::u32().map_err(Error::internal)?;
    let part = most.num_milliseconds().max(0) * i64::from(random) / i64::from(u32::MAX);
    Ok(TimeDelta::milliseconds(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_and_longer_but_not_for_long() {
        let seconds = |times| pause_after(times, LONGEST).num_seconds();
        assert_eq!([0, 1, 2, 3, 4, 100].map(seconds), [30, 60, 120, 240, 300, 300]);
        assert_eq!(pause_after(100, LIMITED_LONGEST).num_minutes(), 15);
        for _ in 0..100 {
            let spread = up_to(TimeDelta::seconds(10)).unwrap();
            assert!((TimeDelta::zero()..=TimeDelta::seconds(10)).contains(&spread));
        }
    }
}
