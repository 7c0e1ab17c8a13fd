//! The slow part of “Forgot your password”: the job finds out whether the email address is known. No request waits for
//! it, so its time reveals nothing.

use testkeep_domain::account::EmailAddress;

use crate::App;
use crate::ops::people::forgotten_passwords;
use crate::queue::JobError;

pub(super) async fn run(app: &App, email: &str) -> Result<(), JobError> {
    let email = EmailAddress::parse(email).map_err(|error| JobError::Fail(error.to_string()))?;
    Ok(forgotten_passwords::send_link(app, &email).await?)
}
