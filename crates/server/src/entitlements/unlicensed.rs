//! Explains why no license covers a product, for the person who requested a lease.
//!
//! It reads verified files only. The text contains what the admin needs: which end, which machine.

use chrono::{DateTime, Utc};
use testkeep_domain::Day;
use testkeep_domain::license::{LicenseState, LicenseSummary, Product};
use testkeep_domain::machine::MachineId;

use super::{Imported, ImportedFile};

/// Of the files that cover the product (`None`: of all files), takes the most important one and explains its problem.
pub(super) fn why_unlicensed(
    imported: &Imported,
    machine_id: &MachineId,
    product: Option<Product>,
    now: DateTime<Utc>,
) -> String {
    let grants = |file: &&ImportedFile| {
        product.is_none_or(|product| file.license().terms().products.contains_key(&product))
    };
    if imported.files().is_empty() {
        return "This server has no license yet. Ask its admin to import the vendor's license file.".into();
    }
    let granting = imported.files().iter().filter(grants);
    let granting = granting.map(|file| (file.summary(machine_id, now), file.license().terms().not_before));
    match (granting.max_by_key(|(file, _)| (rank(file.state), file.expires_at)), product) {
        (Some((file, begins)), _) => in_words(&file, begins, product),
        (None, Some(product)) => format!(
            "This server has no {product} license in force: its license file does not contain one. Ask its admin to get one from your vendor."
        ),
        (None, None) => "This server has no license in force. Ask its admin.".into(),
    }
}

/// Orders the states: the problem that can be solved soonest has the highest rank.
fn rank(state: LicenseState) -> u8 {
    match state {
        LicenseState::Replaced => 0,
        LicenseState::Expired => 1,
        LicenseState::NotYetValid => 2,
        LicenseState::OtherMachine => 3,
        LicenseState::Active | LicenseState::Expiring => 4,
    }
}

fn in_words(file: &LicenseSummary, begins: DateTime<Utc>, product: Option<Product>) -> String {
    let what = product.map_or_else(|| "license".to_owned(), |product| format!("{product} license"));
    let end = Day::last_before(file.expires_at);
    match file.state {
        LicenseState::OtherMachine => {
            let changed = if file.changed_factors.is_empty() {
                "too little of the licensed machine can be seen here".to_owned()
            } else {
                format!("what changed: {}", file.changed_factors.join(", "))
            };
            format!(
                "This server has no {what} in force: its license is for another machine ({changed}). Its admin sends this machine's ID to the vendor and imports the new license."
            )
        }
        LicenseState::NotYetValid => format!(
            "This server has no {what} in force: its license begins on {}. If that day has come, ask its admin to set the server's clock right.",
            begins.format("%Y-%m-%d")
        ),
        _ => format!(
            "This server has no {what} in force: its license expired on {end}. Ask its admin to import a renewed one from your vendor."
        ),
    }
}
