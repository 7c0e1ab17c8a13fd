//! Imports a license file: verifies it, compares it with the installed files, stores it. Files add up; a renewal
//! replaces its predecessor.

use testkeep_domain::Day;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::{License, LicenseFile, LicenseRefusal, LicenseSummary, unpack};
use testkeep_local::files::write_private;
use testkeep_store::Tx;
use testkeep_store::licenses::license;

use crate::entitlements::{Imported, ImportedFile, LeaseSigner};
use crate::ops::audit::Event;
use crate::ops::authorized::{Authorized, Installation};
use crate::ops::change::Change;
use crate::ops::installation::{clock, second_installation};
use crate::{App, Error, clock_guard};

/// The field that a refused import names.
pub(crate) const FILE: &str = "file";

/// Imports a file before anybody can sign in: a file that the vendor signed for this machine is itself the permission.
pub(crate) async fn activate_first(app: &App, file: &[u8]) -> Result<LicenseSummary, Error> {
    let mut change = Change::of(app, Authorized::by_license_file()).await?;
    if license::count_licenses(change.tx()).await? != 0 {
        return Err(Error::Unauthorized);
    }
    import(app, change, file).await
}

pub(crate) async fn activate(
    app: &App,
    change: Change<Installation>,
    file: &[u8],
) -> Result<LicenseSummary, Error> {
    import(app, change, file).await
}

async fn import(app: &App, mut change: Change<Installation>, file: &[u8]) -> Result<LicenseSummary, Error> {
    let now = change.now();
    let refuse = |message: String| Error::field(FILE, message);
    let text = unpack(file).map_err(|error| refuse(error.to_string()))?;
    let offered = LicenseFile::read(text.as_bytes(), app.licensing.trusted())
        .map_err(|error| refuse(error.to_string()))?;
    let installed = installed(app, change.tx()).await?;
    let installed: Vec<&License> = installed.files().iter().map(ImportedFile::license).collect();
    offered
        .may_be_imported(app.licensing.machine_id(), now, installed.iter().copied())
        .map_err(|refusal| refuse(refusal.to_string()))?;
    LeaseSigner::of(&offered).map_err(refuse)?;
    let license_id = offered.terms().license_id.to_string();
    let by = change.may().user_id();
    if !license::create_license(change.tx(), &license_id, &text, by, now).await? {
        return Err(refuse(LicenseRefusal::AlreadyInstalled.to_string()));
    }
    let mut event = Event::new(AuditAction::ImportLicense, "license", None, license_id.as_str())
        .detail("customer", offered.terms().customer.as_str())
        .detail("expires_on", Day::last_before(offered.terms().expires_at).to_string());
    let renewed = renewed(&offered, &installed);
    if !renewed.is_empty() {
        event = event.detail("renews", renewed);
    }
    change.record(event);
    clock::confirm_by_license(app, &mut change, offered.terms().issued_at).await?;
    keep_copy(app, &license_id, text.as_bytes()).await?;
    change.commit().await?;
    clock_guard::note_time(&app.db, now).await?;
    tracing::info!(license = license_id, customer = offered.terms().customer, "license imported");
    app.licensing.refresh(&app.db).await?;
    second_installation::look(app).await?;
    Ok(app.licensing.summarize(&offered, now))
}

async fn installed(app: &App, tx: &mut Tx) -> Result<Imported, Error> {
    let rows = license::list_licenses(tx).await?;
    Ok(Imported::read(&rows, app.licensing.trusted(), app.licensing.machine_id()))
}

/// Ids of the installed files that the new file replaces.
fn renewed(offered: &License, installed: &[&License]) -> String {
    let renewed = installed.iter().filter(|other| offered.renews(other));
    renewed.map(|other| other.terms().license_id.to_string()).collect::<Vec<_>>().join(", ")
}

/// Writes a copy for people and backups; only the database counts. The file contains private keys.
async fn keep_copy(app: &App, license_id: &str, file: &[u8]) -> Result<(), Error> {
    let folder = app.layout.licenses();
    let (path, content) = (folder.join(format!("{license_id}.lic")), file.to_vec());
    let kept = app.disk.run(&folder, move || write_private(&path, &content)).await;
    kept.map_err(|error| Error::Internal(format!("cannot write {}: {error}", folder.display())))
}
