//! Detects another installation on this machine that uses one of this installation's license files: its seats then
//! count twice.
//!
//! Several servers on one database are one installation. Must never refuse anything, because the finding may be a
//! mistake.

use std::sync::Arc;

use testkeep_domain::audit::AuditAction;
use testkeep_store::installation::setting;
use uuid::Uuid;

use crate::entitlements::marks;
use crate::identity::token;
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

const INSTALLATION_ID: &str = "installation_id";

/// Looks for other installations. Writes each license to the log and to the audit log once while this server runs.
pub async fn look(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let known = app.licensing.refresh(&app.db).await?;
    let in_force = known.files().iter().filter(|file| file.is_in_force(now));
    let licenses: Vec<Uuid> = in_force.map(|file| file.license().terms().license_id).collect();
    let installation = installation_id(app).await?;
    let marks = Arc::clone(&app.marks);
    let looked = app.disk.run(&marks::folder(), move || marks.look(&licenses, &installation)).await;
    let new = match looked {
        Ok(new) => new,
        Err(error) => {
            tracing::debug!(%error, "cannot look for other installations on this machine");
            return Ok(());
        }
    };
    for license in new {
        tracing::warn!(%license, "another installation on this machine uses the same license file; its seats may be used in one installation only");
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        change.record(Event::new(AuditAction::FindSecondInstallation, "license", None, license.to_string()));
        change.commit().await?;
    }
    Ok(())
}

/// Returns an id that is the same for all servers on one database.
async fn installation_id(app: &App) -> Result<String, Error> {
    if let Some(id) = setting::find_setting(&app.db, INSTALLATION_ID).await? {
        return Ok(id);
    }
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let now = change.now();
    setting::create_setting(change.tx(), INSTALLATION_ID, &token::create_token()?[..32], now).await?;
    change.commit().await?;
    setting::find_setting(&app.db, INSTALLATION_ID).await?.ok_or(Error::NotFound)
}
