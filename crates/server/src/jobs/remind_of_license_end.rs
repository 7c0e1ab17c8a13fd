//! Reminds the account's Owners and Admins of a license's end by mail: 30, 14, 7 and 1 days before, once each.
//!
//! Each imported file has its own reminders, unless a renewal has replaced it. If the server was off when reminders
//! were due, it sends only the latest one when it runs again. If the license has ended meanwhile, the mail says so.

use chrono::{DateTime, Utc};
use testkeep_domain::Day;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::license::LicenseSummary;
use testkeep_domain::permission::Role;
use testkeep_store::installation::setting;
use testkeep_store::people::member;
use testkeep_store::scopes::scope::ACCOUNT;
use testkeep_store::{List, mail_setting};

use crate::mail::message::Message;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

const DAYS: [i64; 4] = [1, 7, 14, 30];

/// Called by housekeeping. Several servers on one database send a reminder only once. If several are due, only the last
/// is sent.
pub async fn notify(app: &App) -> Result<(), Error> {
    for license in app.licensing.ending_or_ended(&app.db, app.clock.now()).await? {
        let left = days_until_last_day(&license, app.clock.now());
        if let Some(step) = DAYS.into_iter().find(|days| left <= *days) {
            tell(app, license, step).await?;
        }
    }
    Ok(())
}

/// As people count days: 1 if the last day is tomorrow.
fn days_until_last_day(license: &LicenseSummary, now: DateTime<Utc>) -> i64 {
    Day::from(now).days_until(Day::last_before(license.expires_at)).max(0)
}

async fn tell(app: &App, license: LicenseSummary, step: i64) -> Result<(), Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let now = change.now();
    if mail_setting::find_mail_setting(change.tx(), ACCOUNT).await?.is_none() {
        return Ok(());
    }
    let notice = format!("license_notice:{}:{step}", license.license_id);
    if !setting::create_setting(change.tx(), &notice, "told", now).await? {
        return Ok(());
    }
    let over = license.expires_at <= now;
    let left = days_until_last_day(&license, now);
    let message = Message::LicenseExpiry {
        license_id: license.license_id,
        customer: license.customer,
        expires_at: license.expires_at,
        days_left: if over { 0 } else { left },
        ends_today: !over && left == 0,
    };
    let everybody = List { sort: "email".into(), limit: 1000, ..List::default() };
    for role in [Role::Owner, Role::Admin] {
        let people = member::list_members(change.tx(), ACCOUNT, Some(role.as_str()), &everybody).await?;
        for person in people.rows {
            if let Ok(recipient) = EmailAddress::parse(&person.email) {
                change.mail(message.clone(), recipient).await?;
            }
        }
    }
    change.commit().await
}
