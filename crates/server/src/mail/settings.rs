//! Mail settings as they are used: with the password opened.

use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::mail::MailProtocol;
use testkeep_store::mail::MailSetting;

use super::MailServer;
use crate::Error;
use crate::secret_key::SecretKey;

/// What a sealed password is for; bound to its place, so that it opens nowhere else.
pub fn purpose(scope_id: i64) -> String {
    format!("mail password of {scope_id}")
}

/// # Errors
/// [`Error::Internal`] for what the database should not hold, and for a password sealed with another key.
pub fn mail_server(setting: &MailSetting, key: &SecretKey) -> Result<MailServer, Error> {
    let password = match &setting.password_sealed {
        Some(sealed) => key.open(&purpose(setting.scope_id), sealed)?,
        None => Secret::default(),
    };
    let login = (!setting.username.is_empty()).then(|| (setting.username.clone(), password));
    Ok(MailServer {
        host: setting.host.clone(),
        port: u16::try_from(setting.port).map_err(Error::internal)?,
        protocol: MailProtocol::parse(&setting.protocol)
            .ok_or_else(|| Error::internal("a mail protocol that is none"))?,
        login,
        sender: EmailAddress::parse(&setting.sender).map_err(Error::internal)?,
    })
}
