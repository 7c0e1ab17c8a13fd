//! Reasons why a text is not a lease that is valid on this machine now.

use chrono::{DateTime, Utc};

use super::MAX_LEASE_BYTES;

/// A refusal of [`super::LeaseVerifier::verify`]. No content of the lease may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    #[error("The lease is longer than {} KiB, which no lease is. Ask the license server for a new one.", MAX_LEASE_BYTES / 1024)]
    TooLarge,
    #[error(
        "This is not a lease: it is not three parts of base64url with dots between. Use it exactly as the license server gave it."
    )]
    NotALease,
    #[error(
        "The lease is damaged: {part} is not valid JSON ({reason}). Ask the license server for a new one."
    )]
    Json { part: &'static str, reason: String },
    #[error(
        "The lease names “{key}” twice, so its meaning is not certain. Ask the license server for a new one."
    )]
    DuplicateKey { key: String },
    #[error(
        "The lease is signed with RS256, the form for existing clients. This program takes leases signed with EdDSA: ask the license server for one."
    )]
    ForExistingClients,
    #[error(
        "The lease is signed with “{found}”; this program takes EdDSA alone. Ask the license server for such a lease."
    )]
    Algorithm { found: String },
    #[error("The lease's {part} {problem}. Ask the license server for a new one.")]
    Header { part: &'static str, problem: &'static str },
    #[error(
        "The lease is from a vendor that this program does not trust (key {key_id}). Use a license server that this program's vendor licensed."
    )]
    UnknownVendor { key_id: String },
    #[error(
        "The vendor's endorsement in the lease was changed, or the vendor did not make it. Ask the license server for a new lease."
    )]
    BadEndorsement,
    #[error(
        "The lease was changed after it was signed, or is damaged: its signature does not fit. Ask the license server for a new one."
    )]
    BadSignature,
    #[error("The lease's content is not usable: {reason}. Ask the license server for a new one.")]
    Claims { reason: String },
    #[error("The lease's {what} is not that of the license behind it. Ask the license server for a new one.")]
    Contradiction { what: &'static str },
    #[error("The license behind the lease ended on {}. Ask the license server's administrator for a new license.", day(*.on))]
    LicenseEnded { on: DateTime<Utc> },
    #[error("The lease reaches outside its license's period, {} to {}. Ask the license server for a new one.", day(*.from), day(*.to))]
    OutsideLicense { from: DateTime<Utc>, to: DateTime<Utc> },
    #[error("The lease was issued at {}, which is in the future of this machine's clock. Set the clock right.", moment(*.issued_at))]
    FromTheFuture { issued_at: DateTime<Utc> },
    #[error("The lease expired at {}. Ask the license server for a new one.", moment(*.on))]
    Expired { on: DateTime<Utc> },
    #[error("The lease is for another machine, {licensed}. Ask the license server for one for this machine.")]
    OtherMachine { licensed: String },
}

fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
