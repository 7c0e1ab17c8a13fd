//! Tells the account's Owners and Admins that a license ends: 30, 14, 7 and 1 days before, once each.
//!
//! Each imported file for itself, unless a renewal replaced it. A server that was off when one was due tells the latest of
//! them once it runs again; when the license has ended meanwhile, it tells that.

use testkeep_domain::account::EmailAddress;
use testkeep_domain::license::LicenseSummary;
use testkeep_domain::permission::Role;
use testkeep_store::scope::ACCOUNT;
use testkeep_store::{List, mail, member, setting};

use crate::mail::message::Message;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

const DAYS: [i64; 4] = [1, 7, 14, 30];

/// Called now and then; several servers on one database tell it once. Of several steps that passed the last alone is told.
pub async fn notify(app: &App) -> Result<(), Error> {
    for license in app.licensing.ending_or_ended(&app.db, app.clock.now()).await? {
        if let Some(step) = DAYS.into_iter().find(|days| license.days_left <= *days) {
            tell(app, license, step).await?;
        }
    }
    Ok(())
}

async fn tell(app: &App, license: LicenseSummary, step: i64) -> Result<(), Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let now = change.now();
    if mail::find_mail_setting(change.tx(), ACCOUNT).await?.is_none() {
        return Ok(());
    }
    let notice = format!("license_notice:{}:{step}", license.license_id);
    if !setting::create_setting(change.tx(), &notice, "told", now).await? {
        return Ok(());
    }
    let message = Message::LicenseExpiry {
        license_id: license.license_id,
        customer: license.customer,
        expires_at: license.expires_at,
        days_left: license.days_left,
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
