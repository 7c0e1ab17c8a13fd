//! How a command ends when it fails: one message, and one exit code that scripts can tell apart.
//!
//! The codes are those of `sysexits.h` where it has a matching one. They are documented in `--help` and
//! `docs/license-client.md`; never change one.

use std::io::Write as _;

use testkeep_client::{ClientError, LeaseEnd, LeaseError, MachineKeyError};

pub(crate) const USAGE: i32 = 64;
pub(crate) const UNREACHABLE: i32 = 69;
pub(crate) const HERE: i32 = 70;
pub(crate) const NO_SEAT: i32 = 75;
pub(crate) const ENDED: i32 = 76;
pub(crate) const REFUSED: i32 = 77;
pub(crate) const UNTRUSTED: i32 = 78;

/// The server's code for a value that it does not accept.
const INVALID: &str = "invalid";

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The arguments are wrong, or a file that they name.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(USAGE, message)
    }

    /// Something failed on this machine.
    pub(crate) fn here(message: impl Into<String>) -> Self {
        Self::new(HERE, message)
    }

    pub(crate) fn report(self) -> i32 {
        say(&self.message);
        self.code
    }
}

/// Writes a line to standard error. Messages for people go there because standard output may be read by programs.
pub(crate) fn say(message: &str) {
    let _nobody_reads = writeln!(std::io::stderr(), "testkeep: {message}");
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let code = match &error {
            ClientError::Setup { .. } => HERE,
            ClientError::Unreachable { .. }
            | ClientError::Certificate { .. }
            | ClientError::Redirected { .. }
            | ClientError::Unexpected { .. }
            | ClientError::TooMany { .. } => UNREACHABLE,
            ClientError::Refused { code, .. } if code == INVALID => USAGE,
            ClientError::SignInRefused | ClientError::Refused { .. } => REFUSED,
            ClientError::NoSeat { .. } | ClientError::WaitedTooLong { .. } | ClientError::GivenUp => NO_SEAT,
            ClientError::SessionEnded { .. } => ENDED,
            ClientError::Untrusted(_) | ClientError::OtherLease { .. } => UNTRUSTED,
        };
        Self::new(code, with_options(&error.to_string()))
    }
}

/// The server names the fields of a request; people know the options of the command line that set them.
fn with_options(message: &str) -> String {
    let options = [
        ("organization_id: ", "--organization ID: "),
        ("borrow_days: ", "--borrow DAYS: "),
        ("machine_id: ", "--machine-id ID: "),
    ];
    options.into_iter().fold(message.to_owned(), |text, (field, option)| text.replace(field, option))
}

/// For a lease that was stored on this machine.
impl From<LeaseError> for Failure {
    fn from(error: LeaseError) -> Self {
        let code = match &error {
            LeaseError::Expired { .. } | LeaseError::LicenseEnded { .. } => ENDED,
            _ => UNTRUSTED,
        };
        Self::new(code, error.to_string())
    }
}

impl From<LeaseEnd> for Failure {
    fn from(end: LeaseEnd) -> Self {
        Self::new(ENDED, end.to_string())
    }
}

impl From<MachineKeyError> for Failure {
    fn from(error: MachineKeyError) -> Self {
        Self::usage(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use testkeep_client::ServerUrl;

    use super::*;

    #[test]
    fn scripts_can_tell_failures_apart() {
        let server = ServerUrl::parse("http://a:1").unwrap();
        let message = String::from("m");
        let cases = [
            (ClientError::Unreachable { server: server.clone(), reason: "r".into() }, 69),
            (ClientError::Certificate { server: server.clone(), problem: "p".into() }, 69),
            (ClientError::Redirected { server: server.clone(), to: "t".into() }, 69),
            (ClientError::Unexpected { server, problem: "p".into() }, 69),
            (ClientError::NoSeat { message: message.clone() }, 75),
            (ClientError::SessionEnded { message: message.clone() }, 76),
            (ClientError::SignInRefused, 77),
            (ClientError::Refused { code: "not_licensed".into(), message: message.clone() }, 77),
            (ClientError::Refused { code: "invalid".into(), message }, 64),
            (ClientError::Untrusted(LeaseError::BadSignature), 78),
            (ClientError::OtherLease { what: "session" }, 78),
        ];
        for (error, code) in cases {
            assert_eq!(Failure::from(error.clone()).code, code, "{error:?}");
        }
        let several = "Some answers are not right.\n  organization_id: Name one of: 3, 4.".into();
        let failure = Failure::from(ClientError::Refused { code: "invalid".into(), message: several });
        assert!(
            failure.message.ends_with("\n  --organization ID: Name one of: 3, 4."),
            "{}",
            failure.message
        );
        assert_eq!(Failure::from(LeaseError::BadEndorsement).code, 78);
        assert_eq!(Failure::from(LeaseError::Expired { on: chrono::DateTime::default() }).code, 76);
        assert_eq!(Failure::from(MachineKeyError::Digits(String::new())).code, 64);
    }
}
