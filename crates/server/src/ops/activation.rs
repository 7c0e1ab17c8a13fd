//! Imports a license file: verify, compare with the installed ones, keep. Files add up; a renewal replaces.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use testkeep_domain::license::{License, LicenseFile, LicenseRefusal, LicenseSummary};
use testkeep_store::{Tx, license};

use super::audit::{self, Event};
use super::authorized::{Authorized, Installation};
use crate::licensing::{Imported, ImportedFile, LeaseSigner};
use crate::{App, Error, clock_guard};

/// Field name in answers to a refused import.
pub const FILE: &str = "file";

/// Before anybody can sign in, a file signed by the vendor for this very machine is itself the permission.
pub async fn activate_first(app: &App, file: &[u8]) -> Result<LicenseSummary, Error> {
    let mut tx = app.db.begin().await?;
    if license::count_licenses(&mut tx).await? != 0 {
        return Err(Error::Unauthorized);
    }
    import(app, tx, file, &Authorized::by_license_file()).await
}

pub async fn activate(
    app: &App,
    tx: Tx,
    may: &Authorized<Installation>,
    file: &[u8],
) -> Result<LicenseSummary, Error> {
    import(app, tx, file, may).await
}

async fn import(
    app: &App,
    mut tx: Tx,
    file: &[u8],
    may: &Authorized<Installation>,
) -> Result<LicenseSummary, Error> {
    let now = app.clock.now();
    let refuse = |message: String| Error::field(FILE, message);
    let offered =
        LicenseFile::read(file, app.licensing.trusted()).map_err(|error| refuse(error.to_string()))?;
    let installed = installed(app, &mut tx).await?;
    let installed: Vec<&License> = installed.files().iter().map(ImportedFile::license).collect();
    offered
        .may_be_imported(app.licensing.machine_id(), now, installed.iter().copied())
        .map_err(|refusal| refuse(refusal.to_string()))?;
    LeaseSigner::of(&offered).map_err(refuse)?;
    // Armor is ASCII: what was read as a license is text.
    let text = std::str::from_utf8(file).map_err(Error::internal)?;
    let license_id = offered.terms().license_id.to_string();
    if !license::create_license(&mut tx, &license_id, text, may.user_id(), now).await? {
        return Err(refuse(LicenseRefusal::AlreadyInstalled.to_string()));
    }
    let mut event = Event::new("import_license", "license", None, license_id.as_str())
        .detail("customer", offered.terms().customer.as_str())
        .detail("expires_at", offered.terms().expires_at.to_rfc3339());
    let renewed = renewed(&offered, &installed);
    if !renewed.is_empty() {
        event = event.detail("renews", renewed);
    }
    audit::record(&mut tx, may, event, now).await?;
    keep_copy(app, &license_id, file)?;
    tx.commit().await?;
    clock_guard::note_time(&app.db, now).await?;
    tracing::info!(license = license_id, customer = offered.terms().customer, "license imported");
    app.licensing.refresh(&app.db).await?;
    Ok(app.licensing.summarize(&offered, now))
}

async fn installed(app: &App, tx: &mut Tx) -> Result<Imported, Error> {
    let rows = license::list_licenses(tx).await?;
    Ok(Imported::read(&rows, app.licensing.trusted(), app.licensing.machine_id()))
}

/// Ids of the installed files that the offered one replaces.
fn renewed(offered: &License, installed: &[&License]) -> String {
    let renewed = installed.iter().filter(|other| offered.renews(other));
    renewed.map(|other| other.terms().license_id.to_string()).collect::<Vec<_>>().join(", ")
}

/// For people and backups; the database holds the truth. The file has private keys inside.
fn keep_copy(app: &App, license_id: &str, file: &[u8]) -> Result<(), Error> {
    let folder = app.layout.licenses();
    std::fs::create_dir_all(&folder)
        .and_then(|()| write_owners_only(&folder.join(format!("{license_id}.lic")), file))
        .map_err(|error| Error::Internal(format!("cannot write {}: {error}", folder.display())))
}

/// 0600 where the system knows modes; elsewhere a file inherits the folder's rights.
fn write_owners_only(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A copy left by an import that was not committed has the mode it was made with.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(content)
}
