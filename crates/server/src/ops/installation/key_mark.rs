//! Detects a wrong `conf/secret.key`: the database holds a mark of the key that encrypted its secrets.
//!
//! Must never stop a start: with another key most functions still work, and an admin must be able to correct it.

use testkeep_store::installation::setting;
use testkeep_store::mail_setting;

use crate::mail::settings::purpose;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

const KEY_MARK: &str = "secret_key_mark";

/// Compares the key with the stored mark; stores the key's mark when nothing needs the old key. Returns the problem as
/// text for people.
pub(crate) async fn compare(app: &App) -> Result<Option<String>, Error> {
    let (now, mark) = (app.clock.now(), app.secret_key.mark());
    let kept = setting::find_setting(&app.db, KEY_MARK).await?;
    if kept.as_ref() == Some(&mark) {
        return Ok(None);
    }
    let closed = closed_passwords(app).await?;
    if closed == 0 {
        // No secret is left that needs the old key.
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        setting::put_setting(change.tx(), KEY_MARK, &mark, now).await?;
        change.commit().await?;
    }
    Ok((kept.is_some() || closed > 0).then(|| in_words(app, closed)))
}

/// Number of encrypted mail passwords that this key cannot decrypt.
async fn closed_passwords(app: &App) -> Result<usize, Error> {
    let sealed = mail_setting::list_sealed_passwords(&app.db).await?;
    let opens = |scope_id: i64, sealed: &[u8]| app.secret_key.open(&purpose(scope_id), sealed).is_ok();
    Ok(sealed.iter().filter(|(scope_id, sealed)| !opens(*scope_id, sealed)).count())
}

fn in_words(app: &App, closed: usize) -> String {
    let file = app.layout.secret_key();
    let passwords = match closed {
        0 => String::new(),
        1 => " one mail password cannot be read,".into(),
        more => format!(" {more} mail passwords cannot be read,"),
    };
    format!(
        "{} is not the key that this database was used with:{passwords} links in invitations and password mails do not \
         work, and programs must sign in again. Restore the file from the backup that belongs to this database; every \
         server on one database needs the same. If it is lost, enter the mail passwords and send the invitations again.",
        file.display()
    )
}
