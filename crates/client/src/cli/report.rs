//! What commands print on standard output: sentences for people, one JSON object for programs.

use std::io::Write as _;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testkeep_client::{IS_DEMO, Lease, ServerUrl};

/// Write errors are ignored: a reader such as `head` may have closed its end.
pub(crate) fn print(text: &str) {
    let _nobody_reads = writeln!(std::io::stdout(), "{text}");
}

pub(crate) fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub(crate) fn json_of(lease: &Lease, server: Option<&ServerUrl>) -> Value {
    let claims = lease.claims();
    json!({
        "id": lease.id(),
        "server": server,
        "product": claims.product,
        "organization_id": claims.organization_id,
        "user": claims.user,
        "customer": claims.customer,
        "machine_id": claims.machine_id,
        "kind": claims.kind,
        "renew_at": claims.renew_at,
        "expires_at": claims.expires_at,
        "demo": IS_DEMO,
    })
}

/// “A KRE seat of Ada Ltd for ada@example.com (online), until …”
pub(crate) fn sentence(lease: &Lease) -> String {
    let claims = lease.claims();
    let printable = |text: &str| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    format!(
        "{} seat ({}) of {} for {}, until {}",
        claims.product,
        claims.kind.as_str(),
        printable(&claims.customer),
        printable(&claims.user),
        moment(claims.expires_at)
    )
}
