//! Mail settings for use: with the decrypted password.

use std::net::IpAddr;

use testkeep_domain::account::EmailAddress;
use testkeep_domain::mail::MailProtocol;
use testkeep_domain::{Secret, ServerUrl};
use testkeep_store::mail_setting::MailSetting;

use super::MailServer;
use crate::{App, Error};

/// The purpose under which a password is encrypted. It contains the scope, so that no other scope can decrypt the
/// password.
pub(crate) fn purpose(scope_id: i64) -> String {
    format!("mail password of {scope_id}")
}

/// The name that this server gives to mail servers: the host of the server URL. Many mail servers refuse a name that is
/// not a host name, or that the sender's domain does not have. The machine's own name is not sent, because it is
/// private.
pub(crate) fn greeting(server_url: &ServerUrl) -> String {
    let host = server_url.host();
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => format!("[{address}]"),
        Ok(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Err(_) => host,
    }
}

/// # Errors
/// [`Error::Internal`] when the stored settings are invalid, or when the password was encrypted with another key.
pub(crate) fn mail_server(setting: &MailSetting, app: &App) -> Result<MailServer, Error> {
    let password = match &setting.password_sealed {
        Some(sealed) => app.secret_key.open(&purpose(setting.scope_id), sealed)?,
        None => Secret::default(),
    };
    let login = (!setting.username.is_empty()).then(|| (setting.username.clone(), password));
    Ok(MailServer {
        host: setting.host.clone(),
        port: u16::try_from(setting.port).map_err(Error::internal)?,
        protocol: MailProtocol::parse(&setting.protocol)
            .ok_or_else(|| Error::unknown_word("protocol", "mail_setting.protocol", &setting.protocol))?,
        login,
        sender: EmailAddress::parse(&setting.sender).map_err(Error::internal)?,
        greeting: greeting(&app.config.server_url),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greets_as_the_server_url() {
        for (url, expected) in [
            ("https://testkeep.example.com:8443", "testkeep.example.com"),
            ("http://10.0.0.7:8080", "[10.0.0.7]"),
            ("http://[fd00::7]:8080", "[IPv6:fd00::7]"),
            ("http://b\u{fc}cher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(greeting(&ServerUrl::parse(url).unwrap()), expected);
        }
    }
}
